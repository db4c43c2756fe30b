/**
 * A one-legged planar robot that hops: Gymnasium's Hopper-v5, after Erez, Tassa and Todorov, "Infinite-Horizon Model
 * Predictive Control for Periodic Tasks with Contacts" (RSS 2011).
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
const HOPPING_SPEED = 1
const JOINTS = 'Hip, knee, ankle.'

/** qpos: x, height, pitch, hip, knee, ankle. */
export const hopper = defineEnv(
  {
    frameSkip: frameSkip(4),
    resetNoise: resetNoise(0.005, 'Half width of the even noise on the initial positions and velocities.'),
    excludeCurrentPositions,
    terminateWhenUnhealthy,
    minHeight: { default: 0.7, unit: 'm', about: 'With the torso below this height it has fallen.' },
    maxPitch: { default: 0.2, unit: 'rad', about: 'With the torso leaning beyond this it has fallen.' },
    maxState: { default: 100, about: 'Beyond this any other position or velocity is no hopping.' },
  },
  o => {
    /** Gymnasium's is_healthy; all bounds exclusive. */
    function isHealthy({ qpos, qvel }: Views): boolean {
      for (let i = 2; i < qpos.length; i++) if (!(Math.abs(qpos[i]) < o.maxState)) return false
      for (let i = 0; i < qvel.length; i++) if (!(Math.abs(qvel[i]) < o.maxState)) return false
      return qpos[1] > o.minHeight && Math.abs(qpos[2]) < o.maxPitch
    }
    return {
      id: 'hopper',
      version: 1,
      about: 'A one-legged robot in a vertical plane that can hop.',
      mjcf: new URL('./hopper.xml', import.meta.url),
      dt: controlPeriod(o.frameSkip, 0.002),
      frameSkip: o.frameSkip,
      maxSteps: 1000,
      defaultReward: 'hopper-forward',
      success: { signal: 'hopping', over: 'last' },
      action: { names: ['hip', 'knee', 'ankle'], low: [-1, -1, -1], high: [1, 1, 1], unit: '1' },
      currentPositions: true,
      obs: planarObservations(o, 3, JOINTS),
      signals: {
        ...planarTorso,
        jointAngles: { shape: [3], unit: 'rad', about: JOINTS, read: slice('qpos', 3, 3) },
        jointRates: { shape: [3], unit: 'rad/s', about: JOINTS, read: slice('qvel', 3, 3) },
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
          about: `It is healthy and goes forward faster than ${HOPPING_SPEED} m/s.`,
          read: flagOf(sim => isHealthy(sim) && sim.qvel[0] > HOPPING_SPEED),
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
