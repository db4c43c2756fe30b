import { clippedSquares, defineReward, flag, meanVelocity, sumSquares, vec3, vector } from '../library.ts'

/** Contact forces (N) and torques (N·m) count up to here. */
const CONTACT_LIMIT = 1

/** The published reward of Gymnasium's Ant-v5, term by term. */
export default defineReward({
  name: 'ant-forward',
  env: 'ant',
  about: 'Walk forward on four legs as fast as you can.',
  phrases: ['crawl ahead', 'run forward', 'move forward', 'walk far without flipping over', 'go fast'],
  reads: {
    torsoFramePosition: vec3('m', 'world'),
    healthy: flag(),
    contactForces: vector('N', 'world'),
    contactTorques: vector('N·m', 'world'),
  },
  terms: {
    forward: {
      weight: 1,
      value: s => meanVelocity(s.torsoFramePosition.x, s.prev.torsoFramePosition.x, s.dt),
    },
    healthy: { weight: 1, value: s => s.healthy },
    control: { weight: -0.5, value: s => sumSquares(s.action) },
    contact: {
      weight: -5e-4,
      value: s =>
        clippedSquares(s.contactForces, CONTACT_LIMIT) + clippedSquares(s.contactTorques, CONTACT_LIMIT),
    },
  },
})
