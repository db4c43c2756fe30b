import { atStart, bothOf, defineReward, distance, longTail, scalar, tolerance, vec3 } from '../library.ts'

/** m */
const HANDLE_RADIUS = 0.02
const TARGET_RADIUS = 0.05

/** The reward of Meta-World's window-close-v2; the window is our own. Between 0 and 10. */
export default defineReward({
  name: 'window-close-expert',
  env: 'window-close',
  about: "Push the window shut, as Meta-World's own reward has it.",
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
          // A bell here, where the task that opens the window has a long tail.
          tolerance(distance(s.tipPosition, s.objectPosition), {
            below: HANDLE_RADIUS,
            margin: Math.abs(far - HANDLE_RADIUS),
          }),
          longTail(s.objectToGoal, TARGET_RADIUS, Math.abs(wide - TARGET_RADIUS)),
        )
      },
    },
  },
})
