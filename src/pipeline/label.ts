/** Columns that arrive from slow sources: vision-language models, language models, people. */
import { concatMap, defer, from, type MonoTypeOperatorFunction, mergeMap, of, toArray } from 'rxjs'
import type { RolloutBatch } from '../core/batch.ts'

/** Gives columns. It may be slow, fail, or never answer. */
export interface LabelSource {
  /** Names of the columns; `label` terms read them by these. */
  readonly columns: readonly string[]
  /**
   * Training goes on without it, and the reward is changed where it is remembered when the answer comes: not
   * reproducible. 'unpaid' is only for algorithms with a replay buffer; 'held' says that terms pay what they last knew
   * meanwhile. Take what is needed of the batch before the first `await`.
   */
  readonly late?: 'unpaid' | 'held'
  /** How long it may take for a batch, ms, where that is longer than usual. */
  readonly timeout?: number
  /** One [T, N] per column, NaN where it has no opinion. `signal` aborts on timeout and when the run stops. */
  label(batch: RolloutBatch, signal: AbortSignal): Promise<readonly Float64Array[]>
}

export interface LabelOptions {
  /** Sources asked at the same time for one batch. */
  readonly concurrency: number
  /** A source that takes longer has failed for this batch, ms. */
  readonly timeout: number
  readonly onFailure: (columns: string, message: string) => void
}

/** How a source is called in messages. */
export const sourceName = ({ columns }: LabelSource): string => columns[0] ?? 'nothing'

/** Throws where a source did not give what it promised. */
export function checkAnswer({ columns }: LabelSource, answer: readonly Float64Array[], rows: number): void {
  if (answer.length !== columns.length)
    throw new Error(`gave ${answer.length} columns in place of ${columns.length}`)
  const wrong = answer.find(({ length }) => length !== rows)
  if (wrong !== undefined) throw new Error(`gave ${wrong.length} values for ${rows} rows`)
}

/**
 * Asks one source; on failure its columns are all NaN. A source that is still reading after its timeout was told so by
 * the signal; its answer is thrown away, and in development it reads NaN, because the batch has gone on.
 */
export async function askSource(
  batch: RolloutBatch,
  source: LabelSource,
  options: Omit<LabelOptions, 'concurrency'>,
): Promise<void> {
  const rows = batch.T * batch.N
  const timeout = source.timeout ?? options.timeout
  const signal = AbortSignal.timeout(timeout)
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeout} ms`)))
  })
  try {
    const answer = await Promise.race([source.label(batch, signal), expired])
    checkAnswer(source, answer, rows)
    source.columns.forEach((column, i) => {
      batch.labels.set(column, answer[i])
    })
  } catch (error) {
    for (const column of source.columns) batch.labels.set(column, new Float64Array(rows).fill(Number.NaN))
    options.onFailure(sourceName(source), error instanceof Error ? error.message : String(error))
  }
}

/**
 * Waits for every source's columns before the batch goes on, batch after batch in order: what on-policy learning
 * needs. `sources` is asked for every batch, as the program may have changed. Sources that need no waiting relabel
 * stored transitions instead and do not stand in this path.
 */
export function label(
  sources: () => Promise<readonly LabelSource[]>,
  options: LabelOptions,
): MonoTypeOperatorFunction<RolloutBatch> {
  return concatMap(batch =>
    defer(sources).pipe(
      mergeMap(asked => from(asked)),
      mergeMap(source => askSource(batch, source, options), options.concurrency),
      toArray(),
      mergeMap(() => of(batch), 1),
    ),
  )
}
