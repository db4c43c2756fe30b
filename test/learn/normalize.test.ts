import { expect, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { RewardScaler, RunningMoments } from '../../src/learn/normalize.ts'

const rng = new Rng(7, STREAM.data)

test('merging batches gives the moments of all rows together', () => {
  const rows = Array.from({ length: 300 }, () => [3 + 2 * rng.normal(), -1 + 0.1 * rng.normal()])
  const moments = new RunningMoments(2)
  for (const [from, to] of [
    [0, 7],
    [7, 200],
    [200, 300],
  ]) {
    moments.merge(rows.slice(from, to).flat(), to - from)
  }
  for (const column of [0, 1]) {
    const values = rows.map(row => row[column])
    const mean = values.reduce((s, x) => s + x, 0) / values.length
    const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / values.length
    expect(moments.mean[column]).toBeCloseTo(mean, 4)
    expect(moments.variance[column]).toBeCloseTo(variance, 4)
  }
})

test('rows that are not in use do not count', () => {
  const moments = new RunningMoments(1)
  moments.merge([1, 1000, 3], 3, [1, 0, 1])
  expect(moments.mean[0]).toBeCloseTo(2, 3)
})

test('saved and loaded moments go on as if nothing had happened', () => {
  const a = new RunningMoments(1)
  a.merge([1, 2, 3], 3)
  const b = new RunningMoments(1)
  b.load(a.save())
  a.merge([9, 4], 2)
  b.merge([9, 4], 2)
  expect(b.save()).toEqual(a.save())
})

const batch = (reward: number[], ended: number[] = []) => ({
  T: reward.length,
  N: 1,
  reward: Float64Array.from(reward),
  valid: new Uint8Array(reward.length).fill(1),
  terminated: Uint8Array.from(reward, (_, t) => Number(ended.includes(t))),
  truncated: new Uint8Array(reward.length),
})

test('rewards are divided by the standard deviation of the discounted return, whatever their scale', () => {
  const rewards = Array.from({ length: 400 }, () => rng.normal())
  const scaled = [1, 1000].map(scale => {
    const scaler = new RewardScaler(1, 0.9)
    const out = new Float32Array(400)
    scaler.scale(batch(rewards.map(r => r * scale)), out)
    return out
  })
  scaled[0].forEach((value, i) => {
    expect(value).toBeCloseTo(scaled[1][i], 3)
  })
  const returns: number[] = []
  for (const r of rewards) returns.push(0.9 * (returns.at(-1) ?? 0) + r)
  const mean = returns.reduce((s, x) => s + x, 0) / 400
  const std = Math.sqrt(returns.reduce((s, x) => s + (x - mean) ** 2, 0) / 400)
  expect(scaled[0][0]).toBeCloseTo(rewards[0] / std, 3)
})

test('the return starts anew with every episode and goes on over batches', () => {
  const whole = new RewardScaler(1, 0.9)
  const parts = new RewardScaler(1, 0.9)
  whole.scale(batch([1, 1, 1, 1], [1]), new Float32Array(4))
  parts.scale(batch([1, 1], [1]), new Float32Array(2))
  parts.scale(batch([1, 1]), new Float32Array(2))
  expect(parts.save().returns[0]).toBeCloseTo(1.9, 12)
  expect(whole.save().returns[0]).toBeCloseTo(1.9, 12)
})

test('outliers are clipped, reset rows get nothing', () => {
  const scaler = new RewardScaler(1, 0)
  const rewards = Array.from({ length: 1000 }, (_, t) => (t === 500 ? 1e6 : t % 2))
  const columns = batch(rewards)
  columns.valid[3] = 0
  const out = new Float32Array(1000)
  scaler.scale(columns, out)
  expect(out[500]).toBe(10)
  expect(out[3]).toBe(0)
})
