import { defineReward, flag, nearness, scalar, type Vector3, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it, on its right, m. */
const RIGHT = 0.03
const ABOVE = 0.03
/** How far in front of the handle a hand that is not beside it yet is to pass, so as not to run into it from the left, m. */
const CLEARANCE = 0.1
/** A hand that is this far off that place, seen from the front, is to keep most of the clearance, m. */
const AIM = 0.03

/** In stages; between 0 and 8. */
export default defineReward({
  name: 'window-close',
  env: 'window-close',
  about: 'Push the window shut.',
  phrases: ['close the window', 'shut the pane'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    reach: { weight: 1, value: s => nearness(distanceToSide(s.handPosition, s.objectPosition), 5) },
    shut: { weight: 3, value: s => nearness(s.objectToGoal, 6) },
    done: { weight: 4, value: s => s.success },
  },
})

/** Through a funnel: how far the hand is from the handle's right, and from the depth at which it should come there, m. */
function distanceToSide(hand: Vector3, handle: Vector3): number {
  const aside = Math.hypot(hand.x - handle.x - RIGHT, hand.z - handle.z - ABOVE)
  const depth = hand.y - handle.y + CLEARANCE * Math.tanh(aside / AIM)
  return Math.hypot(aside, depth)
}
