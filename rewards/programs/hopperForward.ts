import { defineReward, flag, meanVelocity, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's Hopper-v5, term by term. */
export default defineReward({
  name: 'hopper-forward',
  env: 'hopper',
  about: 'Hop forward as fast as you can without falling.',
  phrases: [
    'jump forward quickly',
    'move forward on one leg',
    'run ahead',
    'travel as far as you can',
    'go fast',
  ],
  reads: {
    torsoPosition: vec3('m', 'world'),
    healthy: flag(),
  },
  terms: {
    forward: { weight: 1, value: s => meanVelocity(s.torsoPosition.x, s.prev.torsoPosition.x, s.dt) },
    healthy: { weight: 1, value: s => s.healthy },
    control: { weight: -1e-3, value: s => sumSquares(s.action) },
  },
})
