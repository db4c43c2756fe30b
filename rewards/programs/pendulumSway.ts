import { defineReward, flag, scalar, tolerance } from '../library.ts'

/** m/s; at this speed the cart crosses the rail in about three seconds, and the pole leans little on the turns. */
const SWAY_SPEED = 0.6
/** m; beyond it the stop at 1 m is near. */
const RAIL_END = 0.7

/** Keeps the cart moving, so that it has to turn around at the ends of the rail with the pole still up. */
export default defineReward({
  name: 'pendulum-sway',
  env: 'inverted-pendulum',
  about: 'Drive the cart to and fro along the rail with the pole upright.',
  phrases: [
    'swing the cart left and right',
    'sway from side to side',
    'move back and forth without dropping the pole',
    'keep the cart moving along the track',
  ],
  reads: {
    upright: flag(),
    cartPosition: scalar('m'),
    cartVelocity: scalar('m/s'),
  },
  terms: {
    balance: { weight: 1, value: s => s.upright },
    sway: {
      weight: 1,
      value: s => tolerance(Math.abs(s.cartVelocity), { above: SWAY_SPEED, margin: SWAY_SPEED }),
    },
    overrun: { weight: -5, value: s => Math.max(0, Math.abs(s.cartPosition) - RAIL_END) },
  },
  success: s => s.upright === 1 && Math.abs(s.cartVelocity) > SWAY_SPEED / 3,
})
