/** Fills a batch's term, reward and success columns. Pure; failures come back as values. */
import { concatMap, from, type MonoTypeOperatorFunction, of } from 'rxjs'
import type { RolloutBatch } from '../core/batch.ts'
import type { BatchScorer, TermFailure } from '../core/reward.ts'

/**
 * `scorer` is asked for every batch, so a hot-reloaded program takes over from the next one. One that scores elsewhere is
 * waited for, batch after batch.
 */
export function score(
  scorer: (batch: RolloutBatch) => BatchScorer,
  onFailure: (failure: TermFailure, batch: RolloutBatch) => void,
): MonoTypeOperatorFunction<RolloutBatch> {
  return concatMap(batch => {
    const tell = (failures: readonly TermFailure[]): RolloutBatch => {
      for (const failure of failures) onFailure(failure, batch)
      return batch
    }
    const scored = scorer(batch).score(batch)
    return scored instanceof Promise ? from(scored.then(tell)) : of(tell(scored))
  })
}
