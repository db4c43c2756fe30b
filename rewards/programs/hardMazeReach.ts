import { defineReward, depthInArea, vector } from '../library.ts'

/** Of the area at the end of the maze and the one on the way, m. */
const RADII = [0.5, 0.5]

/** Sparse, as published: only the last step pays, and only inside a goal area. */
export default defineReward({
  name: 'hard-maze-reach',
  env: 'hard-maze',
  about: 'Drive through the maze into a goal area.',
  reads: {
    goalDistances: vector(RADII.length, 'm'),
  },
  terms: {
    goal: { weight: 1, value: s => s.ends * depthInArea(s.goalDistances, RADII) },
  },
})
