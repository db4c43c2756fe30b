/** A lock to turn: a crank that hangs down and is to point to the right. */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { handFrom, moveTo } from './expert.ts'
import { put, sawyerTask } from './sawyer.ts'

/** Length of the crank, m. */
const CRANK = 0.1
/** How far the middle of its peg stands out, m. */
const PEG_Y = -0.09

export const doorUnlock = defineEnv(
  sawyerTask({
    id: 'door-unlock',
    about: 'A robot arm that can unlock a door by turning a crank.',
    mjcf: new URL('./lock.xml', import.meta.url),
    defaultReward: 'door-unlock',
    handStart: 'centre',
    object: 'the peg at the end of the crank',
    joint: { unit: 'rad', about: 'Of the crank: 0 hangs down, locked; π/2 points right.' },
    place(sim, rng) {
      const x = rng.range(-0.1, 0.1)
      const y = rng.range(0.8, 0.85)
      put(sim, 'furniture', x, y, 0.15)
      put(sim, 'goal', x + CRANK, y + PEG_Y, 0.15)
    },
    axes: 'x',
    threshold: 0.02,
    expert(signals, memory, action) {
      const [x, y, z] = signals.objectPosition
      // Left of the peg, as far out as it reaches, so that the hand passes below the axle.
      const [left, out, up] = [x - 0.05, y - 0.01, z + 0.02]
      action[3] = 1
      if (handFrom(signals, left, out, up) < 0.02) memory[0] = 1
      if (memory[0] === 0) {
        const isBeside = Math.hypot(signals.handPosition[0] - left, signals.handPosition[1] - out) < 0.04
        moveTo(signals, action, left, out, isBeside ? up : 0.2)
      } else moveTo(signals, action, x + 0.05, out, up)
    },
  }),
)
