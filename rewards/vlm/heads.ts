/** From the similarities of a frame to its score. */
import type { VisionHead } from '../../src/core/vision.ts'

/**
 * Goal–baseline regularisation from two numbers a frame (Rocamonde et al., ICLR 2024, equation 3, multiplied out):
 * 1 − ½‖α·proj(s) + (1−α)·s − g‖² = c + α(2−α)·(1 − c − ½u²), with c = s·g and u = (s − g)·d. α = 0 is the cosine
 * itself, α = 1 sees only what lies along d.
 */
export const goalBaseline = (similarity: number, along: number, alpha: number): number =>
  similarity + alpha * (2 - alpha) * (1 - similarity - 0.5 * along * along)

/**
 * Probability of the goal among negatives (Baumli et al., "Vision-language models as a source of rewards", 2023,
 * equation 1).
 */
export function softmaxOf(similarity: number, negatives: ArrayLike<number>, temperature: number): number {
  let others = 0
  for (let i = 0; i < negatives.length; i++) others += Math.exp((negatives[i] - similarity) / temperature)
  return 1 / (1 + others)
}

/** One frame's score. `dials` has what the head needs; NaN in, NaN out. */
export function scoreOf(
  head: VisionHead,
  dials: Readonly<Record<string, number>>,
  similarity: number,
  along: number,
  negatives: ArrayLike<number>,
): number {
  const { alpha = 0, temperature, threshold } = dials
  const score =
    head.type === 'softmax'
      ? softmaxOf(similarity, negatives, temperature)
      : alpha === 0
        ? similarity
        : goalBaseline(similarity, along, alpha)
  if (threshold === undefined || Number.isNaN(score)) return score
  return score > threshold ? 1 : 0
}
