/**
 * An environment of one's own. Try it:
 *   carrot check-env examples/pushCart/pushCart.ts
 *   carrot train examples/pushCart/pushCart.ts --reward examples/pushCart/bringCrate.ts
 */
import { bodyPosition, defineEnv, flagOf, slice } from 'carrot-rl'

/** Where the crate is to go, m. */
const GOAL = 1.5

export default defineEnv({
  id: 'push-cart',
  version: 1,
  about: 'A cart that is to push a crate along a rail.',
  mjcf: new URL('./pushCart.xml', import.meta.url),
  dt: 0.02,
  frameSkip: 4,
  maxSteps: 200,
  defaultReward: null,
  success: { signal: 'delivered', over: 'last' },
  action: { names: ['push'], low: [-1], high: [1], unit: '1' },
  // What the policy sees.
  obs: {
    cartPlace: { shape: [], unit: 'm', about: 'Of the cart along the rail.', read: slice('qpos', 0) },
    cartSpeed: { shape: [], unit: 'm/s', about: 'Of the cart.', read: slice('qvel', 0) },
    cratePlace: { shape: [], unit: 'm', about: 'Of the crate along the rail.', read: slice('qpos', 1) },
  },
  // What rewards may read.
  signals: {
    cart: { shape: [3], unit: 'm', frame: 'world', about: 'Centre of the cart.', read: bodyPosition('cart') },
    crate: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: 'Centre of the crate.',
      read: bodyPosition('crate'),
    },
    delivered: {
      shape: [],
      unit: 'bool',
      about: 'The crate is within 0.1 m of its goal.',
      read: flagOf(({ qpos }) => Math.abs(qpos[1] - GOAL) < 0.1),
    },
  },
  start({ qpos }, rng) {
    qpos[0] = rng.range(-0.2, 0.2)
  },
  isTerminal: () => false,
})
