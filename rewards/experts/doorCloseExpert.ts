import { atStart, defineReward, distance, scalar, tolerance, vec3 } from '../library.ts'

/** m */
const TARGET_RADIUS = 0.05

/** The reward of Meta-World's door-close-v2; cupboard and door are our own. Between 0 and 10. */
export default defineReward({
  name: 'door-close-expert',
  env: 'door-close',
  about: "Shut the door, as Meta-World's own reward has it.",
  reads: {
    handPosition: vec3('m', 'world'),
    tipPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    goalPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    // Towards where the handle is to be, not where it is: the hand takes the door along.
    follow: {
      weight: 3,
      memory: { start: 1 },
      value: (s, { start }) => {
        const margin = atStart(start, distance(s.prev.handPosition, s.prev.objectPosition) + 0.1)
        if (s.objectToGoal < TARGET_RADIUS) return 0
        return tolerance(distance(s.tipPosition, s.goalPosition), { below: TARGET_RADIUS / 4, margin })
      },
    },
    shut: {
      weight: 6,
      memory: { start: 1 },
      value: (s, { start }) => {
        // Published: from the middle of the cupboard, which is where our door is hinged to.
        const margin = atStart(start, s.prev.objectToGoal)
        return s.objectToGoal < TARGET_RADIUS
          ? 0
          : tolerance(s.objectToGoal, { below: TARGET_RADIUS, margin })
      },
    },
    done: { weight: 10, value: s => (s.objectToGoal < TARGET_RADIUS ? 1 : 0) },
  },
})
