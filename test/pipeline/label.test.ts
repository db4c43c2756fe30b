import { lastValueFrom, of, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import type { RolloutBatch } from '../../src/core/batch.ts'
import { type LabelSource, label } from '../../src/pipeline/label.ts'
import { NumberedSource } from './source.ts'

/** A slow source: answers after `delay` ms with the row's number, or fails, or never answers. */
function slow(column: string, delay: number, fail?: string): LabelSource & { asked: number } {
  const source = {
    columns: [column],
    asked: 0,
    async label(batch: RolloutBatch) {
      source.asked++
      await new Promise(resolve => setTimeout(resolve, delay))
      if (fail !== undefined) throw new Error(fail)
      return [Float64Array.from({ length: batch.T * batch.N }, (_, row) => row + batch.sequence)]
    },
  }
  return source
}

async function labelled(sources: LabelSource[], timeout = 1000) {
  const failures: string[] = []
  const batch = await new NumberedSource(1).rollout(5, { version: 0 })
  const onFailure = (column: string, message: string) => failures.push(`${column}: ${message}`)
  const out = await lastValueFrom(
    of(batch).pipe(label(async () => sources, { concurrency: 4, timeout, onFailure })),
  )
  return { batch: out, failures }
}

test('a batch goes on when every column is there', async () => {
  const { batch, failures } = await labelled([slow('clip', 10), slow('person', 2)])
  expect([...(batch.labels.get('clip') ?? [])]).toEqual([5, 6, 7, 8])
  expect(batch.labels.has('person')).toBe(true)
  expect(failures).toEqual([])
})

test('a source that fails gives a column of NaN, and the others are kept', async () => {
  const { batch, failures } = await labelled([slow('clip', 1, 'no such model'), slow('person', 2)])
  expect([...(batch.labels.get('clip') ?? [])].every(Number.isNaN)).toBe(true)
  expect(batch.labels.get('person')?.[0]).toBe(5)
  expect(failures).toEqual(['clip: no such model'])
})

test('a source that does not answer is given up, and told so', async () => {
  let aborted = false
  const silent: LabelSource = {
    columns: ['clip'],
    label: (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
      }),
  }
  const { batch, failures } = await labelled([silent], 20)
  expect(batch.labels.get('clip')?.every(Number.isNaN)).toBe(true)
  expect(failures).toEqual(['clip: no answer within 20 ms'])
  expect(aborted).toBe(true)
})

test('a column of the wrong length is a failure', async () => {
  const short: LabelSource = { columns: ['clip'], label: async () => [new Float64Array(1)] }
  const none: LabelSource = { columns: ['a', 'b'], label: async () => [new Float64Array(4)] }
  const { batch, failures } = await labelled([short, none])
  expect(failures).toEqual(['clip: gave 1 values for 4 rows', 'a: gave 1 columns in place of 2'])
  expect(batch.labels.get('b')?.every(Number.isNaN)).toBe(true)
})

test('batches stay in order however long their labels take', async () => {
  const source = new NumberedSource(3)
  const batches = [await source.rollout(0, { version: 0 }), await source.rollout(1, { version: 0 })]
  const uneven: LabelSource = {
    columns: ['clip'],
    async label(batch) {
      await new Promise(resolve => setTimeout(resolve, batch.sequence === 0 ? 20 : 1))
      return [new Float64Array(batch.T * batch.N)]
    },
  }
  const options = { concurrency: 4, timeout: 1000, onFailure: () => undefined }
  const out = await lastValueFrom(
    of(...batches).pipe(
      label(async () => [uneven], options),
      toArray(),
    ),
  )
  expect(out.map(batch => batch.sequence)).toEqual([0, 1])
})
