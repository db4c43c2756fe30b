import { defineReward, depthInArea, vector } from '../library.ts'

/** Of the large area and the small one, m. */
const RADII = [0.4, 0.2]

/** Sparse, as published: only the last step pays, and only inside a goal area. */
export default defineReward({
  name: 'curling-slide',
  env: 'curling',
  about: 'Push the ball into a goal area.',
  reads: {
    goalDistances: vector(RADII.length, 'm'),
  },
  terms: {
    goal: { weight: 1, value: s => s.ends * depthInArea(s.goalDistances, RADII) },
  },
})
