/** Columns that arrive from slow sources: vision-language models, language models, people. */
import { concatMap, from, type MonoTypeOperatorFunction, mergeMap, of, toArray } from 'rxjs'
import type { RolloutBatch } from '../core/batch.ts'

/** Gives one column. It may be slow, fail, or never answer. */
export interface LabelSource {
  /** Name of the column; a `label` term reads it. */
  readonly column: string
  /**
   * Training goes on without it, and the reward is changed where it is remembered when the answer comes: only for
   * algorithms with a replay buffer, and not reproducible. Take what is needed of the batch before the first `await`.
   */
  readonly late?: boolean
  /** [T, N], NaN where it has no opinion. `signal` aborts on timeout and when the run stops. */
  label(batch: RolloutBatch, signal: AbortSignal): Promise<Float64Array>
}

export interface LabelOptions {
  /** Sources asked at the same time for one batch. */
  readonly concurrency: number
  /** A source that takes longer has failed for this batch, ms. */
  readonly timeout: number
  readonly onFailure: (column: string, message: string) => void
}

/**
 * Asks one source; on failure the column is all NaN. A source that is still reading after its timeout was told so by
 * the signal; its answer is thrown away, and in development it reads NaN, because the batch has gone on.
 */
async function askSource(batch: RolloutBatch, source: LabelSource, options: LabelOptions): Promise<void> {
  const rows = batch.T * batch.N
  const signal = AbortSignal.timeout(options.timeout)
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${options.timeout} ms`)))
  })
  try {
    const column = await Promise.race([source.label(batch, signal), expired])
    if (column.length !== rows) throw new Error(`gave ${column.length} values for ${rows} rows`)
    batch.labels.set(source.column, column)
  } catch (error) {
    batch.labels.set(source.column, new Float64Array(rows).fill(Number.NaN))
    options.onFailure(source.column, error instanceof Error ? error.message : String(error))
  }
}

/**
 * Waits for every source's column before the batch goes on, batch after batch in order: what on-policy learning
 * needs. Sources that need no waiting (late, hold) relabel stored transitions instead and do not stand in this path.
 */
export function label(
  sources: readonly LabelSource[],
  options: LabelOptions,
): MonoTypeOperatorFunction<RolloutBatch> {
  if (sources.length === 0) return batches$ => batches$
  return concatMap(batch =>
    from(sources).pipe(
      mergeMap(source => askSource(batch, source, options), options.concurrency),
      toArray(),
      mergeMap(() => of(batch), 1),
    ),
  )
}
