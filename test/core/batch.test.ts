import { expect, test } from 'vitest'
import { type BatchShape, batchColumns, perStep, RolloutBatch } from '../../src/core/batch.ts'

const shape: BatchShape = { T: 3, N: 2, O: 4, S: 5, A: 2, R: 1, stateSize: 7, bodies: 3 }

test('columns have the sizes they promise and do not overlap', () => {
  const batch = new RolloutBatch(shape).lease()
  const columns = batchColumns(shape, batch.buffer)
  const lengths = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.length]))
  expect(lengths).toMatchObject({
    obs: 32,
    signals: 40,
    action: 12,
    applied: 12,
    valid: 6,
    episode: 8,
    state: 28,
    poses: 84,
  })
  Object.values(columns).forEach((column, i) => {
    column.fill(i + 1)
  })
  Object.values(columns).forEach((column, i) => {
    expect(column.every((value: number) => value === i + 1)).toBe(true)
  })
})

test('another thread with the same buffer sees the same numbers', () => {
  const batch = new RolloutBatch(shape).lease()
  batchColumns(shape, batch.buffer).obs[9] = 42
  expect(batch.obs[9]).toBe(42)
})

test('a released batch cannot be read, and a view kept too long sees NaN', () => {
  let freed = 0
  const batch = new RolloutBatch(shape, () => freed++).lease()
  batch.terms = new Float64Array(6).fill(1)
  batch.reward.fill(1)
  const kept = batch.reward
  batch.retain()
  batch.release()
  expect(kept[0]).toBe(1)
  batch.release()
  expect(freed).toBe(1)
  expect(kept.every(Number.isNaN)).toBe(true)
  expect(batch.terms.every(Number.isNaN)).toBe(true)
  expect(() => batch.reward).toThrow(/released/)
  expect(() => batch.release()).toThrow(/released/)
})

test('a batch in use cannot be leased again', () => {
  const batch = new RolloutBatch(shape).lease()
  expect(() => batch.lease()).toThrow(/in use/)
})

test('walking step by step skips rows that were only reset', () => {
  const batch = new RolloutBatch(shape).lease()
  batch.valid.fill(1)
  batch.valid[2] = 0
  batch.reward.set([0, 1, 2, 3, 4, 5])
  expect([...perStep(batch)].map(step => step.reward)).toEqual([0, 4, 1, 3, 5])
})
