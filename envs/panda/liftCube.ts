/** Lifting a cube: ManiSkill2's LiftCube-v0 (Gu et al., ICLR 2023). */
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { CUBE_HALF, cubeAt, cubeFromTcp, cubePose, cubeSignals, startCube } from './cube.ts'
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

/** How far the cube must rise, m. */
const LIFT = 0.2
/** How far the expert lifts it, m. */
const SURE_LIFT = LIFT + 0.04

const isLifted = (sim: Views): boolean => sim.qpos[cubeAt(sim) + 2] >= CUBE_HALF + LIFT

/** qpos: seven joints, two fingers, the cube's position and quaternion. */
export const liftCube = defineEnv(CONTROL, o => {
  const steer = steering(o.control)
  return {
    id: 'lift-cube',
    version: 1,
    about: 'A seven-joint arm that lifts a cube off a table.',
    mjcf: new URL('./liftCube.xml', import.meta.url),
    dt: DT,
    frameSkip: FRAME_SKIP,
    maxSteps: 100,
    defaultReward: 'lift-cube',
    // Published episodes end as soon as they succeed.
    success: { signal: 'lifted', over: 'ever' },
    action: armActions(o.control),
    currentPositions: true,
    obs: { ...jointReadouts, ...tcpReadouts, ...cubePose, ...cubeFromTcp },
    signals: {
      ...armSignals,
      ...cubeSignals,
      lifted: {
        shape: [],
        unit: 'bool',
        about: 'The cube is 0.2 m above the table and the arm is static.',
        read: flagOf(sim => isLifted(sim) && isArmStatic(sim)),
      },
    },
    start(sim, rng) {
      startArm(sim, rng)
      startCube(sim, rng)
    },
    act: armControl(o.control),
    isTerminal: () => false,
    expert(s, memory, action) {
      if (!takeCube(steer, s, memory, action)) return
      const [x, y, z] = s.tcpPosition
      carry(steer, s, [x, y, z + SURE_LIFT + CUBE_HALF - s.cubePosition[2]], action)
    },
  }
})
