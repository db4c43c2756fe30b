/** Small pure functions that reward terms and environments share. */

/** Anything with x y z: a signal row, a literal. */
export interface Vector3 {
  readonly x: number
  readonly y: number
  readonly z: number
}

export interface ToleranceOptions {
  /** Full reward from here up. */
  readonly above?: number
  /** Full reward up to here. */
  readonly below?: number
  /** Distance outside the bounds at which the value has fallen to `valueAtMargin`; 0 is a hard edge. */
  readonly margin?: number
  /** Default 0.1. */
  readonly valueAtMargin?: number
}

/**
 * 1 inside [above, below], falling as a Gaussian outside to `valueAtMargin` at distance `margin`.
 * The idea is that of dm_control's `rewards.tolerance` (Tassa et al., 2018).
 */
export function tolerance(x: number, options: ToleranceOptions): number {
  const { above = -Infinity, below = Infinity, margin = 0, valueAtMargin = 0.1 } = options
  // NaN lies on no side of a bound; it must not pass for full reward.
  if (Number.isNaN(x)) return x
  const outside = x < above ? above - x : x > below ? x - below : 0
  if (outside === 0) return 1
  if (margin === 0) return 0
  const scaled = outside / margin
  return Math.exp(Math.log(valueAtMargin) * scaled * scaled)
}

/** Σ xᵢ². */
export function sumSquares(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return sum
}

/** Σ |xᵢ|. */
export function sumAbs(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i])
  return sum
}

export const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/** Length of a vector. */
export const norm = (v: Vector3): number => Math.hypot(v.x, v.y, v.z)

/** Distance of two points. */
export const distance = (a: Vector3, b: Vector3): number => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z)
