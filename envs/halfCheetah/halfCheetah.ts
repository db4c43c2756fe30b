/**
 * A planar runner with a front and a back leg: Gymnasium's HalfCheetah-v5, after Wawrzyński, "A Cat-Like Robot
 * Real-Time Learning to Run" (ICANNGA 2009).
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, geomPosition, slice } from '../../src/sim/fields.ts'
import {
  addNormal,
  addUniform,
  controlPeriod,
  excludeCurrentPositions,
  frameSkip,
  resetNoise,
} from '../options.ts'
import { planarTorso, torsoPlace } from '../readouts.ts'

/** Slower than this is no gait but sliding, m/s. */
const RUNNING_SPEED = 2
const JOINTS = 'Back hip, knee, ankle, then front hip, knee, ankle.'

/** qpos: x, height above the start, pitch, and the six joints. */
export const halfCheetah = defineEnv(
  {
    frameSkip: frameSkip(5),
    resetNoise: resetNoise(
      0.1,
      'Half width of the even noise on positions, spread of the normal on velocities.',
    ),
    excludeCurrentPositions,
  },
  o => ({
    id: 'half-cheetah',
    version: 1,
    about: 'A two-legged runner in a vertical plane, with springs in its joints.',
    mjcf: new URL('./halfCheetah.xml', import.meta.url),
    dt: controlPeriod(o.frameSkip, 0.01),
    frameSkip: o.frameSkip,
    maxSteps: 1000,
    defaultReward: 'cheetah-forward',
    success: { signal: 'running', over: 'last' },
    action: {
      names: ['back_hip', 'back_knee', 'back_ankle', 'front_hip', 'front_knee', 'front_ankle'],
      low: [-1, -1, -1, -1, -1, -1],
      high: [1, 1, 1, 1, 1, 1],
      unit: '1',
    },
    currentPositions: true,
    obs: {
      ...(!o.excludeCurrentPositions && { torsoPlace }),
      torsoHeight: {
        shape: [],
        unit: 'm',
        frame: 'world',
        about: 'Of the torso, above its start.',
        read: slice('qpos', 1),
      },
      torsoPitch: planarTorso.torsoPitch,
      jointAngles: { shape: [6], unit: 'rad', about: JOINTS, read: slice('qpos', 3, 6) },
      torsoVelocity: {
        shape: [2],
        unit: 'm/s',
        frame: 'world',
        about: 'Forward and upward.',
        read: slice('qvel', 0, 2),
      },
      pitchRate: planarTorso.pitchRate,
      jointRates: { shape: [6], unit: 'rad/s', about: JOINTS, read: slice('qvel', 3, 6) },
    },
    signals: {
      ...planarTorso,
      torsoPosition: {
        ...planarTorso.torsoPosition,
        about:
          'Displacement of the torso from its start, which lies 0.7 m above the floor, in the plane y = 0.',
      },
      jointAngles: { shape: [6], unit: 'rad', about: JOINTS, read: slice('qpos', 3, 6) },
      jointRates: { shape: [6], unit: 'rad/s', about: JOINTS, read: slice('qvel', 3, 6) },
      frontFootPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Centre of the front foot.',
        read: geomPosition('front_foot'),
      },
      backFootPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Centre of the back foot.',
        read: geomPosition('back_foot'),
      },
      running: {
        shape: [],
        unit: 'bool',
        about: `It goes forward faster than ${RUNNING_SPEED} m/s.`,
        read: flagOf(({ qvel }) => qvel[0] > RUNNING_SPEED),
      },
    },
    start({ qpos, qvel }, rng) {
      addUniform(qpos, rng, o.resetNoise)
      addNormal(qvel, rng, o.resetNoise)
    },
    isTerminal: () => false,
  }),
)
