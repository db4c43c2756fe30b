/**
 * The Panda arm of ManiSkill2 (Gu et al., "ManiSkill2: A Unified Benchmark for Generalizable Manipulation Skills",
 * ICLR 2023): what its tasks share. Controllers, gains, noise and the control rate of 20 Hz are those published there.
 */
import type { ResetRng } from '../../src/core/env.ts'
import type { ActionSpec } from '../../src/core/spec.ts'
import { type Read, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { ARM_JOINTS, ArmKinematics } from './kinematics.ts'

/** Control period, s, and physics steps in it. */
export const DT = 0.05
export const FRAME_SKIP = 10

export const CONTROL = {
  control: {
    default: 'ee-delta',
    choices: ['ee-delta', 'joint-delta'],
    about: 'What actions move: the gripper in the axes of the base, or the seven joints.',
  },
} as const

/** What a full action asks for in one step: the gripper's shift in m and turn in rad, or a joint's turn in rad. */
export const FULL_DELTA = 0.1
/** Targets of each finger, m, for the gripper's action −1 and 1; below 0 so that thin things are squeezed too. */
const FINGERS_CLOSED = -0.01
const FINGERS_OPEN = 0.04
/** Above this speed of any joint the arm is not static, rad/s. */
const STATIC_SPEED = 0.2
/** A grasp needs this much force on both pads, N. */
const GRASP_FORCE = 0.5

const EE_ACTIONS = ['x', 'y', 'z', 'turn_x', 'turn_y', 'turn_z']
const JOINT_ACTIONS = Array.from({ length: ARM_JOINTS }, (_, i) => `joint${i + 1}`)

/** Actions of the arm and its gripper, after `before`, all in −1…1. */
export function armActions(control: string, before: readonly string[] = []): ActionSpec {
  const names = [...before, ...(control === 'ee-delta' ? EE_ACTIONS : JOINT_ACTIONS), 'gripper']
  return { names, low: names.map(() => -1), high: names.map(() => 1), unit: '1' }
}

/** Turns the actions from `at` on into targets of the servos: where the arm is now, and a step from there. */
export function armControl(control: string): (sim: Views, action: Float64Array, at: number) => void {
  const arm = new ArmKinematics()
  const delta = new Float64Array(6)
  const target = new Float64Array(ARM_JOINTS)
  return ({ names, qpos, ctrl }, action, at) => {
    const from = names.qpos('joint1')
    if (control === 'ee-delta') {
      for (let i = 0; i < 6; i++) delta[i] = FULL_DELTA * action[at + i]
      // A turn is bounded as a whole, so that it has the same axis as what was asked for.
      const size = Math.hypot(action[at + 3], action[at + 4], action[at + 5])
      if (size > 1) for (let i = 3; i < 6; i++) delta[i] /= size
      arm.move(qpos, from, delta, 0, target)
      shorten(target, qpos, from)
    } else {
      for (let i = 0; i < ARM_JOINTS; i++) target[i] = qpos[from + i] + FULL_DELTA * action[at + i]
    }
    const to = names.actuator('joint1')
    for (let i = 0; i < ARM_JOINTS; i++) ctrl[to + i] = target[i]
    const grip = action[at + (control === 'ee-delta' ? 6 : ARM_JOINTS)]
    const fingers = FINGERS_CLOSED + ((grip + 1) / 2) * (FINGERS_OPEN - FINGERS_CLOSED)
    ctrl[names.actuator('left_finger')] = fingers
    ctrl[names.actuator('right_finger')] = fingers
  }
}

/**
 * Shortens a motion, as a whole, to what the servos can follow: beyond FULL_DELTA a joint's force is at its limit
 * (100 N·m at 1000 N·m/rad), it falls behind the others, and the hand tilts.
 */
export function shorten(target: Float64Array, qpos: Float64Array, from: number): void {
  let largest = FULL_DELTA
  for (let i = 0; i < ARM_JOINTS; i++) largest = Math.max(largest, Math.abs(target[i] - qpos[from + i]))
  const share = FULL_DELTA / largest
  for (let i = 0; i < ARM_JOINTS; i++) target[i] = qpos[from + i] + share * (target[i] - qpos[from + i])
}

/** Joint angles with the gripper above the table and pointing down, rad. */
export const READY = [0, Math.PI / 8, 0, (-5 * Math.PI) / 8, 0, (3 * Math.PI) / 4, Math.PI / 4]
/** Spread of the initial joint angles, rad. */
const ARM_NOISE = 0.02

/** Puts the arm near a pose, the gripper open. */
export function startArm({ names, qpos }: Views, rng: ResetRng, angles: readonly number[] = READY): void {
  const from = names.qpos('joint1')
  angles.forEach((angle, i) => {
    qpos[from + i] = angle + ARM_NOISE * rng.normal()
  })
  openFingers(qpos, names)
}

export function openFingers(qpos: Float64Array, names: Views['names'], opening = FINGERS_OPEN): void {
  qpos[names.qpos('left_finger')] = opening
  qpos[names.qpos('right_finger')] = opening
}

/** No joint of the arm turns noticeably. */
export function isArmStatic({ names, qvel }: Views): boolean {
  const from = names.qvel('joint1')
  for (let i = 0; i < ARM_JOINTS; i++) if (Math.abs(qvel[from + i]) > STATIC_SPEED) return false
  return true
}

/** Both pads press on what the sensors `left_grip` and `right_grip` feel. */
export function isGrasping({ names, sensordata }: Views): boolean {
  return (
    force(sensordata, names.sensor('left_grip')) >= GRASP_FORCE &&
    force(sensordata, names.sensor('right_grip')) >= GRASP_FORCE
  )
}
const force = (data: Float64Array, at: number) => Math.hypot(data[at], data[at + 1], data[at + 2])

/** `count` numbers of qpos or qvel from those of a joint on. */
export function jointSlice(array: 'qpos' | 'qvel', joint: string, count: number, skip = 0): Read {
  return (sim, out, at) => {
    const from = sim.names[array](joint) + skip
    const source = sim[array]
    for (let i = 0; i < count; i++) out[at + i] = source[from + i]
  }
}

/** The numbers of a sensor. */
export function sensor(name: string, count: number): Read {
  return ({ names, sensordata }, out, at) => {
    const from = names.sensor(name)
    for (let i = 0; i < count; i++) out[at + i] = sensordata[from + i]
  }
}

export const jointReadouts = {
  jointAngles: {
    shape: [ARM_JOINTS],
    unit: 'rad',
    about: 'Of the arm, from the base to the hand.',
    read: jointSlice('qpos', 'joint1', ARM_JOINTS),
  },
  jointVelocities: {
    shape: [ARM_JOINTS],
    unit: 'rad/s',
    about: 'Of the arm, from the base to the hand.',
    read: jointSlice('qvel', 'joint1', ARM_JOINTS),
  },
  gripperOpening: {
    shape: [],
    unit: 'm',
    about: 'Distance between the pads.',
    read({ names, qpos }, out, at) {
      out[at] = qpos[names.qpos('left_finger')] + qpos[names.qpos('right_finger')]
    },
  },
} as const satisfies Readouts

export const tcpReadouts = {
  tcpPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Point between the pads of the gripper.',
    read: sitePosition('tcp'),
  },
  tcpOrientation: {
    shape: [4],
    unit: '1',
    frame: 'world',
    about: 'Of the hand, w x y z: z the way the fingers point, y the way they open.',
    read({ names, xquat }, out, at) {
      const from = 4 * names.body('hand')
      for (let i = 0; i < 4; i++) out[at + i] = xquat[from + i]
    },
  },
} as const satisfies Readouts

/** Signals of every task with the arm. */
export const armSignals = {
  ...jointReadouts,
  ...tcpReadouts,
  tcpVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the point between the pads.',
    read: sensor('tcp_velocity', 3),
  },
  tcpAngularVelocity: {
    shape: [3],
    unit: 'rad/s',
    frame: 'world',
    about: 'Of the hand.',
    read: sensor('tcp_angular_velocity', 3),
  },
  fingerForces: {
    shape: [2],
    unit: 'N',
    about: 'What presses on the left and the right pad, of each other too.',
    read: sensor('left_touch', 2),
  },
  armStatic: {
    shape: [],
    unit: 'bool',
    about: 'No joint of the arm turns faster than 0.2 rad/s.',
    read(sim, out, at) {
      out[at] = isArmStatic(sim) ? 1 : 0
    },
  },
} as const satisfies Readouts

/** The vector between two places in the world. */
export function difference(to: Read, from: Read): Read {
  const start = new Float64Array(3)
  return (sim, out, at) => {
    to(sim, out, at)
    from(sim, start, 0)
    for (let i = 0; i < 3; i++) out[at + i] -= start[i]
  }
}
