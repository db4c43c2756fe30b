import { defineReward, meanVelocity, sumSquares, vec3 } from '../library.ts'

/** The published reward of Gymnasium's HalfCheetah-v5, term by term. */
export default defineReward({
  name: 'cheetah-forward',
  env: 'half-cheetah',
  about: 'Run forward as fast as you can.',
  phrases: ['sprint ahead', 'gallop forward', 'move forward at high speed', 'run far', 'go fast'],
  reads: {
    torsoPosition: vec3('m', 'world'),
  },
  terms: {
    forward: { weight: 1, value: s => meanVelocity(s.torsoPosition.x, s.prev.torsoPosition.x, s.dt) },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
})
