/**
 * A humanoid on its back that shall get up: Gymnasium's HumanoidStandup-v5, after Tassa, Erez and Todorov, "Synthesis and
 * Stabilization of Complex Behaviors through Online Trajectory Optimization" (IROS 2012).
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { addUniform, controlPeriod } from '../options.ts'
import { humanoidSignals, MAX_ACTION, MOTORS, OPTIONS, observations, TIMESTEP } from './readouts.ts'

/** Height of the head on straight legs is about 1.5 m; on its knees it stays below this, m. */
const STANDING_HEIGHT = 1.2

const isStanding = ({ geom_xpos, names }: Views): boolean =>
  geom_xpos[3 * names.geom('head') + 2] > STANDING_HEIGHT

/** qpos: position, quaternion, and 17 hinges. qvel: velocity (world), angular velocity (body), joint rates. */
export const humanoidStandup = defineEnv(OPTIONS, o => ({
  id: 'humanoid-standup',
  version: 1,
  about: 'A humanoid with 17 joints that lies on a plane.',
  mjcf: new URL('./humanoidStandup.xml', import.meta.url),
  dt: controlPeriod(o.frameSkip, TIMESTEP),
  frameSkip: o.frameSkip,
  maxSteps: 1000,
  defaultReward: 'humanoid-stand-up',
  success: { signal: 'standing', over: 'last' },
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
    torsoUp: {
      ...humanoidSignals.torsoUp,
      // The frame of this torso lies down with it: its head is at −x.
      read({ qpos }, out, at) {
        const [w, x, y, z] = [qpos[3], qpos[4], qpos[5], qpos[6]]
        out[at] = (2 * (w * y - x * z)) / (w * w + x * x + y * y + z * z)
      },
    },
    standing: {
      shape: [],
      unit: 'bool',
      about: `The head is more than ${STANDING_HEIGHT} m above the ground.`,
      read: flagOf(isStanding),
    },
  },
  start({ qpos, qvel }, rng) {
    addUniform(qpos, rng, o.resetNoise)
    addUniform(qvel, rng, o.resetNoise)
  },
  isTerminal: () => false,
}))
