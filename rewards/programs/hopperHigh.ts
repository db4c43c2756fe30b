import { defineReward, flag, sumSquares, vec3 } from '../library.ts'

/** m, height of the middle of the foot when it stands on the ground. */
const FOOT_REST = 0.1
/** m above the rest: clearly off the ground. */
const CLEARANCE = 0.1

/** Pays height of the foot, not of the torso, so that standing tall earns nothing and leaving the ground does. */
export default defineReward({
  name: 'hopper-high',
  env: 'hopper',
  about: 'Hop in place as high as you can.',
  phrases: ['jump straight up', 'jump high', 'bounce up and down', 'leave the ground', 'hop on the spot'],
  reads: {
    footPosition: vec3('m', 'world'),
    torsoVelocity: vec3('m/s', 'world'),
    healthy: flag(),
  },
  terms: {
    lift: { weight: 10, value: s => Math.max(0, s.footPosition.z - FOOT_REST) },
    // Pays the push off the ground before there is any lift to pay.
    rise: { weight: 2, value: s => Math.max(0, s.torsoVelocity.z) },
    drift: { weight: -1, value: s => Math.abs(s.torsoVelocity.x) },
    healthy: { weight: 1, value: s => s.healthy },
    control: { weight: -1e-3, value: s => sumSquares(s.action) },
  },
  success: s => s.healthy === 1 && s.footPosition.z > FOOT_REST + CLEARANCE,
})
