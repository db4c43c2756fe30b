import {
  clamp,
  defineReward,
  gained,
  hasTurnedOver,
  scalar,
  sumSquares,
  type Vector3,
  vec3,
} from '../library.ts'

/** rad/s; a turn in six tenths of a second. Faster is not paid more. */
const TOP_RATE = 10
/** m; stretched out, the torso is 1.15 m above the foot, which is 0.1 m high on the ground. */
const STRETCHED = 0.9
const ON_GROUND = 0.15

/** Success is one full turn forward and a landing, whatever follows. */
export default defineReward({
  name: 'hopper-front-flip',
  env: 'hopper',
  // A fall is where most tries end, and from where it may jump up again.
  envOptions: { terminateWhenUnhealthy: false },
  about: 'Do a front flip: turn over forward in the air and land on the foot.',
  phrases: ['flip forward', 'do a forward somersault', 'front flips'],
  reads: {
    torsoPosition: vec3('m', 'world'),
    torsoVelocity: vec3('m/s', 'world'),
    footPosition: vec3('m', 'world'),
    /** Grows as it leans forward, and on through every turn. */
    torsoPitch: scalar('rad'),
  },
  terms: {
    turn: {
      weight: 1,
      memory: { furthest: 1 },
      value: (s, { furthest }) => Math.min(gained(s.torsoPitch, furthest) / s.dt, TOP_RATE),
    },
    // Pays the jump, and getting up.
    rise: { weight: 1, value: s => Math.max(0, s.torsoVelocity.z) },
    height: { weight: 1, value: s => clamp(s.torsoPosition.z, 0, 2) },
    done: {
      weight: 5,
      value: s => (stands(s.torsoPosition, s.footPosition) && hasTurnedOver(s.torsoPitch) ? 1 : 0),
    },
    control: { weight: -1e-3, value: s => sumSquares(s.action) },
  },
  success: s => stands(s.torsoPosition, s.footPosition) && hasTurnedOver(s.torsoPitch),
  succeeds: 'ever',
})

/** On its foot. */
const stands = (torso: Vector3, foot: Vector3): boolean => foot.z < ON_GROUND && torso.z - foot.z > STRETCHED
