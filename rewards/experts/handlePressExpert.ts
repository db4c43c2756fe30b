import { atStart, bothOf, defineReward, distance, longTail, scalar, vec3 } from '../library.ts'

/** m */
const HANDLE_RADIUS = 0.02
const TARGET_RADIUS = 0.02

/** The reward of Meta-World's handle-press-v2; box and handle are our own. Between 0 and 10. */
export default defineReward({
  name: 'handle-press-expert',
  env: 'handle-press',
  about: "Press the handle down, as Meta-World's own reward has it.",
  reads: {
    tipPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    press: {
      weight: 10,
      memory: { reach: 1, press: 1 },
      value: (s, memory) => {
        const far = atStart(memory.reach, distance(s.prev.tipPosition, s.prev.objectPosition))
        const up = atStart(memory.press, s.prev.objectToGoal)
        if (s.objectToGoal <= TARGET_RADIUS) return 0
        return bothOf(
          longTail(distance(s.tipPosition, s.objectPosition), HANDLE_RADIUS, Math.abs(far - HANDLE_RADIUS)),
          longTail(s.objectToGoal, TARGET_RADIUS, Math.abs(up - TARGET_RADIUS)),
        )
      },
    },
    done: { weight: 10, value: s => (s.objectToGoal <= TARGET_RADIUS ? 1 : 0) },
  },
})
