/** A drawer to open, to shut, and both in turns. */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import type { Views } from '../../src/sim/views.ts'
import { handFrom, moveTo, type Signals } from './expert.ts'
import { PAIR_OPTIONS, PAIR_STEP, sawyerPair } from './pair.ts'
import { HAND_STEP, put, sawyerTask } from './sawyer.ts'

/** Where the cabinet stands, and its shut handle from there, m. */
const CABINET_Y = 0.9
const HANDLE_Y = -0.16
const HANDLE_Z = 0.09
/** How far it slides, and how far it is out when it is to be shut, m. */
const OPEN = 0.2
const AJAR = 0.15
/** Nearer than this to an end, the pair's drawer is open or shut, m. */
const NEAR = 0.03

const object = 'the handle of the drawer'
const joint = { unit: 'm', about: 'How far the drawer is open, up to 0.2.' } as const

const opening = (sim: Views): number => sim.qpos[sim.names.qpos('part')]

function place(sim: Views, rng: ResetRng, opening: number, goal: number): void {
  const x = rng.range(-0.1, 0.1)
  put(sim, 'furniture', x, CABINET_Y, 0)
  put(sim, 'goal', x, CABINET_Y + HANDLE_Y - goal, HANDLE_Z)
  sim.qpos[sim.names.qpos('part')] = opening
}

export const drawerOpen = defineEnv(
  sawyerTask({
    id: 'drawer-open',
    about: 'A robot arm that can pull a drawer open.',
    mjcf: new URL('./drawerOpen.xml', import.meta.url),
    defaultReward: 'drawer-open',
    handStart: 'centre',
    object,
    joint,
    place: (sim, rng) => place(sim, rng, 0, OPEN),
    threshold: 0.03,
    expert: (signals, _, action) => hookAndPull(signals, action, HAND_STEP),
  }),
)

export const drawerClose = defineEnv(
  sawyerTask({
    id: 'drawer-close',
    about: 'A robot arm that can push a drawer shut.',
    mjcf: new URL('./drawerClose.xml', import.meta.url),
    defaultReward: 'drawer-close',
    handStart: 'centre',
    object,
    joint,
    place: (sim, rng) => place(sim, rng, AJAR, 0),
    threshold: 0.055,
    expert: push,
  }),
)

export const drawerPair = defineEnv(PAIR_OPTIONS, options =>
  sawyerPair(
    {
      id: 'drawer-pair',
      about: 'A robot arm that opens and shuts a drawer in turns, without resets in between.',
      mjcf: new URL('./drawerOpen.xml', import.meta.url),
      defaultReward: 'drawer-pair',
      handStart: 'centre',
      object,
      joint,
      place: (sim, rng) => place(sim, rng, 0, OPEN),
      names: ['open', 'shut'],
      isDone: (sim, direction) => (direction === 0 ? opening(sim) >= OPEN - NEAR : opening(sim) <= NEAR),
      aim({ mocap_pos, names }, direction) {
        const goal = CABINET_Y + HANDLE_Y - (direction === 0 ? OPEN : 0)
        mocap_pos[3 * names.mocap('goal') + 1] = goal
      },
      expert: (signals, _, action) => hookAndPull(signals, action, PAIR_STEP),
    },
    options,
  ),
)

/** From the handle to where the hand is when a finger is behind it, and high enough to pass over it, m. */
const BEHIND = 0.025
const DOWN = 0.02
const OVER = 0.1

/** Lets a closed gripper down behind the handle and takes it to the goal: pulled by the handle, pushed by the front. */
function hookAndPull(signals: Signals, action: Float64Array, step: number): void {
  const [x, y, z] = signals.objectPosition
  const [hx, hy, hz] = signals.handPosition
  action[3] = 1
  const above = Math.hypot(hx - x, hy - y - BEHIND)
  if (above < 0.03 && hz < z + DOWN + 0.015) {
    // Beyond the goal, so that friction is overcome.
    const goal = signals.goalPosition[1]
    moveTo(signals, action, x, goal + BEHIND + (goal > y ? 0.04 : -0.04), z + DOWN, step)
  } else if (above < 0.015) moveTo(signals, action, x, y + BEHIND, z + DOWN, step)
  else if (hz < z + 0.8 * OVER) moveTo(signals, action, hx, hy, z + OVER + 0.02, step)
  else moveTo(signals, action, x, y + BEHIND, z + OVER, step)
}

/** Pushes the handle from the front. */
function push(signals: Signals, memory: Float64Array, action: Float64Array): void {
  const [x, y, z] = signals.objectPosition
  const [, hy, hz] = signals.handPosition
  const front = y - 0.06
  action[3] = 1
  if (handFrom(signals, x, front, z + DOWN) < 0.03) memory[0] = 1
  if (memory[0] === 1) moveTo(signals, action, x, signals.goalPosition[1] + 0.03, z + DOWN)
  else if (hy > y - 0.03) {
    // Never through the handle: up first, when the hand is beyond it.
    moveTo(signals, action, x, hz < z + 0.09 ? signals.handTarget[1] : front, z + 0.12)
  } else moveTo(signals, action, x, front, z + DOWN)
}
