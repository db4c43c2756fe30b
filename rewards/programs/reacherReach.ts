import { defineReward, distance, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's Reacher-v5, term by term. */
export default defineReward({
  name: 'reacher-reach',
  env: 'reacher',
  about: 'Reach the target with the tip of the arm.',
  phrases: ['touch the target', 'move the fingertip to the goal point', 'point at the target'],
  reads: {
    tipPosition: vec3('m', 'world'),
    targetPosition: vec3('m', 'world'),
  },
  terms: {
    distance: { weight: -1, value: s => distance(s.tipPosition, s.targetPosition) },
    control: { weight: -1, value: s => sumSquares(s.action) },
  },
})
