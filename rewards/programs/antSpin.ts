import { clamp, defineReward, flag, scalar, sumSquares, tracking, uprightness, vec3 } from '../library.ts'

/** rad/s; about half a turn a second. */
const SPIN_RATE = 3

export default defineReward({
  name: 'ant-spin',
  env: 'ant',
  about: 'Spin around in place, counter-clockwise.',
  phrases: ['turn on the spot', 'rotate in place', 'go around in circles', 'keep turning', 'whirl'],
  reads: {
    torsoAngularVelocity: vec3('rad/s', 'body'),
    torsoVelocity: vec3('m/s', 'world'),
    torsoUp: scalar('1'),
    healthy: flag(),
  },
  terms: {
    spin: { weight: 1, value: s => clamp(s.torsoAngularVelocity.z, -SPIN_RATE, SPIN_RATE) },
    place: { weight: 0.5, value: s => tracking(Math.hypot(s.torsoVelocity.x, s.torsoVelocity.y), 0.25) },
    upright: { weight: 0.5, value: s => uprightness(s.torsoUp) },
    healthy: { weight: 1, value: s => s.healthy },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
  success: s => s.healthy === 1 && s.torsoAngularVelocity.z > SPIN_RATE / 3,
})
