import {
  defineReward,
  norm,
  scalar,
  sumSquares,
  tolerance,
  uprightness,
  type Vector3,
  vec3,
} from '../library.ts'

/** m. With its legs stretched out as flat as the ankles allow, the torso is 0.38 m high: lower it cannot lie upright. */
const LYING = 0.42
/** m; standing, as it starts. */
const STANDING = 0.7
/** Cosine of the tilt up to which the belly is what is down. */
const BELLY_DOWN = 0.9
/** m/s */
const STILL = 0.2

/**
 * On its belly: right way up, as low as the legs let it, and at rest. Whoever goes limp sinks down to that too, in seven
 * seconds; who stretches its legs is there in less than one. So success asks for all but 2.5 s of an episode, which doing
 * nothing makes in 14 of 100.
 */
export default defineReward({
  name: 'ant-lie-down',
  env: 'ant',
  envOptions: { terminateWhenUnhealthy: false },
  about: 'Lie down flat on the belly and rest.',
  phrases: ['lie down', 'crouch as low as you can', 'lower the body to the ground and stay there'],
  reads: {
    torsoPosition: vec3('m', 'world'),
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
  },
  terms: {
    // With the belly down: lying on its back is as low, and another behaviour.
    low: {
      weight: 1,
      value: s =>
        s.torsoUp > 0 ? tolerance(s.torsoPosition.z, { below: LYING, margin: STANDING - LYING }) : 0,
    },
    // Straight, not rounded off: also on its back every degree towards its belly should be worth something.
    upright: { weight: 1, value: s => uprightness(s.torsoUp) },
    rest: { weight: 0.5, value: s => tolerance(norm(s.torsoVelocity), { below: STILL, margin: 1 }) },
    done: { weight: 1, value: s => (lies(s.torsoPosition, s.torsoUp, s.torsoVelocity) ? 1 : 0) },
    // As dear as in Gymnasium's reward: who thrashes about while exploring ends up on its back, and stays there.
    control: { weight: -0.5, value: s => sumSquares(s.action) },
  },
  success: s => lies(s.torsoPosition, s.torsoUp, s.torsoVelocity),
  succeeds: 0.95,
})

const lies = (torso: Vector3, up: number, velocity: Vector3): boolean =>
  torso.z <= LYING && up >= BELLY_DOWN && norm(velocity) <= STILL
