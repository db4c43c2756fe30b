/** How experts move the arm: actions that bring the gripper to a pose. */
import { ARM_JOINTS, ArmKinematics } from './kinematics.ts'
import { FULL_DELTA, shorten } from './panda.ts'

export type Signals = Readonly<Record<string, Float64Array>>
type Numbers = ArrayLike<number>

/** The gripper's action, −1…1. */
export const OPEN = 1
export const CLOSED = -1

/**
 * Shift asked for per error. The servos follow about two fifths of a step within it, so asking for more than the error
 * is faster and does not overshoot.
 */
const GAIN = 2

/** Fills the arm's action so that the gripper goes to a position and an orientation w x y z in the world. */
export type Steer = (
  s: Signals,
  position: Numbers,
  orientation: Numbers,
  grip: number,
  action: Float64Array,
  at?: number,
) => void

/** `yaw` is how the base of the arm is turned in the world. */
export function steering(control: string, yaw: (s: Signals) => number = () => 0): Steer {
  const arm = new ArmKinematics()
  const delta = new Float64Array(6)
  const joints = new Float64Array(ARM_JOINTS)
  return (s, position, orientation, grip, action, at = 0) => {
    for (let i = 0; i < 3; i++) delta[i] = GAIN * (position[i] - s.tcpPosition[i])
    rotationVector(s.tcpOrientation, orientation, delta)
    for (let i = 3; i < 6; i++) delta[i] *= GAIN
    intoBase(delta, yaw(s))
    for (const from of [0, 3]) bound(delta, from)
    if (control === 'ee-delta') {
      for (let i = 0; i < 6; i++) action[at + i] = delta[i] / FULL_DELTA
      action[at + 6] = grip
    } else {
      arm.move(s.jointAngles, 0, delta, 0, joints)
      shorten(joints, s.jointAngles, 0)
      for (let i = 0; i < ARM_JOINTS; i++) action[at + i] = (joints[i] - s.jointAngles[i]) / FULL_DELTA
      action[at + ARM_JOINTS] = grip
    }
  }
}

/** Shortens three numbers to a full step. */
function bound(delta: Float64Array, from: number): void {
  const size = Math.hypot(delta[from], delta[from + 1], delta[from + 2])
  if (size > FULL_DELTA) for (let i = from; i < from + 3; i++) delta[i] *= FULL_DELTA / size
}

function intoBase(delta: Float64Array, yaw: number): void {
  const c = Math.cos(yaw)
  const s = Math.sin(yaw)
  for (const i of [0, 3]) {
    const x = delta[i]
    delta[i] = c * x + s * delta[i + 1]
    delta[i + 1] = c * delta[i + 1] - s * x
  }
}

/** Writes the rotation vector from one unit quaternion to another at 3…5. */
function rotationVector(from: Numbers, to: Numbers, out: Float64Array): void {
  const [w, x, y, z] = multiply(to, [from[0], -from[1], -from[2], -from[3]])
  const sine = Math.hypot(x, y, z)
  const scale = sine < 1e-9 ? 0 : (2 * Math.atan2(w < 0 ? -sine : sine, Math.abs(w))) / sine
  out[3] = scale * x
  out[4] = scale * y
  out[5] = scale * z
}

/** Product of two quaternions. */
export function multiply(a: Numbers, b: Numbers): [number, number, number, number] {
  return [
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
    a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
    a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
    a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
  ]
}

/** A hand that points straight down, its x axis turned by `yaw` from the world's. */
export const pointingDown = (yaw: number): [number, number, number, number] => [
  0,
  Math.cos(yaw / 2),
  Math.sin(yaw / 2),
  0,
]

/** The nearest hand that points straight down. */
export const levelled = (hand: Numbers): [number, number, number, number] =>
  pointingDown(2 * Math.atan2(hand[2], hand[1]))
