import { expect, test } from 'vitest'
import { advantages } from '../../src/learn/gae.ts'

const gamma = 0.9
const lambda = 0.8

/** One environment's columns. */
function columns(
  steps: { r: number; v: number; term?: boolean; trunc?: boolean; valid?: boolean }[],
  last: number,
) {
  return {
    T: steps.length,
    N: 1,
    reward: steps.map(s => s.r),
    values: [...steps.map(s => s.v), last],
    terminated: steps.map(s => Number(s.term ?? false)),
    truncated: steps.map(s => Number(s.trunc ?? false)),
    valid: steps.map(s => Number(s.valid ?? true)),
  }
}
const run = (...args: Parameters<typeof columns>): number[] => {
  const batch = columns(...args)
  const out = new Float32Array(batch.T)
  advantages(batch, gamma, lambda, out)
  return [...out]
}

test('equals the sum of discounted one-step errors', () => {
  const steps = [
    { r: 1, v: 0.5 },
    { r: -2, v: 0.25 },
    { r: 0.5, v: 2 },
  ]
  const last = 3
  const delta = steps.map((s, t) => s.r + gamma * (steps[t + 1]?.v ?? last) - s.v)
  const expected = delta.map((_, t) =>
    delta.slice(t).reduce((sum, d, k) => sum + (gamma * lambda) ** k * d, 0),
  )
  run(steps, last).forEach((a, t) => {
    expect(a).toBeCloseTo(expected[t], 6)
  })
})

test('a terminated state is worth nothing, a truncated one what its successor is worth', () => {
  const after = [
    { r: 100, v: 7, valid: false },
    { r: 5, v: 1 },
  ]
  const [terminated] = run([{ r: 1, v: 2, term: true }, ...after], 9)
  const [truncated] = run([{ r: 1, v: 2, trunc: true }, ...after], 9)
  expect(terminated).toBeCloseTo(1 - 2, 6)
  expect(truncated).toBeCloseTo(1 + gamma * 7 - 2, 6)
})

test('nothing flows over a reset row, and the row itself gets nothing', () => {
  const [first, reset, second] = run(
    [
      { r: 1, v: 2, term: true },
      { r: 50, v: 7, valid: false },
      { r: 5, v: 1 },
    ],
    4,
  )
  expect(first).toBeCloseTo(-1, 6)
  expect(reset).toBe(0)
  expect(second).toBeCloseTo(5 + gamma * 4 - 1, 6)
})

test('environments do not mix', () => {
  const out = new Float32Array(4)
  advantages(
    {
      T: 2,
      N: 2,
      reward: [1, 10, 2, 20],
      values: [0, 0, 0, 0, 0, 0],
      terminated: [0, 0, 0, 0],
      truncated: [0, 0, 0, 0],
      valid: [1, 1, 1, 1],
    },
    gamma,
    lambda,
    out,
  )
  expect([...out].map(x => Number(x.toFixed(4)))).toEqual([1 + 0.72 * 2, 10 + 0.72 * 20, 2, 20])
})
