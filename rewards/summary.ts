/** What each term amounted to, over scored columns. */
import type { ScoreColumns } from '../src/core/batch.ts'
import type { RewardScorer, TermSummary } from '../src/core/reward.ts'

/**
 * One row per term over the valid rows of one or several scored recordings. `mean`, `std`, `min` and `max` are of the raw
 * values; `share` is the variance of the weighted term over the sum of these variances, 0 when nothing varies.
 */
export function termTable(
  scored: ScoreColumns | readonly ScoreColumns[],
  scorer: Pick<RewardScorer, 'termNames' | 'weights'>,
): TermSummary[] {
  const recordings: readonly ScoreColumns[] = 'terms' in scored ? [scored] : scored
  const moments = scorer.termNames.map((name, k) => ({ name, ...momentsOf(recordings, k) }))
  const spread = moments.map(({ name, std }) => (scorer.weights[name] * std) ** 2)
  const total = spread.reduce((sum, variance) => sum + variance, 0)
  return moments.map((of, k) => ({
    ...of,
    weight: scorer.weights[of.name],
    share: total > 0 ? spread[k] / total : 0,
  }))
}

/** Moments of term k by Welford's recurrence, which does not lose the spread of large values. */
function momentsOf(recordings: readonly ScoreColumns[], k: number) {
  let count = 0
  let mean = 0
  let squares = 0
  let min = Infinity
  let max = -Infinity
  for (const { T, N, terms, valid } of recordings) {
    for (let row = 0; row < T * N; row++) {
      if (valid[row] === 0) continue
      const value = terms[k * T * N + row]
      const offset = value - mean
      mean += offset / ++count
      squares += offset * (value - mean)
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
  }
  if (count === 0) return { mean: 0, std: 0, min: 0, max: 0 }
  return { mean, std: Math.sqrt(squares / count), min, max }
}
