/** What the walking and the lying humanoid share: options, observations, signals. */
import { bodyPosition, geomPosition, type Read, type Readouts, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { excludeCurrentPositions, frameSkip, resetNoise } from '../options.ts'
import { contacts, freeTorso } from '../readouts.ts'

/** Physics timestep, s. */
export const TIMESTEP = 0.003
/** The published range of actions is that of the motors in single precision. */
export const MAX_ACTION = Math.fround(0.4)
/** The world among them. */
const BODIES = 14
/** Degrees of freedom of the torso; the hinges follow. */
const FREE = 6
const HINGES = 17
const JOINTS =
  'Abdomen z, y, x; right hip x, z, y and knee; left hip x, z, y and knee; right shoulder 1, 2 and elbow; left shoulder 1, 2 and elbow.'

export const OPTIONS = {
  frameSkip: frameSkip(5),
  resetNoise: resetNoise(0.01, 'Half width of the even noise on the initial positions and velocities.'),
  excludeCurrentPositions,
  includeCinert: { default: true, about: 'The policy sees the inertia of every body.' },
  includeCvel: { default: true, about: 'The policy sees the velocity of every body.' },
  includeQfrcActuator: { default: true, about: 'The policy sees the torques of the motors.' },
  includeCfrcExt: { default: true, about: 'The policy sees the contact forces on every body.' },
} as const

/** In the order of the model's motors. */
export const MOTORS = [
  ...['abdomen_y', 'abdomen_z', 'abdomen_x'],
  ...['right_hip_x', 'right_hip_z', 'right_hip_y', 'right_knee'],
  ...['left_hip_x', 'left_hip_z', 'left_hip_y', 'left_knee'],
  ...['right_shoulder1', 'right_shoulder2', 'right_elbow'],
  ...['left_shoulder1', 'left_shoulder2', 'left_elbow'],
]

/** `width` numbers of every body but the world. */
const ofBodies =
  (array: 'cinert' | 'cvel' | 'cfrc_ext', width: number): Read =>
  (sim, out, at) => {
    const source = sim[array]
    for (let i = 0; i < (BODIES - 1) * width; i++) out[at + i] = source[width + i]
  }

const motorTorques: Read = ({ qfrc_actuator }, out, at) => {
  for (let i = 0; i < HINGES; i++) out[at + i] = qfrc_actuator[FREE + i]
}

export function observations(o: { readonly [K in keyof typeof OPTIONS]: number | boolean }): Readouts {
  return {
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
    jointAngles: { shape: [HINGES], unit: 'rad', about: JOINTS, read: slice('qpos', 7, HINGES) },
    torsoVelocity: freeTorso.torsoVelocity,
    torsoAngularVelocity: freeTorso.torsoAngularVelocity,
    jointRates: { shape: [HINGES], unit: 'rad/s', about: JOINTS, read: slice('qvel', FREE, HINGES) },
    ...(o.includeCinert && {
      bodyInertias: {
        shape: [(BODIES - 1) * 10],
        unit: '1',
        about:
          'Of every body about the centre of mass of the humanoid: xx, yy, zz, xy, xz, yz (kg·m²), mass times its offset (kg·m), mass (kg).',
        read: ofBodies('cinert', 10),
      },
    }),
    ...(o.includeCvel && {
      bodyVelocities: {
        shape: [(BODIES - 1) * 6],
        unit: '1',
        about:
          'Of every body: turning (rad/s), then moving (m/s) as if it reached to the centre of mass of the humanoid.',
        read: ofBodies('cvel', 6),
      },
    }),
    ...(o.includeQfrcActuator && {
      motorTorques: { shape: [HINGES], unit: 'N·m', about: JOINTS, read: motorTorques },
    }),
    ...(o.includeCfrcExt && {
      bodyForces: {
        shape: [(BODIES - 1) * 6],
        unit: '1',
        about: 'Of contacts on every body: torque (N·m), then force (N).',
        read: ofBodies('cfrc_ext', 6),
      },
    }),
  }
}

/** A point of the body, as the published environment reads it. */
const point = (about: string, read: Read) =>
  ({
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: `${about}, at the last force evaluation (up to a physics step ago).`,
    read,
  }) as const

function centreOfMass({ xipos, model }: Views, out: Float64Array, at: number): void {
  const { body_mass } = model
  let mass = 0
  for (let i = 0; i < 3; i++) out[at + i] = 0
  for (let body = 1; body < BODIES; body++) {
    mass += body_mass[body]
    for (let i = 0; i < 3; i++) out[at + i] += body_mass[body] * xipos[3 * body + i]
  }
  for (let i = 0; i < 3; i++) out[at + i] /= mass
}

export const humanoidSignals = {
  ...freeTorso,
  centreOfMass: point('Centre of mass', centreOfMass),
  headPosition: point('Centre of the head', geomPosition('head')),
  pelvisPosition: point('Centre of the pelvis', bodyPosition('pelvis')),
  rightFootPosition: point('Centre of the right foot', geomPosition('right_foot')),
  leftFootPosition: point('Centre of the left foot', geomPosition('left_foot')),
  rightHandPosition: point('Centre of the right hand', geomPosition('right_hand')),
  leftHandPosition: point('Centre of the left hand', geomPosition('left_hand')),
  jointAngles: { shape: [HINGES], unit: 'rad', about: JOINTS, read: slice('qpos', 7, HINGES) },
  jointRates: { shape: [HINGES], unit: 'rad/s', about: JOINTS, read: slice('qvel', FREE, HINGES) },
  motorTorques: { shape: [HINGES], unit: 'N·m', about: JOINTS, read: motorTorques },
  kneeStretch: {
    shape: [2],
    unit: 'rad',
    about:
      'Knee angle less forward hip angle, left and right, at the last force evaluation; small when the leg is straight and below.',
    read({ ten_length }, out, at) {
      for (let i = 0; i < 2; i++) out[at + i] = ten_length[i]
    },
  },
  kneeStretchRate: {
    shape: [2],
    unit: 'rad/s',
    about: 'Of the knee stretch.',
    read({ ten_velocity }, out, at) {
      for (let i = 0; i < 2; i++) out[at + i] = ten_velocity[i]
    },
  },
  ...contacts(BODIES),
} as const satisfies Readouts
