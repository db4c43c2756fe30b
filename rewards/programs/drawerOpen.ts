import { defineReward, flag, nearness, scalar, type Vector3, vec3 } from '../library.ts'

/** From the handle to a hand with a finger behind it, m. */
const BEHIND = 0.025
const ABOVE = 0.02
/** How high a hand that is not over that place yet is to pass, so as not to run into the handle, m. */
const CLEARANCE = 0.1
/** A hand that is this far off that place, seen from above, is to keep most of the clearance, m. */
const AIM = 0.03

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
    hook: { weight: 2, value: s => nearness(distanceToHook(s.handPosition, s.objectPosition), 7) },
    open: { weight: 4, value: s => nearness(s.objectToGoal, 5) },
    done: { weight: 4, value: s => s.success },
  },
})

/** Through a funnel: how far the hand is from behind the handle, and from the height at which it should come there, m. */
function distanceToHook(hand: Vector3, handle: Vector3): number {
  const aside = Math.hypot(hand.x - handle.x, hand.y - handle.y - BEHIND)
  const height = hand.z - handle.z - ABOVE - CLEARANCE * Math.tanh(aside / AIM)
  return Math.hypot(aside, height)
}
