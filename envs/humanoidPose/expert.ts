/**
 * A hand-written policy for each goal that was found to be within reach from the start: motors pull first towards one
 * posture, then towards another, and lean against the tilt of the torso. The start is 0.1 m above the floor, so that
 * there is time to fold the legs before it lands. Angles and gains were found by search (a simple evolution strategy
 * over episodes from different starts).
 */
import type { Expert } from '../../src/core/env.ts'
import type { Goal } from './goals.ts'

/** Of the torque a motor has: per rad off, and per rad/s. Low enough to be stable at the control period. */
const STIFFNESS = 1.5
const DAMPING = 0.02

/** Angles in degrees of a posture that is the same on both sides. */
interface Posture {
  readonly abdomen: number
  /** Hip x, z, y. */
  readonly hip: readonly [number, number, number]
  readonly knee: number
  /** Shoulder 1, 2 and elbow, as the right arm counts them. */
  readonly arm: readonly [number, number, number]
}

/** How hard hips and abdomen push against the torso's lean, and against its rate, per unit and per rad/s. */
interface Balance {
  readonly hip: readonly [number, number]
  readonly abdomen: readonly [number, number]
  /** Of the hips, sideways. */
  readonly side: readonly [number, number]
}

export interface Plan {
  readonly first: Posture
  readonly second: Posture
  /** Control step from which `second` is pulled towards. */
  readonly at: number
  readonly balance: Balance
}

/** What each motor drives, as an index into the joints: the model lists the abdomen's in another order. */
const JOINT_OF_MOTOR = [1, 0, ...Array.from({ length: 15 }, (_, i) => i + 2)]
/** Motors that balance. */
const ABDOMEN_Y = 0
const HIPS_Y = [5, 9]
const RIGHT_HIP_X = 3
const LEFT_HIP_X = 7

/** Of all joints, rad; the left shoulder turns the other way round. */
function anglesOf({ abdomen, hip, knee, arm }: Posture): readonly number[] {
  const [shoulder1, shoulder2, elbow] = arm
  const leg = [...hip, knee]
  const degrees = [0, abdomen, 0, ...leg, ...leg, ...arm, -shoulder1, -shoulder2, elbow]
  return degrees.map(angle => (angle * Math.PI) / 180)
}

/** Pulls the joints towards their angles, rad: it holds each goal's keyframe for an episode. */
export const hold =
  (wanted: ArrayLike<number>): Expert =>
  ({ jointAngles, jointRates }, _, action) => {
    JOINT_OF_MOTOR.forEach((joint, motor) => {
      action[motor] = STIFFNESS * (wanted[joint] - jointAngles[joint]) - DAMPING * jointRates[joint]
    })
  }

export function follow({ first, second, at, balance }: Plan): Expert {
  const [before, after] = [first, second].map(posture => hold(anglesOf(posture)))
  return (signals, memory, action) => {
    const pull = memory[0]++ < at ? before : after
    pull(signals, memory, action)
    const { torsoOrientation, torsoAngularVelocity } = signals
    // Where the torso's axis points, forward and to the left.
    const [w, x, y, z] = torsoOrientation
    const forward = 2 * (x * z + w * y)
    const left = 2 * (y * z - w * x)
    const [rollRate, pitchRate] = torsoAngularVelocity
    for (const motor of HIPS_Y) action[motor] += balance.hip[0] * forward + balance.hip[1] * pitchRate
    action[ABDOMEN_Y] += balance.abdomen[0] * forward + balance.abdomen[1] * pitchRate
    const sideways = balance.side[0] * left + balance.side[1] * rollRate
    action[RIGHT_HIP_X] += sideways
    action[LEFT_HIP_X] -= sideways
  }
}

/** By goal. For sitting cross-legged the search found none; for one leg and crossed arms none was searched. */
export const PLANS: Readonly<Partial<Record<Goal, Plan>>> = {
  kneeling: {
    first: { abdomen: 0.3, hip: [4.8, -7.3, 36.5], knee: -78.6, arm: [6.9, -19.2, -40.6] },
    second: { abdomen: 2.3, hip: [6.7, 8.4, -4.2], knee: -106.4, arm: [53.2, -56.4, -49.3] },
    at: 24,
    balance: { hip: [-0.51, -0.011], abdomen: [1.09, 0.233], side: [-0.37, 0.011] },
  },
  standing: {
    first: { abdomen: 5.6, hip: [0.2, -4.6, 0.2], knee: 42.1, arm: [49.9, -31.8, -60.8] },
    second: { abdomen: 8.4, hip: [-0.3, -2.8, 0.3], knee: -2.5, arm: [50.7, -49.4, -80.4] },
    at: 34,
    balance: { hip: [0.43, 0.059], abdomen: [0.64, 0.06], side: [-0.06, 0.011] },
  },
  armsRaised: {
    first: { abdomen: -1.9, hip: [-7.2, -27.8, -6.5], knee: 30.0, arm: [-72, 48, -51.8] },
    second: { abdomen: 7.3, hip: [0.3, 2.9, -2.6], knee: -16.3, arm: [-73.1, 22.3, -71.1] },
    at: 15,
    balance: { hip: [-0.43, 0.035], abdomen: [0.7, 0.06], side: [0.58, 0.004] },
  },
  splits: {
    first: { abdomen: -6.7, hip: [-28.7, -72.8, -69.1], knee: -13.7, arm: [14, -15.8, -26.6] },
    second: { abdomen: -1.6, hip: [-28.4, -67.7, -80.7], knee: 18.3, arm: [18.9, -49.8, -74.6] },
    at: 17,
    balance: { hip: [0.38, 0.079], abdomen: [0.34, 0.08], side: [0.11, -0.005] },
  },
  handsOnHips: {
    first: { abdomen: -4.7, hip: [-1.2, -6, 0], knee: 7.0, arm: [45.7, -60.5, -11.8] },
    second: { abdomen: -2.7, hip: [1, -8.5, 0], knee: -3.2, arm: [56.1, -79.6, -3.6] },
    at: 19,
    balance: { hip: [0.17, 0.025], abdomen: [0.39, 0.008], side: [-0.01, -0.014] },
  },
}
