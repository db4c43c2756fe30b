/**
 * The arm on a base: ManiSkill2's mobile Panda with one arm (Gu et al., ICLR 2023). The base is driven by velocities in
 * its own axes, and a torso lifts the arm; their limits are the published ones.
 */
import type { ActionSpec } from '../../src/core/spec.ts'
import type { Readouts } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { armActions, armControl, jointSlice, openFingers } from './panda.ts'

/** Actions of the base, in front of those of the arm. */
export const BASE_ACTIONS = ['base_x', 'base_y', 'base_turn', 'torso']
/** What a full action asks for: m/s, m/s, rad/s, m/s. */
export const FULL_SPEEDS = [0.5, 0.5, 3.14, 0.5]

export const mobileActions = (control: string): ActionSpec => armActions(control, BASE_ACTIONS)

/** Turns actions into speeds of the base and targets of the arm. */
export function mobileControl(control: string): (sim: Views, action: Float64Array, at: number) => void {
  const arm = armControl(control)
  return (sim, action, at) => {
    const { names, qpos, ctrl } = sim
    const yaw = qpos[names.qpos('base_yaw')]
    const forward = FULL_SPEEDS[0] * action[at]
    const left = FULL_SPEEDS[1] * action[at + 1]
    ctrl[names.actuator('base_x')] = forward * Math.cos(yaw) - left * Math.sin(yaw)
    ctrl[names.actuator('base_y')] = forward * Math.sin(yaw) + left * Math.cos(yaw)
    ctrl[names.actuator('base_yaw')] = FULL_SPEEDS[2] * action[at + 2]
    ctrl[names.actuator('torso')] = FULL_SPEEDS[3] * action[at + 3]
    arm(sim, action, at + BASE_ACTIONS.length)
  }
}

/** The arm stretched forward, rad, and its fingers, m, as all tasks of the mobile robot start. */
const STRETCHED = [0, 0, 0, -1.5, 0, 3, 0.78]
const FINGERS = 0.02

/** Puts the robot at a place on the floor, looking along `yaw`. */
export function startMobile(sim: Views, x: number, y: number, yaw: number, height: number): void {
  const { names, qpos } = sim
  qpos[names.qpos('base_x')] = x
  qpos[names.qpos('base_y')] = y
  qpos[names.qpos('base_yaw')] = yaw
  qpos[names.qpos('torso')] = height
  const from = names.qpos('joint1')
  STRETCHED.forEach((angle, i) => {
    qpos[from + i] = angle
  })
  openFingers(qpos, names, FINGERS)
}

export const baseReadouts = {
  robotPosition: {
    shape: [2],
    unit: 'm',
    frame: 'world',
    about: 'Of the base on the floor, x and y.',
    read: jointSlice('qpos', 'base_x', 2),
  },
  robotYaw: {
    shape: [],
    unit: 'rad',
    about: 'Which way the base looks, from the x axis.',
    read: jointSlice('qpos', 'base_yaw', 1),
  },
  torsoHeight: {
    shape: [],
    unit: 'm',
    about: 'How far the torso has lifted the arm.',
    read: jointSlice('qpos', 'torso', 1),
  },
  robotVelocity: {
    shape: [2],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the base on the floor, x and y.',
    read: jointSlice('qvel', 'base_x', 2),
  },
  robotTurnRate: {
    shape: [],
    unit: 'rad/s',
    about: 'Of the base about the vertical.',
    read: jointSlice('qvel', 'base_yaw', 1),
  },
} as const satisfies Readouts
