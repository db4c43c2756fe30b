import { clamp, defineReward, flag, sumSquares, vec3 } from '../library.ts'

/** m/s; the foot points forward, so backward is the harder way. */
const HOPPING_SPEED = 0.5
/** m/s. More is not paid: throwing itself backward once, and falling, would be. */
const TOP_SPEED = 1

export default defineReward({
  name: 'hopper-backward',
  env: 'hopper',
  about: 'Hop backward without falling.',
  phrases: ['jump backwards', 'move back on one leg', 'go in reverse'],
  reads: {
    torsoVelocity: vec3('m/s', 'world'),
    healthy: flag(),
  },
  terms: {
    backward: { weight: 1, value: s => clamp(-s.torsoVelocity.x, -TOP_SPEED, TOP_SPEED) },
    // Without it standing still, which is safe, is as far as learning gets.
    rise: { weight: 2, value: s => Math.max(0, s.torsoVelocity.z) },
    healthy: { weight: 1, value: s => s.healthy },
    control: { weight: -1e-3, value: s => sumSquares(s.action) },
  },
  success: s => s.healthy === 1 && s.torsoVelocity.x < -HOPPING_SPEED,
})
