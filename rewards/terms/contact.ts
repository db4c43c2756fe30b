/** Terms about touching the ground. */
import { clamp } from '../../src/core/math.ts'

/** Σ clip(xᵢ, −limit, limit)²: what Gymnasium's ant pays for contact, over the forces and torques on all bodies. */
export function clippedSquares(values: ArrayLike<number>, limit: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const clipped = clamp(values[i], -limit, limit)
    sum += clipped * clipped
  }
  return sum
}
