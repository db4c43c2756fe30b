/** Columns that arrive from slow sources: vision-language models, language models, people. */
import { concatMap, defer, from, type MonoTypeOperatorFunction, mergeMap, of, toArray } from 'rxjs'
import type { RolloutBatch, ScoreColumns } from '../core/batch.ts'

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
function checkAnswer({ columns }: LabelSource, answer: readonly Float64Array[], rows: number): void {
  if (answer.length !== columns.length)
    throw new Error(`gave ${answer.length} columns in place of ${columns.length}`)
  const wrong = answer.find(({ length }) => length !== rows)
  if (wrong !== undefined) throw new Error(`gave ${wrong.length} values for ${rows} rows`)
}

/** One [T, N] per column. Throws where none came in time, or before `end`, or not what was promised. `timeout` in ms. */
export async function answerOf(
  source: LabelSource,
  batch: RolloutBatch,
  timeout: number,
  end?: AbortSignal,
): Promise<readonly Float64Array[]> {
  const limit = source.timeout ?? timeout
  const expired = AbortSignal.timeout(limit)
  const signal = end === undefined ? expired : AbortSignal.any([expired, end])
  // The batch may go on meanwhile; its size does not.
  const rows = batch.T * batch.N
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${limit} ms`)))
  })
  const answer = await Promise.race([source.label(batch, signal), stopped])
  checkAnswer(source, answer, rows)
  return answer
}

export function fillLabels(
  { labels }: ScoreColumns,
  { columns }: LabelSource,
  answer: readonly Float64Array[],
): void {
  columns.forEach((column, i) => {
    labels.set(column, answer[i])
  })
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
  try {
    fillLabels(batch, source, await answerOf(source, batch, options.timeout))
  } catch (error) {
    const none = source.columns.map(() => new Float64Array(batch.T * batch.N).fill(Number.NaN))
    fillLabels(batch, source, none)
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
