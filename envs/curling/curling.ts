/**
 * A two-link arm that pushes a ball over a table: the curling task of Paolo et al., "Sparse reward exploration via
 * novelty search and emitters" (GECCO 2021). Sizes, start and goal areas are theirs; masses and gliding are ours.
 */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { type GoalArea, goalSignals } from '../goals.ts'
import { type Stroke, strokes } from './strokes.ts'

const BALL_START = [-0.5, 0.2] as const // m
/** The middle of the ball keeps this far from the middle of the table, m. */
const REACH = 1.35
const JOINTS = 'Shoulder, then elbow.'
const GOALS: readonly GoalArea[] = [
  { x: 0.8, y: 0.8, radius: 0.4 },
  { x: 0.8, y: -0.8, radius: 0.2 },
]

/** Found by searching. */
const TO_LARGE_GOAL: readonly Stroke[] = [
  [1.09, -0.85, 1],
  [0.17, 1.39, 0.48],
  [0.06, -2.37, 0.42],
]

/** qpos: shoulder, elbow, ball x, ball y. */
export const curling = defineEnv(
  {
    startNoise: {
      default: 1e-3,
      about: 'Half width of the even noise on the angles (rad) and the ball (m) of a start; published: 0.',
    },
  },
  o => ({
    id: 'curling',
    version: 1,
    about: 'A two-link arm that pushes a ball over a table.',
    mjcf: new URL('./curling.xml', import.meta.url),
    dt: 0.02,
    frameSkip: 4,
    maxSteps: 500,
    defaultReward: 'curling-slide',
    success: { signal: 'inGoalArea', over: 'last' },
    descriptor: { signal: 'ballPlace', low: [-REACH, -REACH], high: [REACH, REACH] },
    action: { names: ['shoulder', 'elbow'], low: [-1, -1], high: [1, 1], unit: '1' },
    currentPositions: true,
    obs: {
      ballPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the ball, x and y.',
        read: slice('qpos', 2, 2),
      },
      jointAngles: { shape: [2], unit: 'rad', about: JOINTS, read: slice('qpos', 0, 2) },
      jointRates: { shape: [2], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 2) },
    },
    signals: {
      ballPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the ball, x and y, each within ±1.35.',
        read: slice('qpos', 2, 2),
      },
      ballVelocity: {
        shape: [2],
        unit: 'm/s',
        frame: 'world',
        about: 'Of the ball, along x and y.',
        read: slice('qvel', 2, 2),
      },
      jointAngles: { shape: [2], unit: 'rad', about: JOINTS, read: slice('qpos', 0, 2) },
      jointRates: { shape: [2], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 2) },
      tipPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Tip of the arm, x and y.',
        read({ qpos }: Views, out, at) {
          const forearm = qpos[0] + qpos[1]
          out[at] = -Math.sin(qpos[0]) - Math.sin(forearm)
          out[at + 1] = -1.5 + Math.cos(qpos[0]) + Math.cos(forearm)
        },
      },
      ...goalSignals<Views>(GOALS, 'the ball', ({ qpos }, i) => qpos[2 + i]),
    },
    start({ qpos }, rng) {
      qpos[2] = BALL_START[0]
      qpos[3] = BALL_START[1]
      for (let i = 0; i < 4; i++) qpos[i] += rng.range(-o.startNoise, o.startNoise)
    },
    isTerminal: () => false,
    expert: strokes(TO_LARGE_GOAL),
  }),
)
