import { atStart, defineReward, longTail, scalar, type Vector3, vec3 } from '../library.ts'

/** How far the drawer slides, m. */
const TRAVEL = 0.2

/** The reward of Meta-World's drawer-open-v2; cabinet and drawer are our own. Between 0 and 10. */
export default defineReward({
  name: 'drawer-open-expert',
  env: 'drawer-open',
  about: "Pull the drawer open, as Meta-World's own reward has it.",
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    cage: {
      weight: 5,
      memory: { start: 1 },
      value: (s, { start }) => {
        const margin = atStart(start, offHandle(s.prev.handPosition, s.prev.objectPosition))
        return longTail(offHandle(s.handPosition, s.objectPosition), 0.01, margin)
      },
    },
    open: { weight: 5, value: s => longTail(s.objectToGoal, 0.02, TRAVEL) },
  },
})

/** Errors seen from above count three times, so that the hand drops down behind the handle and not into it. */
const offHandle = (hand: Vector3, handle: Vector3): number =>
  Math.hypot(3 * (hand.x - handle.x), 3 * (hand.y - handle.y), hand.z - handle.z)
