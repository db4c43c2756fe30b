/** Bringing a cube to a place in the air: ManiSkill2's PickCube-v0 (Gu et al., ICLR 2023). */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { CUBE_SPREAD, cubeFromTcp, cubePose, cubeSignals, goalReadouts, startCube } from './cube.ts'
import {
  armActions,
  armControl,
  armSignals,
  CONTROL,
  DT,
  FRAME_SKIP,
  isArmStatic,
  jointReadouts,
  startArm,
  tcpReadouts,
} from './panda.ts'
import { carry, takeCube } from './picking.ts'
import { steering } from './steering.ts'

/** The cube's centre must be this near to the goal, m. */
const GOAL_RADIUS = 0.025
/** The goal lies up to this far above the cube's start, and at least this far from it, m. */
const GOAL_HEIGHT = 0.5
const GOAL_DISTANCE = 0.05

function isPlaced({ names, qpos, mocap_pos }: Views): boolean {
  const cube = names.qpos('cube')
  const goal = 3 * names.mocap('goal')
  const x = qpos[cube] - mocap_pos[goal]
  const y = qpos[cube + 1] - mocap_pos[goal + 1]
  const z = qpos[cube + 2] - mocap_pos[goal + 2]
  return Math.hypot(x, y, z) <= GOAL_RADIUS
}

/** Draws until the goal is far enough from the cube. */
function startGoal({ names, qpos, mocap_pos }: Views, rng: ResetRng): void {
  const cube = names.qpos('cube')
  const goal = 3 * names.mocap('goal')
  for (;;) {
    const x = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
    const y = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
    const rise = rng.range(0, GOAL_HEIGHT)
    if (Math.hypot(x - qpos[cube], y - qpos[cube + 1], rise) <= GOAL_DISTANCE) continue
    mocap_pos[goal] = x
    mocap_pos[goal + 1] = y
    mocap_pos[goal + 2] = qpos[cube + 2] + rise
    return
  }
}

/** qpos: seven joints, two fingers, the cube's position and quaternion. */
export const pickCube = defineEnv(CONTROL, o => {
  const steer = steering(o.control)
  return {
    id: 'pick-cube',
    version: 1,
    about: 'A seven-joint arm that holds a cube at a place in the air.',
    mjcf: new URL('./pickCube.xml', import.meta.url),
    dt: DT,
    frameSkip: FRAME_SKIP,
    maxSteps: 100,
    defaultReward: 'pick-cube',
    // Published episodes end as soon as they succeed.
    success: { signal: 'placed', over: 'ever' },
    action: armActions(o.control),
    currentPositions: true,
    obs: { ...jointReadouts, ...tcpReadouts, ...cubePose, ...cubeFromTcp, ...goalReadouts },
    signals: {
      ...armSignals,
      ...cubeSignals,
      ...goalReadouts,
      placed: {
        shape: [],
        unit: 'bool',
        about: 'The cube is within 0.025 m of its goal and the arm is static.',
        read: flagOf(sim => isPlaced(sim) && isArmStatic(sim)),
      },
    },
    start(sim, rng) {
      startArm(sim, rng)
      startCube(sim, rng)
      startGoal(sim, rng)
    },
    act: armControl(o.control),
    isTerminal: () => false,
    expert(s, memory, action) {
      if (!takeCube(steer, s, memory, action)) return
      // Near the end of its reach the arm trembles when it goes for the last millimetres.
      const near = Math.hypot(...s.cubeToGoal) < GOAL_RADIUS / 2
      carry(steer, s, near ? s.tcpPosition : s.tcpPosition.map((x, i) => x + s.cubeToGoal[i]), action)
    },
  }
})
