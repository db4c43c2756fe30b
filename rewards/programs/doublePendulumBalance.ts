import { defineReward, flag, vec3, vector } from '../library.ts'

/** m; out of the poles' reach, so that straighter is always better. */
const AIM = 2

/** The published reward of Gymnasium's InvertedDoublePendulum-v5, term by term. */
export default defineReward({
  name: 'double-pendulum-balance',
  env: 'inverted-double-pendulum',
  about: 'Balance both poles upright on the cart.',
  phrases: ['keep the two poles standing', 'hold the double pendulum up', 'do not drop the double pendulum'],
  reads: {
    upright: flag(),
    tipPosition: vec3('m', 'world'),
    poleRates: vector(2, 'rad/s'),
  },
  terms: {
    balance: { weight: 10, value: s => s.upright },
    offset: {
      weight: -1,
      value: s => 0.01 * s.tipPosition.x * s.tipPosition.x + (s.tipPosition.z - AIM) ** 2,
    },
    swing: {
      weight: -1,
      value: s => 1e-3 * s.poleRates[0] * s.poleRates[0] + 5e-3 * s.poleRates[1] * s.poleRates[1],
    },
  },
})
