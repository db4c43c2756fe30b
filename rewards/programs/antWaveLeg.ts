import { clamp, defineReward, scalar, sumSquares, tolerance, vec3, vector } from '../library.ts'

/** m; a foot on the ground is 0.08 m high, and standing on three legs the fourth reaches 0.43. */
const RAISED = 0.3
const GROUND = 0.08
const ON_GROUND = 0.16
/** rad/s, of the hip: a leg that sweeps its whole range to and fro once in four seconds. */
const WAVING = 0.5
/** rad/s: to and fro twice a second. More is not paid; less would be what the noise of exploring does by itself. */
const BRISK = 4
/** Cosine of the tilt, and height of the torso, m, of one that stands. */
const UPRIGHT = 0.85
const STANDING = 0.45

/** Any leg may wave; it waves with its hip, whose stops make it turn back every time. */
export default defineReward({
  name: 'ant-wave-leg',
  env: 'ant',
  envOptions: { terminateWhenUnhealthy: false },
  about: 'Stand on three legs and wave the fourth in the air.',
  phrases: ['wave a leg', 'wave hello', 'raise one leg and wave it', 'lift a foot and swing it to and fro'],
  reads: {
    torsoPosition: vec3('m', 'world'),
    torsoUp: scalar('1'),
    frontLeftFootPosition: vec3('m', 'world'),
    backLeftFootPosition: vec3('m', 'world'),
    backRightFootPosition: vec3('m', 'world'),
    frontRightFootPosition: vec3('m', 'world'),
    /** rad/s; of each leg its hip, then its ankle, in the order of the feet above. */
    jointRates: vector(8, 'rad/s'),
  },
  terms: {
    raise: { weight: 1, value: s => raised(s) },
    stand: { weight: 1, value: s => standing(s) },
    // Paid as far as the leg is up and the others are down.
    wave: { weight: 2, value: s => raised(s) * standing(s) * Math.min(1, waving(s) / BRISK) },
    done: { weight: 1, value: s => (poses(s) && waving(s) >= WAVING ? 1 : 0) },
    control: { weight: -0.05, value: s => sumSquares(s.action) },
  },
  success: s => poses(s) && waving(s) >= WAVING,
  succeeds: 0.5,
})

interface Height {
  readonly z: number
}
interface Stance {
  readonly torsoPosition: Height
  readonly torsoUp: number
  readonly frontLeftFootPosition: Height
  readonly backLeftFootPosition: Height
  readonly backRightFootPosition: Height
  readonly frontRightFootPosition: Height
  readonly jointRates: ArrayLike<number>
}

/** Of the highest foot, m. */
const top = (s: Stance): number =>
  Math.max(
    s.frontLeftFootPosition.z,
    s.backLeftFootPosition.z,
    s.backRightFootPosition.z,
    s.frontRightFootPosition.z,
  )

/** Of the highest of the other three, m. */
function next(s: Stance): number {
  const [a, b] = [s.frontLeftFootPosition.z, s.backLeftFootPosition.z]
  const [c, d] = [s.backRightFootPosition.z, s.frontRightFootPosition.z]
  return Math.max(Math.min(a, b), Math.min(c, d), Math.min(Math.max(a, b), Math.max(c, d)))
}

/** How far a foot is up, 0…1. */
const raised = (s: Stance): number => clamp((top(s) - GROUND) / (RAISED - GROUND), 0, 1)

/** How well it stands on the other three, 0…1. */
const standing = (s: Stance): number =>
  tolerance(next(s), { below: ON_GROUND, margin: 0.2 }) *
  tolerance(s.torsoUp, { above: UPRIGHT, margin: 0.5 }) *
  tolerance(s.torsoPosition.z, { above: STANDING, margin: 0.2 })

/** One foot is up, and the ant stands on the others. */
const poses = (s: Stance): boolean =>
  top(s) >= RAISED && next(s) <= ON_GROUND && s.torsoUp >= UPRIGHT && s.torsoPosition.z >= STANDING

/** How fast the hip of the highest leg turns, rad/s. */
function waving(s: Stance): number {
  const height = top(s)
  const leg =
    s.frontLeftFootPosition.z === height
      ? 0
      : s.backLeftFootPosition.z === height
        ? 1
        : s.backRightFootPosition.z === height
          ? 2
          : 3
  return Math.abs(s.jointRates[2 * leg])
}
