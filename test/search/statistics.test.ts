import { expect, test } from 'vitest'
import { interquartileMean, stratifiedBootstrap } from '../../src/search/statistics.ts'

test('the interquartile mean leaves out a quarter at either end, rounded down', () => {
  expect(interquartileMean([3])).toBe(3)
  expect(interquartileMean([1, 2, 30])).toBe(11)
  expect(interquartileMean([100, 1, 2, -50])).toBe(1.5)
  expect(interquartileMean([9, 8, 7, 6, 5, 4, 3, 2])).toBe(5.5)
  expect(interquartileMean([0, 10, 20, 30, 1000])).toBe(20)
})

test('the interval covers the true value about as often as it says', () => {
  // Means of 20 uniform numbers, from a generator of its own.
  let state = 1
  const uniform = (): number => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  let covered = 0
  for (let trial = 0; trial < 200; trial++) {
    const scores = Array.from({ length: 20 }, uniform)
    const { low, high, estimate } = stratifiedBootstrap([scores], undefined, {
      repetitions: 300,
      seed: trial,
    })
    expect(estimate).toBeGreaterThanOrEqual(low)
    expect(estimate).toBeLessThanOrEqual(high)
    if (low <= 0.5 && 0.5 <= high) covered++
  }
  expect(covered).toBeGreaterThan(175)
  expect(covered).toBeLessThan(200)
})

test('runs are drawn within their task, never across', () => {
  const mean = (scores: readonly number[]) => scores.reduce((sum, x) => sum + x, 0) / scores.length
  // Tasks of very different scale, with no spread within: there is nothing to be unsure of.
  const apart = stratifiedBootstrap(
    [
      [1, 1, 1],
      [100, 100, 100],
    ],
    mean,
  )
  expect(apart).toEqual({ estimate: 50.5, low: 50.5, high: 50.5 })
  expect(stratifiedBootstrap([[5]])).toEqual({ estimate: 5, low: 5, high: 5 })
  const spread = stratifiedBootstrap([[1, 1, 1, 100, 100, 100]], mean)
  expect(spread.low).toBeLessThan(spread.high)
})

test('the same scores give the same interval', () => {
  const scores = [[3, 1, 4, 1, 5, 9, 2, 6]]
  expect(stratifiedBootstrap(scores)).toEqual(stratifiedBootstrap(scores))
})
