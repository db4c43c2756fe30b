/**
 * A four-legged robot that walks anywhere on a plane: Gymnasium's Ant-v5, after Schulman et al., "High-Dimensional
 * Continuous Control Using Generalized Advantage Estimation" (ICLR 2016).
 */

import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, type Read, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'

/** Half width of the uniform noise on the initial positions, and spread of the normal noise on the velocities. */
const RESET_NOISE = 0.1
/** Bounds of the torso's height, m: lower it lies, higher it was thrown. */
const MIN_HEIGHT = 0.2
const MAX_HEIGHT = 1
/** Slower than this is stumbling, m/s. */
const WALKING_SPEED = 0.5
/** The policy sees contact forces (N) and torques (N·m) up to here. */
const CONTACT_LIMIT = 1

/** The world among them. */
const BODIES = 14
const JOINTS = 'Hip and ankle of the legs front left, back left, back right, front right.'

/** Gymnasium's is_healthy, which takes in the bounds; a state that is not finite never comes here. */
const isHealthy = ({ qpos }: Views): boolean => qpos[2] >= MIN_HEIGHT && qpos[2] <= MAX_HEIGHT

/** The torque or force part of every body's `cfrc_ext`. */
function contactPart(first: 0 | 3): Read {
  return ({ cfrc_ext }, out, at) => {
    for (let body = 0; body < BODIES; body++) {
      for (let i = 0; i < 3; i++) out[at + 3 * body + i] = cfrc_ext[6 * body + first + i]
    }
  }
}

/** qpos: position, quaternion, and eight joints. qvel: velocity (world), angular velocity (body), joint rates. */
export const ant = defineEnv({
  id: 'ant',
  version: 1,
  about: 'A four-legged robot with eight joints on a plane.',
  mjcf: new URL('./ant.xml', import.meta.url),
  dt: 0.05,
  frameSkip: 5,
  maxSteps: 1000,
  defaultReward: 'ant-forward',
  success: { signal: 'walking', over: 'last' },
  action: {
    names: ['front_right', 'front_left', 'back_left', 'back_right'].flatMap(leg => [
      `${leg}_hip`,
      `${leg}_ankle`,
    ]),
    low: Array(8).fill(-1),
    high: Array(8).fill(1),
    unit: '1',
  },
  contactForces: true,
  obs: {
    torsoHeight: {
      shape: [],
      unit: 'm',
      frame: 'world',
      about: 'Height of the torso.',
      read: slice('qpos', 2),
    },
    torsoOrientation: {
      shape: [4],
      unit: '1',
      frame: 'world',
      about: 'Quaternion w x y z.',
      read: slice('qpos', 3, 4),
    },
    jointAngles: { shape: [8], unit: 'rad', about: JOINTS, read: slice('qpos', 7, 8) },
    torsoVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: 'Of the centre of the torso.',
      read: slice('qvel', 0, 3),
    },
    torsoAngularVelocity: {
      shape: [3],
      unit: 'rad/s',
      frame: 'body',
      about: 'Of the torso.',
      read: slice('qvel', 3, 3),
    },
    jointRates: { shape: [8], unit: 'rad/s', about: JOINTS, read: slice('qvel', 6, 8) },
    contacts: {
      shape: [(BODIES - 1) * 6],
      unit: '1',
      about: 'Torque and force of contacts on every body but the world, each number within ±1.',
      read({ cfrc_ext }, out, at) {
        for (let i = 0; i < (BODIES - 1) * 6; i++) {
          out[at + i] = Math.max(-CONTACT_LIMIT, Math.min(CONTACT_LIMIT, cfrc_ext[6 + i]))
        }
      },
    },
  },
  signals: {
    torsoPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Centre of the torso.',
      read: slice('qpos', 0, 3),
    },
    torsoFramePosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about:
        'The same at the last force evaluation of the step; the published speed is the difference of this.',
      read({ xpos, names }, out, at) {
        const from = 3 * names.body('torso')
        for (let i = 0; i < 3; i++) out[at + i] = xpos[from + i]
      },
    },
    torsoOrientation: {
      shape: [4],
      unit: '1',
      frame: 'world',
      about: 'Unit quaternion w x y z.',
      read({ qpos }, out, at) {
        // Only the noise of a start leaves it with another length.
        const length = Math.hypot(qpos[3], qpos[4], qpos[5], qpos[6])
        for (let i = 0; i < 4; i++) out[at + i] = qpos[3 + i] / length
      },
    },
    torsoUp: {
      shape: [],
      unit: '1',
      about: 'Cosine of the tilt: 1 upright, -1 on its back.',
      read({ qpos }, out, at) {
        const tilted = qpos[4] * qpos[4] + qpos[5] * qpos[5]
        out[at] = 1 - (2 * tilted) / (qpos[3] * qpos[3] + tilted + qpos[6] * qpos[6])
      },
    },
    torsoVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: 'Of the centre of the torso.',
      read: slice('qvel', 0, 3),
    },
    torsoAngularVelocity: {
      shape: [3],
      unit: 'rad/s',
      frame: 'body',
      about: 'Of the torso.',
      read: slice('qvel', 3, 3),
    },
    jointAngles: { shape: [8], unit: 'rad', about: JOINTS, read: slice('qpos', 7, 8) },
    jointRates: { shape: [8], unit: 'rad/s', about: JOINTS, read: slice('qvel', 6, 8) },
    contactForces: {
      shape: [BODIES * 3],
      unit: 'N',
      frame: 'world',
      about: 'Force of contacts on every body, the world first.',
      read: contactPart(3),
    },
    contactTorques: {
      shape: [BODIES * 3],
      unit: 'N·m',
      frame: 'world',
      about: 'Torque of contacts on every body about the centre of mass of the ant, the world first.',
      read: contactPart(0),
    },
    healthy: {
      shape: [],
      unit: 'bool',
      about: 'The torso is between 0.2 and 1 m high.',
      read: flagOf(isHealthy),
    },
    walking: {
      shape: [],
      unit: 'bool',
      about: 'It is healthy and goes forward faster than 0.5 m/s.',
      read: flagOf(sim => isHealthy(sim) && sim.qvel[0] > WALKING_SPEED),
    },
  },
  start({ qpos, qvel }, rng) {
    for (let i = 0; i < qpos.length; i++) qpos[i] += rng.range(-RESET_NOISE, RESET_NOISE)
    for (let i = 0; i < qvel.length; i++) qvel[i] += RESET_NOISE * rng.normal()
  },
  isTerminal: views => !isHealthy(views),
})
