/**
 * A one-legged planar robot that hops: Gymnasium's Hopper-v5, after Erez, Tassa and Todorov, "Infinite-Horizon Model
 * Predictive Control for Periodic Tasks with Contacts" (RSS 2011).
 */

import { defineEnv } from '../../src/sim/defineEnv.ts'
import { clippedSlice, flagOf, geomPosition, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'

/** Half width of the uniform noise on the initial positions and velocities. */
const RESET_NOISE = 0.005
/** Velocities are cut off here in what the policy sees, m/s and rad/s. */
const VELOCITY_LIMIT = 10
/** Below this height of the torso the hopper has fallen, m. */
const MIN_HEIGHT = 0.7
/** Beyond this pitch of the torso it has fallen, rad. */
const MAX_PITCH = 0.2
/** Slower than this is stumbling, m/s. */
const HOPPING_SPEED = 1
/** Any other position or velocity beyond this is no hopping. */
const MAX_STATE = 100

/** Gymnasium's is_healthy; all bounds exclusive. */
function isHealthy({ qpos, qvel }: Views): boolean {
  for (let i = 2; i < qpos.length; i++) if (!(Math.abs(qpos[i]) < MAX_STATE)) return false
  for (let i = 0; i < qvel.length; i++) if (!(Math.abs(qvel[i]) < MAX_STATE)) return false
  return qpos[1] > MIN_HEIGHT && Math.abs(qpos[2]) < MAX_PITCH
}

/** qpos: x, height, pitch, hip, knee, ankle. */
export const hopper = defineEnv({
  id: 'hopper',
  version: 1,
  about: 'A one-legged robot in a vertical plane that can hop.',
  mjcf: new URL('./hopper.xml', import.meta.url),
  dt: 0.008,
  frameSkip: 4,
  maxSteps: 1000,
  defaultReward: 'hopper-forward',
  success: { signal: 'hopping', over: 'last' },
  action: { names: ['hip', 'knee', 'ankle'], low: [-1, -1, -1], high: [1, 1, 1], unit: '1' },
  currentPositions: true,
  obs: {
    torsoHeight: {
      shape: [],
      unit: 'm',
      frame: 'world',
      about: 'Height of the torso.',
      read: slice('qpos', 1),
    },
    torsoPitch: { shape: [], unit: 'rad', about: 'Lean of the torso.', read: slice('qpos', 2) },
    jointAngles: { shape: [3], unit: 'rad', about: 'Hip, knee, ankle.', read: slice('qpos', 3, 3) },
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
      shape: [3],
      unit: 'rad/s',
      about: 'Hip, knee, ankle, within ±10.',
      read: clippedSlice('qvel', 3, 3, VELOCITY_LIMIT),
    },
  },
  signals: {
    torsoPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Centre of the torso; it moves in the plane y = 0.',
      read({ qpos }, out, at) {
        out[at] = qpos[0]
        out[at + 1] = 0
        out[at + 2] = qpos[1]
      },
    },
    torsoPitch: { shape: [], unit: 'rad', about: 'Lean of the torso.', read: slice('qpos', 2) },
    torsoVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: 'Of the centre of the torso.',
      read({ qvel }, out, at) {
        out[at] = qvel[0]
        out[at + 1] = 0
        out[at + 2] = qvel[1]
      },
    },
    pitchRate: { shape: [], unit: 'rad/s', about: 'Of the torso.', read: slice('qvel', 2) },
    jointAngles: { shape: [3], unit: 'rad', about: 'Hip, knee, ankle.', read: slice('qpos', 3, 3) },
    jointRates: { shape: [3], unit: 'rad/s', about: 'Hip, knee, ankle.', read: slice('qvel', 3, 3) },
    footPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Centre of the foot.',
      read: geomPosition('foot'),
    },
    healthy: {
      shape: [],
      unit: 'bool',
      about: 'It stands high and upright enough to go on.',
      read: flagOf(isHealthy),
    },
    hopping: {
      shape: [],
      unit: 'bool',
      about: 'It is healthy and goes forward faster than 1 m/s.',
      read: flagOf(sim => isHealthy(sim) && sim.qvel[0] > HOPPING_SPEED),
    },
  },
  start({ qpos, qvel }, rng) {
    for (let i = 0; i < qpos.length; i++) qpos[i] += rng.range(-RESET_NOISE, RESET_NOISE)
    for (let i = 0; i < qvel.length; i++) qvel[i] += rng.range(-RESET_NOISE, RESET_NOISE)
  },
  isTerminal: views => !isHealthy(views),
})
