/** A button to press, away from the robot. */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { handFrom, moveTo } from './expert.ts'
import { put, sawyerTask } from './sawyer.ts'

/** From the middle of the box to the button when it is out, and how far in it is to be pressed, m. */
const REACH = 0.193
const TRAVEL = 0.08
/** Height of the hand over the button so that the fingers meet it, m. */
const HAND_UP = 0.02

export const buttonPress = defineEnv(
  sawyerTask({
    id: 'button-press',
    about: 'A robot arm that can press a button on the side of a box.',
    mjcf: new URL('./button.xml', import.meta.url),
    defaultReward: 'button-press',
    handStart: 'near',
    object: 'the button',
    joint: { unit: 'm', about: 'How far the button is pressed, up to 0.085.' },
    place(sim, rng) {
      const x = rng.range(-0.1, 0.1)
      const y = rng.range(0.85, 0.9)
      put(sim, 'furniture', x, y, 0.115)
      put(sim, 'goal', x, y - REACH + TRAVEL, 0.115)
    },
    axes: 'y',
    threshold: 0.02,
    expert(signals, memory, action) {
      const [x, y, z] = signals.objectPosition
      action[3] = 1
      if (handFrom(signals, x, y - 0.06, z + HAND_UP) < 0.025) memory[0] = 1
      if (memory[0] === 0) moveTo(signals, action, x, y - 0.06, z + HAND_UP)
      else moveTo(signals, action, x, signals.goalPosition[1] + 0.05, z + HAND_UP)
    },
  }),
)
