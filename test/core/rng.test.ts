import { expect, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'

const draw = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.bits())

test('the same place gives the same numbers, any other place others', () => {
  const numbers = draw(new Rng(1, STREAM.reset, 3), 8)
  expect(draw(new Rng(1, STREAM.reset, 3), 8)).toEqual(numbers)
  for (const other of [
    new Rng(2, STREAM.reset, 3),
    new Rng(1, STREAM.action, 3),
    new Rng(1, STREAM.reset, 4),
  ]) {
    expect(draw(other, 8)).not.toEqual(numbers)
  }
})

test('seek goes to a block at once, also beyond 32 bits', () => {
  const walked = new Rng(5, STREAM.data)
  draw(walked, 4 * 10)
  expect(draw(new Rng(5, STREAM.data).seek(10), 4)).toEqual(draw(walked, 4))
  const far = draw(new Rng(5, STREAM.data).seek(2 ** 40), 4)
  expect(far).not.toEqual(draw(new Rng(5, STREAM.data).seek(0), 4))
  expect(far).toEqual(draw(new Rng(5, STREAM.data).seek(2 ** 40), 4))
})

test('a half-used pair of normals is forgotten by seek', () => {
  const rng = new Rng(5, STREAM.data)
  const first = rng.normal()
  expect(rng.seek(0).normal()).toBe(first)
})

test('uniform numbers and normals have the moments they should', () => {
  const rng = new Rng(11, STREAM.data)
  const n = 40_000
  const moments = (sample: () => number) => {
    const values = Array.from({ length: n }, sample)
    const mean = values.reduce((s, x) => s + x, 0) / n
    return { mean, variance: values.reduce((s, x) => s + (x - mean) ** 2, 0) / n, values }
  }
  const uniform = moments(() => rng.uniform())
  expect(uniform.values.every(x => x >= 0 && x < 1)).toBe(true)
  expect(uniform.mean).toBeCloseTo(0.5, 2)
  expect(uniform.variance).toBeCloseTo(1 / 12, 2)
  const normal = moments(() => rng.normal())
  expect(Math.abs(normal.mean)).toBeLessThan(0.02)
  expect(Math.abs(normal.variance - 1)).toBeLessThan(0.03)
  expect(normal.values.filter(x => Math.abs(x) > 1.96).length / n).toBeCloseTo(0.05, 2)
})

test('a shuffle is a permutation, and moves things', () => {
  const items = Int32Array.from({ length: 100 }, (_, i) => i)
  new Rng(3, STREAM.shuffle).shuffle(items)
  expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  expect(items.filter((value, i) => value === i).length).toBeLessThan(10)
})

test('numbers of different rows are uncorrelated', () => {
  const a = new Rng(1, STREAM.action, 0)
  const b = new Rng(1, STREAM.action, 1)
  const n = 20_000
  let sum = 0
  for (let i = 0; i < n; i++) sum += a.normal() * b.normal()
  expect(Math.abs(sum / n)).toBeLessThan(0.03)
})
