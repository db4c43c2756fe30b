import { clamp, defineReward, scalar, sumSquares } from '../library.ts'

/** rad/s; about one turn a second. More is not paid, so that the landings stay gentle. */
const TURN_RATE = 6

export default defineReward({
  name: 'cheetah-flip',
  env: 'half-cheetah',
  about: 'Roll over forward again and again.',
  phrases: ['do a flip', 'somersault', 'turn head over heels', 'keep tumbling forward', 'roll over'],
  reads: {
    /** Positive when the nose goes down. */
    pitchRate: scalar('rad/s'),
  },
  terms: {
    roll: { weight: 1, value: s => clamp(s.pitchRate, -TURN_RATE, TURN_RATE) },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
  success: s => s.pitchRate > TURN_RATE / 2,
})
