/** The door of a low cupboard to shut, and to open and shut in turns. */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import type { Views } from '../../src/sim/views.ts'
import { handFrom, moveTo, type Signals } from './expert.ts'
import { PAIR_OPTIONS, PAIR_STEP, sawyerPair } from './pair.ts'
import { put, sawyerTask } from './sawyer.ts'

/** Height of the handle; of the shut door, it is this far from the middle of the cupboard, m. */
const HANDLE_Z = 0.15
const HANDLE_X = 0.2
const HANDLE_Y = -0.2
/** The hinge from the middle of the cupboard, m. */
const HINGE_X = -0.12
const HINGE_Y = -0.12
/** The pair's door is open beyond the one angle, shut within the other; its goals are a little further, rad. */
const OPEN = 1
const SHUT = 0.15
const WIDE_OPEN = 1.2

const object = 'the handle of the door'
const joint = { unit: 'rad', about: 'How far the door is open: 0 shut, up to 1.6.' } as const

const angle = (sim: Views): number => sim.qpos[sim.names.qpos('part')]

function place(sim: Views, rng: ResetRng, nearest: number, angle: number): void {
  const x = rng.range(0, 0.1)
  const y = rng.range(nearest, 0.95)
  put(sim, 'furniture', x, y, HANDLE_Z)
  put(sim, 'goal', x + HANDLE_X, y + HANDLE_Y, HANDLE_Z)
  sim.qpos[sim.names.qpos('part')] = angle
}

export const doorClose = defineEnv(
  sawyerTask({
    id: 'door-close',
    about: 'A robot arm that can shut a door.',
    mjcf: new URL('./doorClose.xml', import.meta.url),
    defaultReward: 'door-close',
    handStart: 'left',
    object,
    joint,
    place: (sim, rng) => place(sim, rng, 0.85, Math.PI / 2),
    threshold: 0.08,
    expert: push,
  }),
)

export const doorPair = defineEnv(PAIR_OPTIONS, options =>
  sawyerPair(
    {
      id: 'door-pair',
      about: 'A robot arm that opens and shuts a door in turns, without resets in between.',
      mjcf: new URL('./doorPair.xml', import.meta.url),
      defaultReward: 'door-pair',
      handStart: 'centre',
      object,
      joint,
      place: (sim, rng) => place(sim, rng, 0.9, 0),
      names: ['open', 'shut'],
      isDone: (sim, direction) => (direction === 0 ? angle(sim) >= OPEN : angle(sim) <= SHUT),
      aim,
      expert: hookAndSwing,
    },
    options,
  ),
)

/** Puts the goal where the handle of the open or of the shut door is. */
function aim(sim: Views, direction: number): void {
  const [cos, sin] = direction === 0 ? [Math.cos(WIDE_OPEN), Math.sin(WIDE_OPEN)] : [1, 0]
  const from = 3 * sim.names.mocap('furniture')
  const [dx, dy] = [HANDLE_X - HINGE_X, HANDLE_Y - HINGE_Y]
  const x = sim.mocap_pos[from] + HINGE_X + cos * dx + sin * dy
  const y = sim.mocap_pos[from + 1] + HINGE_Y - sin * dx + cos * dy
  put(sim, 'goal', x, y, HANDLE_Z)
}

/** Height of the hand over the handle so that the fingers meet it, and high enough to pass over it, m. */
const DOWN = 0.02
const OVER = 0.1

/** Pushes the handle from its outside towards the cupboard. */
function push(signals: Signals, memory: Float64Array, action: Float64Array): void {
  const [x, y, z] = signals.objectPosition
  const [outX, outY] = outside(signals)
  action[3] = 1
  const before = [x + 0.06 * outX, y + 0.06 * outY, z + DOWN] as const
  if (handFrom(signals, ...before) < 0.025) memory[0] = 1
  if (memory[0] === 0) moveTo(signals, action, ...before)
  else moveTo(signals, action, x - 0.04 * outX, y - 0.04 * outY, z + DOWN)
}

/** Lets a closed gripper down behind the handle, and swings the door: pulled by the handle, pushed by its face. */
function hookAndSwing(signals: Signals, _: Float64Array, action: Float64Array): void {
  const [x, y, z] = signals.objectPosition
  const [hx, hy, hz] = signals.handPosition
  const [outX, outY] = outside(signals)
  const [behindX, behindY] = [x - 0.04 * outX, y - 0.04 * outY]
  action[3] = 1
  const above = Math.hypot(hx - behindX, hy - behindY)
  if (above < 0.05 && hz < z + DOWN + 0.015) {
    const lead = Math.min(0.07, signals.objectToGoal[0])
    const way = signals.direction[0] === 0 ? lead : -lead
    moveTo(signals, action, behindX + way * outX, behindY + way * outY, z + DOWN, PAIR_STEP)
  } else if (above < 0.015) moveTo(signals, action, behindX, behindY, z + DOWN, PAIR_STEP)
  else if (hz < z + 0.8 * OVER) moveTo(signals, action, hx, hy, z + OVER + 0.02, PAIR_STEP)
  else moveTo(signals, action, behindX, behindY, z + OVER, PAIR_STEP)
}

/** Which way the face of the door looks, in the plane. */
function outside({ jointPosition: [angle] }: Signals): readonly [number, number] {
  return [-Math.sin(angle), -Math.cos(angle)]
}
