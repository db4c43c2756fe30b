import { defineReward, flag } from '../library.ts'

/** The published reward of Gymnasium's InvertedPendulum-v5: 1 for every step that the pole stays up. */
export default defineReward({
  name: 'pendulum-balance',
  env: 'inverted-pendulum',
  about: 'Balance the pole upright on the cart.',
  phrases: [
    'keep the pole standing',
    'do not drop the pendulum',
    'hold the pendulum steady',
    'stay balanced',
    'keep the pole up as long as you can',
  ],
  reads: {
    upright: flag(),
  },
  terms: {
    balance: { weight: 1, value: s => s.upright },
  },
})
