import { defineReward, depthInArea, vector } from '../library.ts'

/** Of the areas, m. */
const RADII = [0.05, 0.05, 0.05]

/** Sparse, as published: only the last step pays, and only inside a goal area. */
export default defineReward({
  name: 'redundant-arm-reach',
  env: 'redundant-arm',
  about: 'Bring the tip of the arm into a goal area.',
  reads: {
    goalDistances: vector(RADII.length, 'm'),
  },
  terms: {
    goal: { weight: 1, value: s => s.ends * depthInArea(s.goalDistances, RADII) },
  },
})
