import { atStart, bothOf, defineReward, distance, longTail, scalar, vec3 } from '../library.ts'

/** m */
const HANDLE_RADIUS = 0.02
const TARGET_RADIUS = 0.05

/** The reward of Meta-World's window-open-v2; the window is our own. Between 0 and 10. */
export default defineReward({
  name: 'window-open-expert',
  env: 'window-open',
  about: "Push the window open, as Meta-World's own reward has it.",
  reads: {
    tipPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    slide: {
      weight: 10,
      memory: { reach: 1, slide: 1 },
      value: (s, memory) => {
        const far = atStart(memory.reach, distance(s.prev.tipPosition, s.prev.objectPosition))
        const wide = atStart(memory.slide, s.prev.objectToGoal)
        return bothOf(
          longTail(distance(s.tipPosition, s.objectPosition), HANDLE_RADIUS, Math.abs(far - HANDLE_RADIUS)),
          longTail(s.objectToGoal, TARGET_RADIUS, Math.abs(wide - TARGET_RADIUS)),
        )
      },
    },
  },
})
