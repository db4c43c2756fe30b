import { defineReward, meanVelocity, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's Swimmer-v5, term by term. */
export default defineReward({
  name: 'swimmer-forward',
  env: 'swimmer',
  about: 'Swim forward as fast as you can.',
  phrases: ['wriggle ahead', 'undulate through the water', 'swim far'],
  reads: {
    torsoPosition: vec3('m', 'world'),
  },
  terms: {
    forward: { weight: 1, value: s => meanVelocity(s.torsoPosition.x, s.prev.torsoPosition.x, s.dt) },
    control: { weight: -1e-4, value: s => sumSquares(s.action) },
  },
})
