/**
 * Two poles in a row to be held upright by pushing the cart below: Gymnasium's InvertedDoublePendulum-v5, a continuous
 * relative of the cart-pole of Barto, Sutton and Anderson (IEEE Transactions on Systems, Man, and Cybernetics, 1983).
 */
import type { Expert } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { clippedSlice, flagOf, sitePosition, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { addNormal, addUniform, controlPeriod, frameSkip, resetNoise } from '../options.ts'

/** The poles have fallen with their end at this height or lower, m; upright it is at 1.2 m. */
const MIN_TIP = 1
/** Velocities and the rail's force are cut off here in what the policy sees, m/s, rad/s and N. */
const LIMIT = 10
const POLES = 'Lower pole, then upper pole relative to it.'

const isUpright = ({ site_xpos, names }: Views): boolean => site_xpos[3 * names.site('tip') + 2] > MIN_TIP

/** The linear-quadratic regulator of both poles upright; the range of actions cuts it off. */
const balance: Expert = ({ cartPosition, poleAngles, cartVelocity, poleRates }, _, action) => {
  action[0] =
    -0.094 * cartPosition[0] -
    0.791 * poleAngles[0] -
    4.14 * poleAngles[1] -
    0.151 * cartVelocity[0] -
    0.533 * poleRates[0] -
    0.597 * poleRates[1]
}

/** qpos: cart, lower pole, upper pole relative to the lower one. */
export const invertedDoublePendulum = defineEnv(
  {
    frameSkip: frameSkip(5),
    resetNoise: resetNoise(
      0.1,
      'Half width of the even noise on positions, spread of the normal on velocities.',
    ),
  },
  o => ({
    id: 'inverted-double-pendulum',
    version: 1,
    about: 'Two poles in a row on a cart, to be balanced by pushing the cart.',
    mjcf: new URL('./invertedDoublePendulum.xml', import.meta.url),
    dt: controlPeriod(o.frameSkip, 0.01),
    frameSkip: o.frameSkip,
    maxSteps: 1000,
    defaultReward: 'double-pendulum-balance',
    success: { signal: 'upright', over: 'last' },
    action: { names: ['slide'], low: [-1], high: [1], unit: '1' },
    obs: {
      cartPosition: { shape: [], unit: 'm', about: 'Along the rail.', read: slice('qpos', 0) },
      poleSines: {
        shape: [2],
        unit: '1',
        about: POLES,
        read({ qpos }, out, at) {
          for (let i = 0; i < 2; i++) out[at + i] = Math.sin(qpos[1 + i])
        },
      },
      poleCosines: {
        shape: [2],
        unit: '1',
        about: POLES,
        read({ qpos }, out, at) {
          for (let i = 0; i < 2; i++) out[at + i] = Math.cos(qpos[1 + i])
        },
      },
      cartVelocity: {
        shape: [],
        unit: 'm/s',
        about: 'Along the rail, within ±10.',
        read: clippedSlice('qvel', 0, 1, LIMIT),
      },
      poleRates: {
        shape: [2],
        unit: 'rad/s',
        about: 'Lower pole, then upper pole relative to it, within ±10.',
        read: clippedSlice('qvel', 1, 2, LIMIT),
      },
      railForce: {
        shape: [],
        unit: 'N',
        about: 'Of the stops at the ends of the rail on the cart, within ±10.',
        read({ qfrc_constraint }, out, at) {
          out[at] = Math.max(-LIMIT, Math.min(LIMIT, qfrc_constraint[0]))
        },
      },
    },
    signals: {
      cartPosition: { shape: [], unit: 'm', about: 'Along the rail.', read: slice('qpos', 0) },
      cartVelocity: { shape: [], unit: 'm/s', about: 'Along the rail.', read: slice('qvel', 0) },
      poleAngles: { shape: [2], unit: 'rad', about: POLES, read: slice('qpos', 1, 2) },
      poleRates: { shape: [2], unit: 'rad/s', about: POLES, read: slice('qvel', 1, 2) },
      tipPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about:
          'End of the upper pole at the last force evaluation (up to a physics step ago); the rail is at 0.',
        read: sitePosition('tip'),
      },
      upright: {
        shape: [],
        unit: 'bool',
        about: `The end of the upper pole is more than ${MIN_TIP} m above the rail.`,
        read: flagOf(isUpright),
      },
    },
    start({ qpos, qvel }, rng) {
      addUniform(qpos, rng, o.resetNoise)
      addNormal(qvel, rng, o.resetNoise)
    },
    expert: balance,
    isTerminal: sim => !isUpright(sim),
  }),
)
