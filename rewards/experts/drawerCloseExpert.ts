import {
  atStart,
  bothOf,
  clamp,
  defineReward,
  distance,
  longTail,
  scalar,
  tolerance,
  vec3,
} from '../library.ts'

/** m */
const HANDLE_RADIUS = 0.005
const TARGET_RADIUS = 0.04
/** Shut, as the task judges it, m. */
const SHUT = TARGET_RADIUS + 0.015

/** The reward of Meta-World's drawer-close-v2; cabinet and drawer are our own. Between 0 and 10. */
export default defineReward({
  name: 'drawer-close-expert',
  env: 'drawer-close',
  about: "Push the drawer shut, as Meta-World's own reward has it.",
  reads: {
    tipPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    // Pays for closed fingers at the handle, in proportion to how far the drawer is in.
    push: {
      weight: 10,
      memory: { reach: 1, push: 1 },
      value: (s, memory) => {
        const far = atStart(memory.reach, distance(s.prev.tipPosition, s.prev.objectPosition))
        const out = atStart(memory.push, s.prev.objectToGoal)
        if (s.objectToGoal <= SHUT) return 0
        const reach = tolerance(distance(s.tipPosition, s.objectPosition), {
          below: HANDLE_RADIUS,
          margin: Math.abs(far - HANDLE_RADIUS),
        })
        return bothOf(
          bothOf(reach, clamp(s.action[3], 0, 1)),
          longTail(s.objectToGoal, TARGET_RADIUS, Math.abs(out - TARGET_RADIUS)),
        )
      },
    },
    done: { weight: 10, value: s => (s.objectToGoal <= SHUT ? 1 : 0) },
  },
})
