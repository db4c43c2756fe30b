/**
 * A humanoid that walks anywhere on a plane: Gymnasium's Humanoid-v5, after Tassa, Erez and Todorov, "Synthesis and
 * Stabilization of Complex Behaviors through Online Trajectory Optimization" (IROS 2012).
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { addUniform, controlPeriod, terminateWhenUnhealthy } from '../options.ts'
import { humanoidSignals, MAX_ACTION, MOTORS, OPTIONS, observations, TIMESTEP } from './readouts.ts'

/** Slower than this is stumbling, m/s. */
const WALKING_SPEED = 0.5

/** qpos: position, quaternion, and 17 hinges. qvel: velocity (world), angular velocity (body), joint rates. */
export const humanoid = defineEnv(
  {
    ...OPTIONS,
    terminateWhenUnhealthy,
    minHeight: { default: 1, unit: 'm', about: 'Healthy with the torso above this height.' },
    maxHeight: { default: 2, unit: 'm', about: 'Healthy with the torso below this height.' },
  },
  o => {
    const isHealthy = ({ qpos }: Views): boolean => qpos[2] > o.minHeight && qpos[2] < o.maxHeight
    return {
      id: 'humanoid',
      version: 1,
      about: 'A humanoid with 17 joints on a plane.',
      mjcf: new URL('./humanoid.xml', import.meta.url),
      dt: controlPeriod(o.frameSkip, TIMESTEP),
      frameSkip: o.frameSkip,
      maxSteps: 1000,
      defaultReward: 'humanoid-forward',
      success: { signal: 'walking', over: 'last' },
      action: {
        names: MOTORS,
        low: MOTORS.map(() => -MAX_ACTION),
        high: MOTORS.map(() => MAX_ACTION),
        unit: '1',
      },
      contactForces: true,
      obs: observations(o),
      signals: {
        ...humanoidSignals,
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
        addUniform(qvel, rng, o.resetNoise)
      },
      isTerminal: sim => o.terminateWhenUnhealthy && !isHealthy(sim),
    }
  },
)
