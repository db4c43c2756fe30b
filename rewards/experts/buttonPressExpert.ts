import { atStart, bothOf, clamp, defineReward, distance, longTail, scalar, vec3 } from '../library.ts'

/** Between the insides of the open fingers, m. */
const OPEN = 0.084
/** Nearer than this the fingers are at the button, m. */
const AT_BUTTON = 0.05

/** The reward of Meta-World's button-press-v2, term by term; box and button are our own. Between 0 and 10. */
export default defineReward({
  name: 'button-press-expert',
  env: 'button-press',
  about: "Press the button, as Meta-World's own reward has it.",
  reads: {
    tipPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    gripperOpening: scalar('m'),
  },
  terms: {
    // Pays open fingers, though the gripper is closed to press in most scripts.
    reach: {
      weight: 2,
      memory: { start: 1 },
      value: (s, { start }) => {
        const margin = atStart(start, distance(s.prev.tipPosition, s.prev.objectPosition))
        const near = longTail(distance(s.tipPosition, s.objectPosition), AT_BUTTON, margin)
        return bothOf(clamp(s.gripperOpening / OPEN, 0, 1), near)
      },
    },
    press: {
      weight: 8,
      memory: { start: 1 },
      value: (s, { start }) => {
        const margin = atStart(start, s.prev.objectToGoal)
        if (distance(s.tipPosition, s.objectPosition) > AT_BUTTON) return 0
        return longTail(s.objectToGoal, 0.005, margin)
      },
    },
  },
})
