/** Fills a batch's term, reward and success columns. Synchronous and pure; failures come back as values. */
import { type MonoTypeOperatorFunction, map } from 'rxjs'
import type { RolloutBatch } from '../core/batch.ts'
import type { RewardScorer, TermFailure } from '../core/reward.ts'

/** `scorer` is asked for every batch, so a hot-reloaded program takes over from the next one. */
export function score(
  scorer: (batch: RolloutBatch) => RewardScorer,
  onFailure: (failure: TermFailure, batch: RolloutBatch) => void,
): MonoTypeOperatorFunction<RolloutBatch> {
  return map(batch => {
    for (const failure of scorer(batch).score(batch)) onFailure(failure, batch)
    return batch
  })
}
