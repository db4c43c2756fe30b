/** The shapes that Meta-World's rewards are made of (Yu et al., CoRL 2019; version 2 of its tasks). */

/** A long-tailed tolerance has fallen to this at its margin. */
const AT_MARGIN = 0.1

/** 1 up to `within`, then 1/(1 + 9(d/margin)²) at d beyond it: still something far away. */
export function longTail(distance: number, within: number, margin: number): number {
  if (Number.isNaN(distance)) return distance
  if (distance <= within) return 1
  if (margin <= 0) return 0
  const scaled = (distance - within) / margin
  return 1 / ((1 / AT_MARGIN - 1) * scaled * scaled + 1)
}

/** Hamacher product of two shares, 0…1: near 0 as soon as one of them is, and less harsh than their product. */
export const bothOf = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : (a * b) / (a + b - a * b))

/** What a term saw first in this episode; `memory` is one number of its own. */
export function atStart(memory: Float64Array, value: number): number {
  if (memory[0] === 0) memory[0] = value
  return memory[0]
}
