/**
 * The ant among walls, with two places to find: the ant maze of Cideron et al., "QD-RL" (2020), with the goal areas of
 * Paolo et al., "Sparse reward exploration via novelty search and emitters" (2021). How the walls lie follows from their
 * middles and lengths: each ends at the border or at another wall.
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { type GoalArea, goalSignals } from '../goals.ts'
import { addNormal, addUniform, controlPeriod, frameSkip, resetNoise } from '../options.ts'
import { freeTorso } from '../readouts.ts'
import { antAction, antJoints } from './ant.ts'
import { walkAlong } from './trot.ts'

const GOALS: readonly GoalArea[] = [
  { x: 35, y: -25, radius: 3 },
  { x: -25, y: 35, radius: 3 },
]
/** Round the end of the east wall to the first goal, m. */
const WAY = [
  [9, 3.5],
  [15, 2],
  [35, -25],
] as const

/** As in the ant. Paolo et al. (2021) let an episode last 3000 steps: set the clock to that. */
export const antMaze = defineEnv(
  {
    frameSkip: frameSkip(5),
    resetNoise: resetNoise(
      0.1,
      'Half width of the even noise on positions, spread of the normal on velocities.',
    ),
  },
  o => ({
    id: 'ant-maze',
    version: 1,
    about: 'A four-legged robot among walls, with two places to find.',
    mjcf: new URL('./antMaze.xml', import.meta.url),
    dt: controlPeriod(o.frameSkip, 0.01),
    frameSkip: o.frameSkip,
    maxSteps: 1000,
    defaultReward: 'ant-maze-reach',
    success: { signal: 'inGoalArea', over: 'last' },
    descriptor: { signal: 'torsoPlace', low: [-30, -30], high: [40, 40] },
    action: antAction,
    obs: {
      torsoPosition: freeTorso.torsoPosition,
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
    },
    signals: {
      ...freeTorso,
      torsoPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the torso, x and y, each between -30 and 40.',
        read: slice('qpos', 0, 2),
      },
      ...antJoints,
      ...goalSignals<Views>(GOALS, 'the torso', ({ qpos }, i) => qpos[i]),
    },
    start({ qpos, qvel }, rng) {
      addUniform(qpos, rng, o.resetNoise)
      addNormal(qvel, rng, o.resetNoise)
    },
    isTerminal: () => false,
    expert: walkAlong(WAY),
  }),
)
