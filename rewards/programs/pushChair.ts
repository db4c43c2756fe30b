import { defineReward, flag, nearness, norm, scalar, vec3 } from '../library.ts'

/** Beyond this tilt the chair falls, rad. */
const FALLING = 0.2 * Math.PI

/** In stages; between -1 and 4. */
export default defineReward({
  name: 'push-chair',
  env: 'push-chair',
  about: 'Push the chair to the target.',
  reads: {
    tcpToRail: vec3('m', 'world'),
    chairPosition: vec3('m', 'world'),
    chairTilt: scalar('rad'),
    there: flag(),
  },
  terms: {
    reach: { weight: 1, value: s => nearness(norm(s.tcpToRail), 2) },
    push: { weight: 2, value: s => nearness(Math.hypot(s.chairPosition.x, s.chairPosition.y), 1.5) },
    topple: { weight: -1, value: s => Math.min(1, s.chairTilt / FALLING) },
    done: { weight: 1, value: s => s.there },
  },
})
