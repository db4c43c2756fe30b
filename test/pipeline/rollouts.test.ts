import { concatMap, lastValueFrom, type Observable, tap, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import type { RolloutBatch } from '../../src/core/batch.ts'
import type { PolicySnapshot } from '../../src/core/policy.ts'
import { rollouts } from '../../src/pipeline/rollouts.ts'
import { NumberedSource } from './source.ts'

const pause = () => new Promise(resolve => setTimeout(resolve, 2))

/** Learns slowly: every batch makes the next version. */
function trained(source: NumberedSource, options: { to: number; from?: number; credits: number }) {
  let version = 0
  let mostLeased = 0
  const snapshot = (): PolicySnapshot => ({ version }) as PolicySnapshot
  const stream: Observable<number> = rollouts(source, snapshot, { from: 0, ...options }).pipe(
    tap(() => {
      mostLeased = Math.max(mostLeased, source.leased)
    }),
    concatMap(async (batch: RolloutBatch) => {
      await pause()
      version++
      const { sequence } = batch
      batch.release()
      return sequence
    }),
  )
  return { stream, mostLeased: () => mostLeased }
}

test('one credit is synchronous: every rollout acts under the version its predecessor made', async () => {
  const source = new NumberedSource(3)
  const { stream, mostLeased } = trained(source, { to: 6, credits: 1 })
  expect(await lastValueFrom(stream.pipe(toArray()))).toEqual([0, 1, 2, 3, 4, 5])
  expect(source.versions).toEqual([0, 1, 2, 3, 4, 5])
  expect(mostLeased()).toBe(1)
})

test('more credits overlap acting with learning, never beyond the credits', async () => {
  const source = new NumberedSource(3)
  const { stream, mostLeased } = trained(source, { to: 12, credits: 2 })
  expect(await lastValueFrom(stream.pipe(toArray()))).toEqual(Array.from({ length: 12 }, (_, i) => i))
  expect(source.mostRunning).toBe(1)
  expect(mostLeased()).toBe(2)
  expect(source.versions.some((version, i) => version < i)).toBe(true)
  expect(source.versions.every((version, i) => version >= i - 2)).toBe(true)
})

test('a run that goes on starts at its own number', async () => {
  const { stream } = trained(new NumberedSource(1), { from: 4, to: 6, credits: 1 })
  expect(await lastValueFrom(stream.pipe(toArray()))).toEqual([4, 5])
})

test('a failing source is an error of the stream, after the batches before it', async () => {
  const source = new NumberedSource(1)
  source.failAt = 2
  const seen: number[] = []
  const { stream } = trained(source, { to: 5, credits: 1 })
  await expect(lastValueFrom(stream.pipe(tap(n => seen.push(n))))).rejects.toThrow('the physics is gone')
  expect(seen).toEqual([0, 1])
})

test('nothing starts while the gate is closed', async () => {
  const source = new NumberedSource(1)
  let open = (): void => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const seen: number[] = []
  const done = lastValueFrom(
    rollouts(source, () => ({ version: 0 }) as PolicySnapshot, {
      from: 0,
      to: 2,
      credits: 1,
      gate: () => gate,
    }).pipe(
      tap(batch => {
        seen.push(batch.sequence)
        batch.release()
      }),
    ),
  )
  await pause()
  expect(seen).toEqual([])
  open()
  await done
  expect(seen).toEqual([0, 1])
})

test('unsubscribing gives the batch in flight back', async () => {
  const source = new NumberedSource(2)
  const subscription = rollouts(source, () => ({ version: 0 }) as PolicySnapshot, {
    from: 0,
    to: 9,
    credits: 2,
  }).subscribe()
  subscription.unsubscribe()
  await pause()
  expect(source.leased).toBe(0)
})
