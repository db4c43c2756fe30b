/** A cube to sweep into a hole in the table. */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { handFrom, moveTo } from './expert.ts'
import { put, sawyerTask } from './sawyer.ts'

/** Where the cube lies, m: half its edge above the table. */
const CUBE_Z = 0.02
/** A cube this near to the goal would leave too little to do, m. */
const NEAREST = 0.15
/** Height of the hand at which the fingers are around the cube, m. */
const DOWN = 0.06

export const sweepInto = defineEnv(
  sawyerTask({
    id: 'sweep-into',
    about: 'A robot arm that can sweep a cube into a hole in the table.',
    mjcf: new URL('./sweep.xml', import.meta.url),
    defaultReward: 'sweep-into',
    handStart: 'centre',
    object: 'the cube',
    place(sim, rng) {
      const goalX = rng.range(-0.001, 0.001)
      const goalY = rng.range(0.8399, 0.8401)
      put(sim, 'goal', goalX, goalY, CUBE_Z)
      const at = sim.names.qpos('part')
      do {
        sim.qpos[at] = rng.range(-0.1, 0.1)
        sim.qpos[at + 1] = rng.range(0.6, 0.7)
      } while (Math.hypot(sim.qpos[at] - goalX, sim.qpos[at + 1] - goalY) < NEAREST)
    },
    axes: 'xy',
    threshold: 0.05,
    expert(signals, memory, action) {
      const [x, y] = signals.objectPosition
      const [hx, hy] = signals.handPosition
      // Fingers open left and right of the cube, closed around it, and away with it.
      action[3] = memory[0] < 2 ? -1 : 1
      if (memory[0] === 0 && Math.hypot(hx - x, hy - y) < 0.01) memory[0] = 1
      if (memory[0] === 1 && handFrom(signals, x, y, DOWN) < 0.012) memory[0] = 2
      if (memory[0] >= 2 && memory[0] < 22) memory[0]++
      if (memory[0] === 0) moveTo(signals, action, x, y, 0.13)
      else if (memory[0] < 22) moveTo(signals, action, x, y, DOWN)
      else moveTo(signals, action, signals.goalPosition[0], signals.goalPosition[1], DOWN)
    },
  }),
)
