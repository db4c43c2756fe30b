/** An arm of seven joints that pushes a cylinder to a goal on a table: Gymnasium's Pusher-v5. */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { bodyPosition, flagOf, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { controlPeriod, frameSkip } from '../options.ts'

/** Half width of the even noise on the initial rates of the arm, rad/s. */
const RATE_NOISE = 0.005
/** The object starts up to this far behind the goal (−y) and to either side (x), m. */
const BEHIND = 0.3
const BESIDE = 0.2
/** And at least this far from it, m. */
const MIN_DISTANCE = 0.17
/** Radius of the goal, m. */
const GOAL_RADIUS = 0.08
const NAMES = [
  ...['shoulder_pan', 'shoulder_lift', 'upper_arm_roll', 'elbow'],
  ...['forearm_roll', 'wrist_flex', 'wrist_roll'],
]
const JOINTS = 'Shoulder pan and lift, upper arm roll, elbow, forearm roll, wrist flex and roll.'

const place = (about: string, body: string) =>
  ({
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: `${about}, at the last force evaluation (up to a physics step ago).`,
    read: bodyPosition(body),
  }) as const
const handPosition = place('Middle of the hand', 'fingertips')
const objectPosition = place('Centre of the cylinder', 'object')
const goalPosition = place('Centre of the goal', 'goal')

/** Over the table. */
function distanceToGoal({ xpos, names }: Views): number {
  const object = 3 * names.body('object')
  const goal = 3 * names.body('goal')
  return Math.hypot(xpos[object] - xpos[goal], xpos[object + 1] - xpos[goal + 1])
}

/** qpos: seven joints, then y and x of the object and of the goal, from where the model puts them. */
export const pusher = defineEnv({ frameSkip: frameSkip(5) }, o => ({
  id: 'pusher',
  version: 1,
  about: 'A seven-joint arm over a table, to push a cylinder to a goal.',
  mjcf: new URL('./pusher.xml', import.meta.url),
  dt: controlPeriod(o.frameSkip, 0.01),
  frameSkip: o.frameSkip,
  maxSteps: 100,
  defaultReward: 'pusher-push',
  success: { signal: 'placed', over: 'last' },
  action: { names: NAMES, low: NAMES.map(() => -2), high: NAMES.map(() => 2), unit: 'N·m' },
  obs: {
    jointAngles: { shape: [7], unit: 'rad', about: JOINTS, read: slice('qpos', 0, 7) },
    jointRates: { shape: [7], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 7) },
    handPosition,
    objectPosition,
    goalPosition,
  },
  signals: {
    jointAngles: { shape: [7], unit: 'rad', about: JOINTS, read: slice('qpos', 0, 7) },
    jointRates: { shape: [7], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 7) },
    handPosition,
    objectPosition,
    goalPosition,
    objectVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: 'Of the cylinder; it slides on the table.',
      read({ qvel }, out, at) {
        out[at] = qvel[8]
        out[at + 1] = qvel[7]
        out[at + 2] = 0
      },
    },
    placed: {
      shape: [],
      unit: 'bool',
      about: 'The middle of the cylinder is over the goal.',
      read: flagOf(sim => distanceToGoal(sim) < GOAL_RADIUS),
    },
  },
  start({ qpos, qvel }, rng) {
    do {
      qpos[7] = rng.range(-BEHIND, 0)
      qpos[8] = rng.range(-BESIDE, BESIDE)
    } while (Math.hypot(qpos[7], qpos[8]) <= MIN_DISTANCE)
    for (let i = 0; i < 7; i++) qvel[i] += rng.range(-RATE_NOISE, RATE_NOISE)
  },
  isTerminal: () => false,
}))
