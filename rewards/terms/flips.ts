/** Terms about turning over in a plane. Angles are those of a body that may turn any number of times, rad. */

const TURN = 2 * Math.PI
/** Off upright by no more than this, a turn is complete, rad. */
const UPRIGHT = 0.4

/**
 * How far it has turned beyond the furthest so far of this episode, rad: turning back and forth gains nothing. `furthest`
 * is one number of memory.
 */
export function gained(angle: number, furthest: Float64Array): number {
  const gain = Math.max(0, angle - furthest[0])
  furthest[0] += gain
  return gain
}

/** Upright again after one or more whole turns the positive way. */
export function hasTurnedOver(angle: number): boolean {
  const turns = Math.round(angle / TURN)
  return turns >= 1 && Math.abs(angle - TURN * turns) < UPRIGHT
}
