/**
 * A pole to be held upright by pushing the cart it is hinged to: Gymnasium's InvertedPendulum-v5, a continuous relative
 * of the cart-pole of Barto, Sutton and Anderson (IEEE Transactions on Systems, Man, and Cybernetics, 1983).
 */
import type { Expert } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { addUniform, controlPeriod, frameSkip, resetNoise } from '../options.ts'

/** The pole has fallen beyond this angle, rad. */
const MAX_ANGLE = 0.2
/** The pole's end in the pole's frame, m. */
const TIP = { x: 0.001, z: 0.6 }

const isUpright = ({ qpos }: Views): boolean => Math.abs(qpos[1]) <= MAX_ANGLE

/** The linear-quadratic regulator of the pole upright; the range of actions cuts it off. */
const balance: Expert = ({ cartPosition, poleAngle, cartVelocity, poleRate }, _, action) => {
  action[0] = 1.73 * cartPosition[0] + 12.26 * poleAngle[0] + 2.014 * cartVelocity[0] + 1.819 * poleRate[0]
}

/** qpos: cart, pole. */
export const invertedPendulum = defineEnv(
  {
    frameSkip: frameSkip(2),
    resetNoise: resetNoise(0.01, 'Half width of the even noise on the initial positions and velocities.'),
  },
  o => ({
    id: 'inverted-pendulum',
    version: 1,
    about: 'A pole hinged to a cart, to be balanced by pushing the cart.',
    mjcf: new URL('./invertedPendulum.xml', import.meta.url),
    dt: controlPeriod(o.frameSkip, 0.02),
    frameSkip: o.frameSkip,
    maxSteps: 1000,
    defaultReward: 'pendulum-balance',
    success: { signal: 'upright', over: 'last' },
    action: { names: ['slide'], low: [-3], high: [3], unit: '1' },
    obs: {
      cartPosition: { shape: [], unit: 'm', about: 'Along the rail.', read: slice('qpos', 0) },
      poleAngle: {
        shape: [],
        unit: 'rad',
        about: 'From upright, forward is positive.',
        read: slice('qpos', 1),
      },
      cartVelocity: { shape: [], unit: 'm/s', about: 'Along the rail.', read: slice('qvel', 0) },
      poleRate: { shape: [], unit: 'rad/s', about: 'Of the pole angle.', read: slice('qvel', 1) },
    },
    signals: {
      cartPosition: { shape: [], unit: 'm', about: 'Along the rail.', read: slice('qpos', 0) },
      cartVelocity: { shape: [], unit: 'm/s', about: 'Along the rail.', read: slice('qvel', 0) },
      poleAngle: {
        shape: [],
        unit: 'rad',
        about: 'From upright, forward is positive.',
        read: slice('qpos', 1),
      },
      poleRate: { shape: [], unit: 'rad/s', about: 'Of the pole angle.', read: slice('qvel', 1) },
      tipHeight: {
        shape: [],
        unit: 'm',
        frame: 'world',
        about: 'Of the end of the pole, above the rail.',
        read({ qpos }, out, at) {
          out[at] = TIP.z * Math.cos(qpos[1]) - TIP.x * Math.sin(qpos[1])
        },
      },
      upright: {
        shape: [],
        unit: 'bool',
        about: 'The pole is within 0.2 rad of upright.',
        read: flagOf(isUpright),
      },
    },
    start({ qpos, qvel }, rng) {
      addUniform(qpos, rng, o.resetNoise)
      addUniform(qvel, rng, o.resetNoise)
    },
    expert: balance,
    isTerminal: views => !isUpright(views),
  }),
)
