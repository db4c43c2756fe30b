import { defineReward, norm, scalar, sumSquares, tolerance, type Vector3, vec3 } from '../library.ts'

/** m. On its back the torso, a ball of 0.25 m radius, is what it lies on. */
const LYING = 0.32
/** m; standing, as it starts. */
const STANDING = 0.7
/** Cosine of the tilt from which the back is what is down: within 37° of upside down. */
const BACK_DOWN = -0.8
/** m/s */
const STILL = 0.2

export default defineReward({
  name: 'ant-lie-on-back',
  env: 'ant',
  envOptions: { terminateWhenUnhealthy: false },
  about: 'Turn over, lie on the back with the legs in the air, and rest.',
  phrases: ['lie upside down', 'roll over onto the back', 'lie belly up'],
  reads: {
    torsoPosition: vec3('m', 'world'),
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
  },
  terms: {
    // Straight, not rounded off: half way over, every degree should be worth the same.
    over: { weight: 2, value: s => (1 - s.torsoUp) / 2 },
    low: {
      weight: 0.5,
      value: s =>
        s.torsoUp <= BACK_DOWN ? tolerance(s.torsoPosition.z, { below: LYING, margin: STANDING - LYING }) : 0,
    },
    // At rest only where it is to rest: turning over takes motion.
    rest: {
      weight: 0.5,
      value: s =>
        s.torsoUp <= BACK_DOWN ? tolerance(norm(s.torsoVelocity), { below: STILL, margin: 1 }) : 0,
    },
    done: { weight: 1, value: s => (lies(s.torsoPosition, s.torsoUp, s.torsoVelocity) ? 1 : 0) },
    control: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => lies(s.torsoPosition, s.torsoUp, s.torsoVelocity),
  succeeds: 0.5,
})

const lies = (torso: Vector3, up: number, velocity: Vector3): boolean =>
  torso.z <= LYING && up <= BACK_DOWN && norm(velocity) <= STILL
