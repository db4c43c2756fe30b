/** Minibatches drawn from several buffers. */
import type { Rng } from '../core/rng.ts'
import type { Minibatch } from './minibatch.ts'
import type { ReplayBuffer } from './replay.ts'

/** Buffers to draw one minibatch from, each with its share of the rows (Ball et al., RLPD, 2023: half and half). */
export interface Mixture {
  readonly buffer: ReplayBuffer
  readonly share: number
}

/** Draws a minibatch over several buffers, in their order; empty ones are left out. Weights are divided by the largest. */
export function drawMixed(mixture: readonly Mixture[], rng: Rng, into: Minibatch, beta = 1): void {
  const filled = mixture.filter(({ buffer }) => buffer.size > 0)
  const total = filled.reduce((sum, { share }) => sum + share, 0)
  const M = into.reward.length
  let reached = 0
  let from = 0
  for (const { buffer, share } of filled) {
    reached += share
    const to = Math.round((M * reached) / total)
    buffer.draw(rng, into, from, to, beta)
    from = to
  }
  if (into.drawn !== undefined) divideByLargest(into.drawn.weight)
}

function divideByLargest(weights: Float32Array): void {
  let largest = 0
  for (const weight of weights) largest = Math.max(largest, weight)
  if (largest === 0) return
  for (let m = 0; m < weights.length; m++) weights[m] /= largest
}
