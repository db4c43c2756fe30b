/**
 * A four-legged robot that walks anywhere on a plane: Gymnasium's Ant-v5, after Schulman et al., "High-Dimensional
 * Continuous Control Using Generalized Advantage Estimation" (ICLR 2016).
 */

import type { ActionSpec } from '../../src/core/spec.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { bodyPosition, flagOf, type Readouts, sitePosition, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import {
  addNormal,
  addUniform,
  controlPeriod,
  excludeCurrentPositions,
  frameSkip,
  resetNoise,
  terminateWhenUnhealthy,
} from '../options.ts'
import { contacts, freeTorso } from '../readouts.ts'

/** Slower than this is stumbling, m/s. */
const WALKING_SPEED = 0.5
/** The world among them. */
const BODIES = 14
const JOINTS = 'Hip and ankle of the legs front left, back left, back right, front right.'

export const antAction: ActionSpec = {
  names: ['front_right', 'front_left', 'back_left', 'back_right'].flatMap(leg => [
    `${leg}_hip`,
    `${leg}_ankle`,
  ]),
  low: Array(8).fill(-1),
  high: Array(8).fill(1),
  unit: '1',
}
export const antJoints = {
  jointAngles: { shape: [8], unit: 'rad', about: JOINTS, read: slice('qpos', 7, 8) },
  jointRates: { shape: [8], unit: 'rad/s', about: JOINTS, read: slice('qvel', 6, 8) },
} as const satisfies Readouts

const foot = (leg: string) =>
  ({
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: `Middle of the rounded end of the ${leg.replace('_', ' ')} leg; on the ground it is 0.08 m high.`,
    read: sitePosition(`${leg}_foot`),
  }) as const
/** As of the last force evaluation of the step, as `torsoFramePosition`. */
const feet = {
  frontLeftFootPosition: foot('front_left'),
  backLeftFootPosition: foot('back_left'),
  backRightFootPosition: foot('back_right'),
  frontRightFootPosition: foot('front_right'),
} as const satisfies Readouts

/** qpos: position, quaternion, and eight joints. qvel: velocity (world), angular velocity (body), joint rates. */
export const ant = defineEnv(
  {
    frameSkip: frameSkip(5),
    resetNoise: resetNoise(
      0.1,
      'Half width of the even noise on positions, spread of the normal on velocities.',
    ),
    excludeCurrentPositions,
    terminateWhenUnhealthy,
    minHeight: { default: 0.2, unit: 'm', about: 'Lower the torso lies: not healthy.' },
    maxHeight: { default: 1, unit: 'm', about: 'Higher the torso was thrown: not healthy.' },
    includeCfrcExt: { default: true, about: 'The policy sees the contact forces on every body.' },
    contactLimit: { default: 1, about: 'The policy sees contact forces (N) and torques (N·m) up to here.' },
  },
  o => {
    // Gymnasium's is_healthy, which takes in the bounds; a state that is not finite never comes here.
    const isHealthy = ({ qpos }: Views): boolean => qpos[2] >= o.minHeight && qpos[2] <= o.maxHeight
    return {
      id: 'ant',
      version: 1,
      about: 'A four-legged robot with eight joints on a plane.',
      mjcf: new URL('./ant.xml', import.meta.url),
      dt: controlPeriod(o.frameSkip, 0.01),
      frameSkip: o.frameSkip,
      maxSteps: 1000,
      defaultReward: 'ant-forward',
      success: { signal: 'walking', over: 'last' },
      action: antAction,
      contactForces: true,
      obs: {
        ...(!o.excludeCurrentPositions && {
          torsoPlace: {
            shape: [2],
            unit: 'm',
            frame: 'world',
            about: 'Of the torso over the ground, x and y.',
            read: slice('qpos', 0, 2),
          },
        }),
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
        jointAngles: antJoints.jointAngles,
        torsoVelocity: freeTorso.torsoVelocity,
        torsoAngularVelocity: freeTorso.torsoAngularVelocity,
        jointRates: antJoints.jointRates,
        ...(o.includeCfrcExt && {
          contacts: {
            shape: [(BODIES - 1) * 6],
            unit: '1',
            about: `Torque and force of contacts on every body but the world, each number within ±${o.contactLimit}.`,
            read({ cfrc_ext }: Views, out: Float64Array, at: number) {
              for (let i = 0; i < (BODIES - 1) * 6; i++) {
                out[at + i] = Math.max(-o.contactLimit, Math.min(o.contactLimit, cfrc_ext[6 + i]))
              }
            },
          },
        }),
      },
      signals: {
        ...freeTorso,
        torsoFramePosition: {
          shape: [3],
          unit: 'm',
          frame: 'world',
          about:
            'Centre of the torso at the last force evaluation of the step; the published speed is the difference of this.',
          read: bodyPosition('torso'),
        },
        ...antJoints,
        ...feet,
        ...contacts(BODIES),
        healthy: {
          shape: [],
          unit: 'bool',
          about: `The torso is between ${o.minHeight} and ${o.maxHeight} m high.`,
          read: flagOf(isHealthy),
        },
        walking: {
          shape: [],
          unit: 'bool',
          about: `It is healthy and goes forward faster than ${WALKING_SPEED} m/s.`,
          read: flagOf(sim => isHealthy(sim) && sim.qvel[0] > WALKING_SPEED),
        },
      },
      start({ qpos, qvel }, rng) {
        addUniform(qpos, rng, o.resetNoise)
        addNormal(qvel, rng, o.resetNoise)
      },
      isTerminal: sim => o.terminateWhenUnhealthy && !isHealthy(sim),
    }
  },
)
