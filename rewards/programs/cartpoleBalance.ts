import { defineReward, flag } from '../library.ts'

/** The published reward of Gymnasium's CartPole-v1: 1 for every step, the one that drops the pole included. */
export default defineReward({
  name: 'cartpole-balance',
  env: 'cartpole',
  about: 'Push the cart so that the pole stays upright.',
  phrases: ['balance the pole', 'keep the pole from falling over', 'hold the stick up'],
  reads: {
    balanced: flag(),
    dropped: flag(),
  },
  terms: {
    balance: { weight: 1, value: s => Math.max(s.balanced, 1 - s.dropped) },
  },
})
