/** Terms about getting hold of things. */
import { norm, type Vector3 } from '../../src/core/math.ts'

/** 1 at the place, falling to 0 over about half a metre at rate 5 per m: the reaching reward of ManiSkill2 (Gu et al., 2023). */
export const nearness = (distance: number, rate = 5): number => 1 - Math.tanh(rate * distance)

/**
 * 1 at the place, for a hand that has a table to cross: half of it falls off slowly and leads there from anywhere, half
 * quickly and settles it. One rate alone is flat either far away, where a policy then drifts off, or at the place.
 */
export const reaching = (distance: number): number => (nearness(distance, 3) + nearness(distance, 12)) / 2

/** Distance of a hand from the place that lies `offset` from a thing, m. */
export const distanceBeside = (
  hand: Vector3,
  thing: Vector3,
  offset: readonly [x: number, y: number, z: number],
): number =>
  norm({
    x: hand.x - thing.x - offset[0],
    y: hand.y - thing.y - offset[1],
    z: hand.z - thing.z - offset[2],
  })
