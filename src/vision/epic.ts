/** How far a reward is from another: EPIC (Gleave et al., "Quantifying differences in reward functions", ICLR 2021). */
import { type Interval, stratifiedBootstrap } from '../search/statistics.ts'

/** Correlation of equally many numbers, 0 where either does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>, at?: readonly number[]): number {
  const n = at?.length ?? a.length
  const index = (i: number): number => at?.[i] ?? i
  let [meanA, meanB] = [0, 0]
  for (let i = 0; i < n; i++) {
    meanA += a[index(i)]
    meanB += b[index(i)]
  }
  meanA /= n
  meanB /= n
  let [squaresA, squaresB, products] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const x = a[index(i)] - meanA
    const y = b[index(i)] - meanB
    squaresA += x * x
    squaresB += y * y
    products += x * y
  }
  if (squaresA === 0 || squaresB === 0) return 0
  // Rounding may carry it beyond.
  return Math.max(-1, Math.min(1, products / Math.sqrt(squaresA * squaresB)))
}

/**
 * Of rewards of states alone the canonical shaping is a constant shift, which leaves Pearson's correlation ρ:
 * √((1 − ρ) / 2). 0 is the same reward, √½ has nothing to do with it, 1 is the opposite.
 */
export const epicOf = (correlation: number): number => Math.sqrt((1 - correlation) / 2)

const REPETITIONS = 500

/** With a bootstrap interval over the states. */
export function epicDistance(a: ArrayLike<number>, b: ArrayLike<number>): Interval {
  const states = Array.from({ length: a.length }, (_, i) => i)
  return stratifiedBootstrap([states], drawn => epicOf(pearson(a, b, drawn)), { repetitions: REPETITIONS })
}
