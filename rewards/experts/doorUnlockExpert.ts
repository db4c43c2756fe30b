import { atStart, defineReward, longTail, scalar, type Vector3, vec3 } from '../library.ts'

/** Length of the crank, m. */
const CRANK = 0.1

/**
 * The reward of Meta-World's door-unlock-v2 with its weights and margins. The lock is our own, and so is the place that
 * the hand is asked to, left of the peg: the published one would be below our table. Between 0 and 10.
 */
export default defineReward({
  name: 'door-unlock-expert',
  env: 'door-unlock',
  about: "Turn the crank of the lock, as Meta-World's own reward has it.",
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    ready: {
      weight: 2,
      memory: { start: 1 },
      value: (s, { start }) => {
        const margin = atStart(start, offPlace(s.prev.handPosition, s.prev.objectPosition))
        return longTail(offPlace(s.handPosition, s.objectPosition), 0.02, margin)
      },
    },
    turn: { weight: 8, value: s => longTail(s.objectToGoal, 0.005, CRANK) },
  },
})

/** Of the hand from beside the peg, weighted by axis as published: sideways counts least. */
const offPlace = (hand: Vector3, peg: Vector3): number =>
  Math.hypot(0.25 * (hand.x - peg.x + 0.03), hand.y - peg.y + 0.01, 0.5 * (hand.z - peg.z - 0.02))
