/**
 * A planar robot on two legs: Gymnasium's Walker2d-v5, after Erez, Tassa and Todorov, "Infinite-Horizon Model Predictive
 * Control for Periodic Tasks with Contacts" (RSS 2011).
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, geomPosition, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import {
  addUniform,
  controlPeriod,
  excludeCurrentPositions,
  frameSkip,
  resetNoise,
  terminateWhenUnhealthy,
} from '../options.ts'
import { planarObservations, planarTorso } from '../readouts.ts'

/** Slower than this is stumbling, m/s. */
const WALKING_SPEED = 1
const NAMES = ['right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle']
const JOINTS = 'Right hip, knee, ankle, then left hip, knee, ankle.'

/** qpos: x, height, pitch, and the six joints. */
export const walker2d = defineEnv(
  {
    frameSkip: frameSkip(4),
    resetNoise: resetNoise(0.005, 'Half width of the even noise on the initial positions and velocities.'),
    excludeCurrentPositions,
    terminateWhenUnhealthy,
    minHeight: { default: 0.8, unit: 'm', about: 'With the torso below this height it has fallen.' },
    maxHeight: { default: 2, unit: 'm', about: 'With the torso above this height it was thrown.' },
    maxPitch: { default: 1, unit: 'rad', about: 'With the torso leaning beyond this it has fallen.' },
  },
  o => {
    /** Gymnasium's is_healthy; all bounds exclusive. */
    const isHealthy = ({ qpos }: Views): boolean =>
      qpos[1] > o.minHeight && qpos[1] < o.maxHeight && Math.abs(qpos[2]) < o.maxPitch
    return {
      id: 'walker2d',
      version: 1,
      about: 'A two-legged robot in a vertical plane.',
      mjcf: new URL('./walker2d.xml', import.meta.url),
      dt: controlPeriod(o.frameSkip, 0.002),
      frameSkip: o.frameSkip,
      maxSteps: 1000,
      defaultReward: 'walker-forward',
      success: { signal: 'walking', over: 'last' },
      action: { names: NAMES, low: NAMES.map(() => -1), high: NAMES.map(() => 1), unit: '1' },
      currentPositions: true,
      obs: planarObservations(o, 6, JOINTS),
      signals: {
        ...planarTorso,
        jointAngles: { shape: [6], unit: 'rad', about: JOINTS, read: slice('qpos', 3, 6) },
        jointRates: { shape: [6], unit: 'rad/s', about: JOINTS, read: slice('qvel', 3, 6) },
        rightFootPosition: {
          shape: [3],
          unit: 'm',
          frame: 'world',
          about: 'Centre of the right foot.',
          read: geomPosition('right_foot'),
        },
        leftFootPosition: {
          shape: [3],
          unit: 'm',
          frame: 'world',
          about: 'Centre of the left foot.',
          read: geomPosition('left_foot'),
        },
        healthy: {
          shape: [],
          unit: 'bool',
          about: 'It stands high and upright enough to go on.',
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
        addUniform(qvel, rng, o.resetNoise)
      },
      isTerminal: sim => o.terminateWhenUnhealthy && !isHealthy(sim),
    }
  },
)
