import { expect, test } from 'vitest'
import { extremes, type Line, placed, rangeOf, trace } from '../../viewer/panels/chart.ts'
import { count, metricName, number, ticks } from '../../viewer/panels/format.ts'

const line = (y: number[]): Line => ({ x: y.map((_, i) => i), y, color: '#000' })

test('a line is drawn from corner to corner of its frame', () => {
  const frame = { x: [0, 2], y: [-1, 1] } as const
  expect(trace(line([-1, 0, 1]), frame, 200, 100)).toEqual([[0, 100, 100, 50, 200, 0]])
})

test('thinning keeps the extremes of every column of pixels', () => {
  const y = Array.from({ length: 10_000 }, (_, i) => Math.sin(i / 7))
  y[4321] = 9
  y[8765] = -9
  const [points] = trace(line(y), { x: [0, 9999], y: [-10, 10] }, 100, 200)
  const heights = points.filter((_, i) => i % 2 === 1)
  expect(points.length / 2).toBeLessThanOrEqual(4 * 101)
  expect(Math.min(...heights)).toBeCloseTo(10, 9)
  expect(Math.max(...heights)).toBeCloseTo(190, 9)
  const across = points.filter((_, i) => i % 2 === 0)
  expect(across).toEqual([...across].sort((a, b) => a - b))
})

test('a line has gaps where there are no numbers', () => {
  const pieces = trace(line([1, Number.NaN, 2, 3, Infinity, 4]), { x: [0, 5], y: [0, 4] }, 50, 40)
  expect(pieces).toEqual([
    [0, 30],
    [20, 20, 30, 10],
    [50, 0],
  ])
})

test('ranges hold zero and every finite value, and are never empty', () => {
  const [low, high] = rangeOf([
    [2, 4],
    [Number.NaN, -1],
  ])
  expect(low).toBeLessThan(-1)
  expect(high).toBeGreaterThan(4)
  expect(rangeOf([[0, 0]])).toEqual([-1, 1])
  expect(extremes([[1, Number.NaN], [3]])).toEqual([{ y: 3, text: '3.00' }])
  expect(extremes([[-1, 3, -2]]).map(({ y }) => y)).toEqual([3, -2])
  expect(extremes([[Number.NaN]])).toEqual([])
})

test('values written on a chart never lie on each other', () => {
  const marks = extremes([[-249.2, -271.4]])
  expect(placed({ marks, y: rangeOf([[-249.2, -271.4]]) }, 78).map(({ text }) => text)).toEqual(['−249.2'])
  const apart = placed({ marks: extremes([[5, -5]]), y: [-5, 5] }, 50)
  expect(apart).toEqual([
    { at: 7, text: '5.00' },
    { at: 43, text: '−5.00' },
  ])
})

test('numbers are short and steps are round', () => {
  expect([1843.97, 991.7, 12.345, 0.12345, -0.0019, 0].map(number)).toEqual([
    '1844',
    '991.7',
    '12.35',
    '0.123',
    '−0.0019',
    '0',
  ])
  expect(number(Number.NaN)).toBe('–')
  expect([812, 98_304, 301_056, 1_200_000].map(count)).toEqual(['812', '98.3k', '301k', '1.20M'])
  expect(ticks(6.07, 14)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6])
  expect(ticks(0.4, 4)).toEqual([0, 0.1, 0.2, 0.3, 0.4])
  expect(ticks(0, 4)).toEqual([])
  expect(['episodeReturn', 'term/forward', 'approxKl'].map(metricName)).toEqual([
    'return',
    'forward',
    'approx kl',
  ])
})
