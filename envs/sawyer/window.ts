/** A window to slide open, to the right, and to slide shut. */
import type { Expert } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { moveTo } from './expert.ts'
import { put, sawyerTask } from './sawyer.ts'

/** How far the handle stands out, and how far the window slides, m. */
const HANDLE_OUT = 0.1
const TRAVEL = 0.2

const joint = { unit: 'm', about: 'How far the window is open, up to 0.2.' } as const

/** Goes beside the handle, in front of the panes, and pushes: to the right with side -1, to the left with 1. */
function slide(side: -1 | 1): Expert {
  return (signals, memory, action) => {
    const [x, y, z] = signals.objectPosition
    const [hx, hy] = signals.handPosition
    const beside = x + side * 0.07
    // The palm passes over the handle.
    const up = z + 0.03
    action[3] = 1
    if (Math.abs(hx - beside) < 0.03 && Math.abs(hy - y) < 0.02) memory[0] = 1
    // Beside it first, then forward.
    if (memory[0] === 1) moveTo(signals, action, signals.goalPosition[0] - side * 0.05, y, up)
    else moveTo(signals, action, beside, Math.abs(hx - beside) < 0.03 ? y : y - 0.12, up)
  }
}

export const windowOpen = defineEnv(
  sawyerTask({
    id: 'window-open',
    about: 'A robot arm that can slide a window open.',
    mjcf: new URL('./windowOpen.xml', import.meta.url),
    defaultReward: 'window-open',
    handStart: 'near',
    object: 'the handle of the window',
    joint,
    place(sim, rng) {
      const x = rng.range(-0.1, 0.1)
      const y = rng.range(0.7, 0.9)
      put(sim, 'furniture', x, y, 0.16)
      put(sim, 'goal', x + TRAVEL, y - HANDLE_OUT, 0.16)
    },
    axes: 'x',
    threshold: 0.05,
    expert: slide(-1),
  }),
)

export const windowClose = defineEnv(
  sawyerTask({
    id: 'window-close',
    about: 'A robot arm that can slide a window shut.',
    mjcf: new URL('./windowClose.xml', import.meta.url),
    defaultReward: 'window-close',
    handStart: 'near',
    object: 'the handle of the window',
    joint,
    place(sim, rng) {
      const y = rng.range(0.75, 0.9)
      put(sim, 'furniture', 0, y, 0.2)
      put(sim, 'goal', 0, y - HANDLE_OUT, 0.2)
      sim.qpos[sim.names.qpos('part')] = TRAVEL
    },
    axes: 'x',
    threshold: 0.05,
    expert: slide(1),
  }),
)
