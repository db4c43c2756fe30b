/** An arm of two links in a plane that reaches for a target: Gymnasium's Reacher-v5. */
import type { Expert } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { bodyPosition, flagOf, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { controlPeriod, frameSkip } from '../options.ts'

/** Half width of the even noise on the initial angles, rad, and rates, rad/s. */
const ANGLE_NOISE = 0.1
const RATE_NOISE = 0.005
/** The target lies anywhere in a disc of this radius about the shoulder, m: the arm reaches 0.21 m. */
const TARGET_RANGE = 0.2
/** The tip and the target, 1 cm and 0.9 cm in radius, about touch at this distance, m. */
const REACHED = 0.02
const JOINTS = 'Shoulder, then elbow.'

/** From the target to the tip, where the last force evaluation had them. */
function offset({ xpos, names }: Views, i: 0 | 1 | 2): number {
  return xpos[3 * names.body('fingertip') + i] - xpos[3 * names.body('target') + i]
}

/** Lengths of the upper arm and of the forearm with its tip, m. */
const [UPPER, FORE] = [0.1, 0.11]

/** Angles that put the tip on the target (or, too near, beside it), and a spring and damper to each. */
const reach: Expert = ({ jointAngles, jointRates, targetPosition }, _, action) => {
  const [x, y] = targetPosition
  const bend = (x * x + y * y - UPPER * UPPER - FORE * FORE) / (2 * UPPER * FORE)
  const elbow = Math.acos(Math.max(-1, Math.min(1, bend)))
  const shoulder = Math.atan2(y, x) - Math.atan2(FORE * Math.sin(elbow), UPPER + FORE * Math.cos(elbow))
  const turn = shoulder - jointAngles[0]
  // The short way round.
  action[0] = 0.5 * Math.atan2(Math.sin(turn), Math.cos(turn)) - 0.1 * jointRates[0]
  action[1] = 0.5 * (elbow - jointAngles[1]) - 0.1 * jointRates[1]
}

/** qpos: shoulder, elbow, target x, target y. */
export const reacher = defineEnv({ frameSkip: frameSkip(2) }, o => ({
  id: 'reacher',
  version: 1,
  about: 'A two-link arm in a plane, and a target for its tip.',
  mjcf: new URL('./reacher.xml', import.meta.url),
  dt: controlPeriod(o.frameSkip, 0.01),
  frameSkip: o.frameSkip,
  maxSteps: 50,
  defaultReward: 'reacher-reach',
  success: { signal: 'reached', over: 'last' },
  action: { names: ['shoulder', 'elbow'], low: [-1, -1], high: [1, 1], unit: '1' },
  obs: {
    jointCosines: {
      shape: [2],
      unit: '1',
      about: JOINTS,
      read({ qpos }, out, at) {
        for (let i = 0; i < 2; i++) out[at + i] = Math.cos(qpos[i])
      },
    },
    jointSines: {
      shape: [2],
      unit: '1',
      about: JOINTS,
      read({ qpos }, out, at) {
        for (let i = 0; i < 2; i++) out[at + i] = Math.sin(qpos[i])
      },
    },
    targetPosition: {
      shape: [2],
      unit: 'm',
      frame: 'world',
      about: 'x and y.',
      read: slice('qpos', 2, 2),
    },
    jointRates: { shape: [2], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 2) },
    tipOffset: {
      shape: [2],
      unit: 'm',
      frame: 'world',
      about: 'From the target to the tip, x and y.',
      read(sim, out, at) {
        out[at] = offset(sim, 0)
        out[at + 1] = offset(sim, 1)
      },
    },
  },
  signals: {
    jointAngles: { shape: [2], unit: 'rad', about: JOINTS, read: slice('qpos', 0, 2) },
    jointRates: { shape: [2], unit: 'rad/s', about: JOINTS, read: slice('qvel', 0, 2) },
    tipPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Tip of the arm at the last force evaluation (up to a physics step ago).',
      read: bodyPosition('fingertip'),
    },
    elbowPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Elbow at the last force evaluation.',
      read: bodyPosition('forearm'),
    },
    targetPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'What the tip shall reach.',
      read: bodyPosition('target'),
    },
    reached: {
      shape: [],
      unit: 'bool',
      about: `The tip is within ${REACHED} m of the target.`,
      read: flagOf(sim => Math.hypot(offset(sim, 0), offset(sim, 1), offset(sim, 2)) < REACHED),
    },
  },
  start({ qpos, qvel }, rng) {
    for (let i = 0; i < 2; i++) qpos[i] += rng.range(-ANGLE_NOISE, ANGLE_NOISE)
    do {
      for (let i = 2; i < 4; i++) qpos[i] = rng.range(-TARGET_RANGE, TARGET_RANGE)
    } while (Math.hypot(qpos[2], qpos[3]) >= TARGET_RANGE)
    for (let i = 0; i < 2; i++) qvel[i] += rng.range(-RATE_NOISE, RATE_NOISE)
  },
  expert: reach,
  isTerminal: () => false,
}))
