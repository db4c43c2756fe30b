/** A handle to press down, in front of the robot or at its side. */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { moveTo, type Signals } from './expert.ts'
import { put, sawyerTask } from './sawyer.ts'

/** From the foot of the box to the handle, m, and how far down it is to go. */
const HANDLE_OUT = 0.1
const HANDLE_Z = 0.17
const TRAVEL = 0.1
/** From the hand to the ends of the fingers, m. */
const FINGERS = 0.045

const joint = { unit: 'm', about: 'How far the handle is pressed, up to 0.105.' } as const

/** Comes down on it with closed fingers. */
function press(signals: Signals, memory: Float64Array, action: Float64Array): void {
  const [x, y, z] = signals.objectPosition
  const [hx, hy] = signals.handPosition
  action[3] = 1
  if (Math.hypot(hx - x, hy - y) < 0.015) memory[0] = 1
  const above = z + FINGERS + 0.04
  if (memory[0] === 0) moveTo(signals, action, x, y, above)
  else moveTo(signals, action, x, y, signals.goalPosition[2] + FINGERS - 0.05)
}

export const handlePress = defineEnv(
  sawyerTask({
    id: 'handle-press',
    about: 'A robot arm that can press a handle down.',
    mjcf: new URL('./handlePress.xml', import.meta.url),
    defaultReward: 'handle-press',
    handStart: 'centre',
    object: 'the handle',
    joint,
    place(sim, rng) {
      const x = rng.range(-0.1, 0.1)
      const y = rng.range(0.8, 0.9)
      put(sim, 'furniture', x, y, 0)
      put(sim, 'goal', x, y - HANDLE_OUT, HANDLE_Z - TRAVEL)
    },
    threshold: 0.02,
    expert: press,
  }),
)

export const handlePressSide = defineEnv(
  sawyerTask({
    id: 'handle-press-side',
    about: 'A robot arm that can press down a handle at its side.',
    mjcf: new URL('./handlePressSide.xml', import.meta.url),
    defaultReward: 'handle-press-side',
    handStart: 'centre',
    object: 'the handle',
    joint,
    place(sim, rng) {
      const x = rng.range(-0.35, -0.25)
      const y = rng.range(0.65, 0.75)
      put(sim, 'furniture', x, y, 0)
      put(sim, 'goal', x + HANDLE_OUT, y, HANDLE_Z - TRAVEL)
    },
    threshold: 0.02,
    expert: press,
  }),
)
