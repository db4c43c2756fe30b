import { defineReward, flag, scalar, vec3 } from '../define.ts'
import { nearness } from '../terms/handling.ts'

/** From the handle to a hand with a finger behind it, m. */
const BEHIND = 0.025
const ABOVE = 0.02
/** How soon a hand that is off that place, seen from above, is not to go down, per m. */
const AIM = 50

export default defineReward({
  name: 'drawer-open',
  env: 'drawer-open',
  about: 'Pull the drawer open.',
  phrases: ['open the drawer', 'draw the drawer out by its handle'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    // Over the place behind the handle first, then down: straight to it would run into the handle.
    reach: { weight: 1, value: s => nearness(overhead(s), 7) },
    hook: {
      weight: 1,
      value: s =>
        nearness(Math.abs(s.handPosition.z - s.objectPosition.z - ABOVE), 20) * nearness(overhead(s), AIM),
    },
    open: { weight: 4, value: s => nearness(s.objectToGoal, 10) },
    done: { weight: 4, value: s => s.success },
  },
})

interface Hand {
  readonly handPosition: { readonly x: number; readonly y: number }
  readonly objectPosition: { readonly x: number; readonly y: number }
}

/** How far the hand is from over the place behind the handle, in the plane, m. */
function overhead({ handPosition, objectPosition }: Hand): number {
  return Math.hypot(handPosition.x - objectPosition.x, handPosition.y - objectPosition.y - BEHIND)
}
