import { expect, test } from 'vitest'
import { lineChart } from '../../src/search/svg.ts'

const points = [
  { x: 0, y: 1, low: 0, high: 2 },
  { x: 50_000, y: 5, low: 3, high: 6 },
  { x: 100_000, y: 8, low: 7, high: 10 },
]
const chart = { title: 'a < b & "c"', xLabel: 'steps', yLabel: 'return', series: [{ name: 'one', points }] }

/** Points of the first element of a kind, as numbers. */
const pointsOf = (svg: string, element: string): number[][] =>
  new RegExp(`<${element} points="([^"]*)"`)
    .exec(svg)![1]
    .split(' ')
    .map(pair => pair.split(',').map(Number))

test('lines go where the numbers say, with the band around them', () => {
  const svg = lineChart(chart)
  const line = pointsOf(svg, 'polyline')
  expect(line).toHaveLength(3)
  // Evenly spaced to the right, and higher values higher up.
  expect(line[1][0] - line[0][0]).toBeCloseTo(line[2][0] - line[1][0], 1)
  expect(line[0][1]).toBeGreaterThan(line[1][1])
  const band = pointsOf(svg, 'polygon')
  expect(band).toHaveLength(6)
  band.slice(0, 3).forEach(([x, high], i) => {
    expect(x).toBe(line[i][0])
    expect(high).toBeLessThan(line[i][1])
  })
  for (const label of ['>20k<', '>100k<', '>one<', '>steps<', '>return<']) expect(svg).toContain(label)
})

test('text cannot break the document, and charts without data are charts', () => {
  const svg = lineChart(chart)
  expect(svg).toContain('a &#60; b &#38; &#34;c&#34;')
  const empty = lineChart({ ...chart, series: [{ name: 'none', points: [] }] })
  expect(empty).not.toMatch(/NaN|Infinity|undefined/)
  const flat = lineChart({ ...chart, series: [{ name: 'flat', points: [{ x: 3, y: 2, low: 2, high: 2 }] }] })
  expect(flat).not.toMatch(/NaN|Infinity/)
})
