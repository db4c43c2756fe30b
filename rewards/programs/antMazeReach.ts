import { defineReward, depthInArea, vector } from '../library.ts'

/** Of the areas, m. */
const RADII = [3, 3]

/** Sparse, as published: only the last step pays, and only inside a goal area. */
export default defineReward({
  name: 'ant-maze-reach',
  env: 'ant-maze',
  about: 'Walk round the walls into a goal area.',
  reads: {
    goalDistances: vector(RADII.length, 'm'),
  },
  terms: {
    goal: { weight: 1, value: s => s.ends * depthInArea(s.goalDistances, RADII) },
  },
})
