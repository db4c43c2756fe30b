/**
 * Where a goal text and its baseline lie among embeddings, and how far along a frame is: the geometry of goal–baseline
 * regularisation (Rocamonde et al., "Vision-language models are zero-shot reward models for reinforcement learning",
 * ICLR 2024, definition 1). E is the embedding width.
 */
import { CarrotError } from '../../src/core/errors.ts'

export interface TextAxes {
  /** [E], unit length. */
  readonly goal: Float64Array
  /** [E], the unit vector d from baseline to goal; absent without a baseline. */
  readonly direction?: Float64Array
  /** g·d */
  readonly origin: number
}

/** Texts nearer than this cannot be told apart. */
const NEAREST = 1e-8

/**
 * The mean of unit embeddings, [n, E] → [E], at unit length again, so that a cosine to it stays one. Throws CarrotError
 * 'bad-argument' where they cancel out.
 */
export function meanDirection(embeddings: ArrayLike<number>, width: number): Float64Array {
  const mean = new Float64Array(width)
  for (let i = 0; i < embeddings.length; i++) mean[i % width] += embeddings[i]
  const length = norm(mean)
  if (length / (embeddings.length / width) < NEAREST) {
    throw new CarrotError(
      'bad-argument',
      'The prompts of one list cancel each other out: the mean of their embeddings is zero.',
      'Give prompts that say the same thing in other words.',
    )
  }
  return mean.map(x => x / length)
}

/**
 * `goals` and `baselines` [n, E], of unit length each; no baselines when empty. Throws CarrotError 'bad-argument' when
 * the model cannot tell goal and baseline apart.
 */
export function textAxes(goals: ArrayLike<number>, baselines: ArrayLike<number>, width: number): TextAxes {
  const goal = meanDirection(goals, width)
  if (baselines.length === 0) return { goal, origin: 0 }
  const baseline = meanDirection(baselines, width)
  const direction = goal.map((g, i) => g - baseline[i])
  const length = norm(direction)
  if (length < NEAREST) {
    throw new CarrotError(
      'bad-argument',
      'Goal and baseline are the same text to the model, so nothing lies between them.',
      'Let the baseline say what is there without the goal, e.g. "a humanoid robot" to "a humanoid robot kneeling".',
    )
  }
  for (let i = 0; i < width; i++) direction[i] /= length
  return { goal, direction, origin: dot(direction, goal, 0) }
}

/** a·b[offset…] */
export function dot(a: Float64Array, b: ArrayLike<number>, offset: number): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[offset + i]
  return sum
}

const norm = (v: Float64Array): number => Math.sqrt(dot(v, v, 0))
