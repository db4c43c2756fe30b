import { defineReward, flag, meanVelocity, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's Walker2d-v5, term by term. */
export default defineReward({
  name: 'walker-forward',
  env: 'walker2d',
  about: 'Walk forward on two legs in the plane as fast as you can.',
  phrases: ['step ahead quickly', 'run forward on both legs', 'stride along without falling'],
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
