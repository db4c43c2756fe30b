import { defineReward, flag, sumSquares } from '../library.ts'

/** The published reward of Gymnasium's MountainCarContinuous-v0: 100 at the goal, less the effort of getting there. */
export default defineReward({
  name: 'mountain-car-climb',
  env: 'mountain-car',
  about: 'Drive the car up to the flag on the mountain.',
  phrases: ['reach the top of the hill', 'climb the mountain', 'get the car to the flag'],
  reads: {
    atGoal: flag(),
  },
  terms: {
    goal: { weight: 100, value: s => s.atGoal },
    effort: { weight: -0.1, value: s => sumSquares(s.action) },
  },
})
