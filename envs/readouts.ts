/** Readouts that several robots share. */
import { clippedSlice, type Read, type Readouts, slice } from '../src/sim/fields.ts'

/** A torso that floats freely: qpos begins with its position and quaternion, qvel with its velocities. */
export const freeTorso = {
  torsoPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Centre of the torso.',
    read: slice('qpos', 0, 3),
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
    about: 'Cosine of the tilt: 1 upright, -1 upside down.',
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
} as const satisfies Readouts

/** A torso in the plane y = 0: qpos begins with x, z and pitch. */
export const planarTorso = {
  torsoPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Centre of the torso; it moves in the plane y = 0.',
    read: inPlane('qpos'),
  },
  torsoPitch: { shape: [], unit: 'rad', about: 'Lean of the torso.', read: slice('qpos', 2) },
  torsoVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the centre of the torso.',
    read: inPlane('qvel'),
  },
  pitchRate: { shape: [], unit: 'rad/s', about: 'Of the torso.', read: slice('qvel', 2) },
} as const satisfies Readouts

/** How far it has come, for a policy that may know. */
export const torsoPlace = {
  shape: [],
  unit: 'm',
  frame: 'world',
  about: 'Of the torso along the ground.',
  read: slice('qpos', 0),
} as const

/** Velocities are cut off here in what the policy sees, m/s and rad/s. */
const VELOCITY_LIMIT = 10

/** What the policies of hopper and walker see: the pose, and velocities within ±10. */
export const planarObservations = (
  { excludeCurrentPositions }: { readonly excludeCurrentPositions: boolean },
  joints: number,
  about: string,
): Readouts => ({
  ...(!excludeCurrentPositions && { torsoPlace }),
  torsoHeight: {
    shape: [],
    unit: 'm',
    frame: 'world',
    about: 'Height of the torso.',
    read: slice('qpos', 1),
  },
  torsoPitch: planarTorso.torsoPitch,
  jointAngles: { shape: [joints], unit: 'rad', about, read: slice('qpos', 3, joints) },
  torsoVelocity: {
    shape: [2],
    unit: 'm/s',
    frame: 'world',
    about: 'Forward and upward, within ±10.',
    read: clippedSlice('qvel', 0, 2, VELOCITY_LIMIT),
  },
  pitchRate: {
    shape: [],
    unit: 'rad/s',
    about: 'Of the torso, within ±10.',
    read: clippedSlice('qvel', 2, 1, VELOCITY_LIMIT),
  },
  jointRates: {
    shape: [joints],
    unit: 'rad/s',
    about: `${about.slice(0, -1)}, within ±10.`,
    read: clippedSlice('qvel', 3, joints, VELOCITY_LIMIT),
  },
})

function inPlane(array: 'qpos' | 'qvel'): Read {
  return (sim, out, at) => {
    out[at] = sim[array][0]
    out[at + 1] = 0
    out[at + 2] = sim[array][1]
  }
}

/** What contact does to each of the first `bodies` bodies; the world is one. */
export const contacts = (bodies: number) =>
  ({
    contactForces: {
      shape: [bodies * 3],
      unit: 'N',
      frame: 'world',
      about: 'Force of contacts on every body, the world first.',
      read: contactPart(bodies, 3),
    },
    contactTorques: {
      shape: [bodies * 3],
      unit: 'N·m',
      frame: 'world',
      about: 'Torque of contacts on every body about the centre of mass of the robot, the world first.',
      read: contactPart(bodies, 0),
    },
  }) as const satisfies Readouts

/** The torque or force part of every body's `cfrc_ext`. */
function contactPart(bodies: number, first: 0 | 3): Read {
  return ({ cfrc_ext }, out, at) => {
    for (let body = 0; body < bodies; body++) {
      for (let i = 0; i < 3; i++) out[at + 3 * body + i] = cfrc_ext[6 * body + first + i]
    }
  }
}
