/**
 * What a few runs say about a method: interquartile means with stratified bootstrap intervals (Agarwal et al., "Deep
 * reinforcement learning at the edge of the statistical precipice", 2021).
 */
import { Rng, STREAM } from '../core/rng.ts'

/** An estimate with its interval. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** The mean of what is left when the lowest and the highest quarter (rounded down) are cut off. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const cut = Math.floor(sorted.length / 4)
  const kept = sorted.slice(cut, sorted.length - cut)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

export interface BootstrapOptions {
  readonly repetitions?: number
  /** Part of the resampled estimates inside the interval. */
  readonly confidence?: number
  readonly seed?: number
}

/**
 * `statistic` of all scores together, with a percentile interval: runs are drawn again with replacement within each
 * stratum (task), never across. One run a stratum says nothing about spread: the interval is then the estimate itself.
 */
export function stratifiedBootstrap(
  strata: readonly (readonly number[])[],
  statistic: (scores: readonly number[]) => number = interquartileMean,
  { repetitions = 2000, confidence = 0.95, seed = 0 }: BootstrapOptions = {},
): Interval {
  const rng = new Rng(seed, STREAM.data)
  const estimates = Array.from({ length: repetitions }, () =>
    statistic(strata.flatMap(scores => scores.map(() => scores[rng.below(scores.length)]))),
  ).sort((a, b) => a - b)
  const tail = (1 - confidence) / 2
  return {
    estimate: statistic(strata.flat()),
    low: quantile(estimates, tail),
    high: quantile(estimates, 1 - tail),
  }
}

/** Linear between the two nearest of sorted values. */
function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (at - below) * (sorted[above] - sorted[below])
}
