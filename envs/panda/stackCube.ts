/** Putting one cube on another: ManiSkill2's StackCube-v0 (Gu et al., ICLR 2023). */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { flagOf, type Readouts } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { CUBE_HALF, CUBE_SPREAD, cubeFromTcp, cubePose, cubeSignals, placeCube } from './cube.ts'
import {
  armActions,
  armControl,
  armSignals,
  CONTROL,
  DT,
  difference,
  FRAME_SKIP,
  isGrasping,
  jointReadouts,
  jointSlice,
  startArm,
  tcpReadouts,
} from './panda.ts'
import { carry, takeCube } from './picking.ts'
import { levelled, OPEN, type Signals, steering } from './steering.ts'

/** Cubes start within this of each other's region, which itself varies as other cubes' starts do, m. */
const REGION = [0.1, 0.2]
/** Their centres start further apart than this, m. */
const APART = 2 * (Math.SQRT2 * CUBE_HALF + 0.001)
/** Tolerances of the published criterion: sideways, in height, m, and for standing still, m/s and rad/s. */
const SIDEWAYS = Math.SQRT2 * CUBE_HALF + 0.005
const HEIGHT = 0.005
const STILL_SPEED = 0.01
const STILL_TURN = 0.1

function isStacked({ names, qpos, qvel }: Views): boolean {
  const top = names.qpos('cube')
  const base = names.qpos('base_cube')
  const aside = Math.hypot(qpos[top] - qpos[base], qpos[top + 1] - qpos[base + 1])
  const above = qpos[top + 2] - qpos[base + 2] - 2 * CUBE_HALF
  const v = names.qvel('cube')
  return (
    aside <= SIDEWAYS &&
    Math.abs(above) <= HEIGHT &&
    Math.hypot(qvel[v], qvel[v + 1], qvel[v + 2]) <= STILL_SPEED &&
    Math.hypot(qvel[v + 3], qvel[v + 4], qvel[v + 5]) <= STILL_TURN
  )
}

function startCubes(sim: Views, rng: ResetRng): void {
  const x = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
  const y = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
  const within = (axis: number) => rng.range(-REGION[axis], REGION[axis])
  const top = [x + within(0), y + within(1)]
  let base = [x + within(0), y + within(1)]
  while (Math.hypot(top[0] - base[0], top[1] - base[1]) <= APART) base = [x + within(0), y + within(1)]
  placeCube(sim, 'cube', top[0], top[1], rng.range(0, 2 * Math.PI))
  placeCube(sim, 'base_cube', base[0], base[1], rng.range(0, 2 * Math.PI))
}

const basePosition = jointSlice('qpos', 'base_cube', 3)
const baseReadouts = {
  basePosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Centre of the cube below.',
    read: basePosition,
  },
  baseOrientation: {
    shape: [4],
    unit: '1',
    frame: 'world',
    about: 'Of the cube below, w x y z.',
    read: jointSlice('qpos', 'base_cube', 4, 3),
  },
  cubeToBase: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the cube to the one it shall lie on.',
    read: difference(basePosition, jointSlice('qpos', 'cube', 3)),
  },
} as const satisfies Readouts

/** qpos: seven joints, two fingers, then position and quaternion of the cube to move and of the one below. */
export const stackCube = defineEnv(CONTROL, o => ({
  id: 'stack-cube',
  version: 1,
  about: 'A seven-joint arm that puts one cube on another.',
  mjcf: new URL('./stackCube.xml', import.meta.url),
  dt: DT,
  frameSkip: FRAME_SKIP,
  maxSteps: 200,
  defaultReward: 'stack-cube',
  success: { signal: 'stacked', over: 'ever' },
  action: armActions(o.control),
  currentPositions: true,
  obs: { ...jointReadouts, ...tcpReadouts, ...cubePose, ...cubeFromTcp, ...baseReadouts },
  signals: {
    ...armSignals,
    ...cubeSignals,
    ...baseReadouts,
    baseVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: 'Of the centre of the cube below.',
      read: jointSlice('qvel', 'base_cube', 3),
    },
    stacked: {
      shape: [],
      unit: 'bool',
      about: 'The cube lies still on the other one, and is not held.',
      read: flagOf(sim => isStacked(sim) && !isGrasping(sim)),
    },
  },
  start(sim, rng) {
    startArm(sim, rng)
    startCubes(sim, rng)
  },
  act: armControl(o.control),
  isTerminal: () => false,
  expert: stacker(o.control),
}))

const STAGE = { lift: 0, over: 1, lower: 2, release: 3 }
/** Numbers of memory: two of the picking, the stage, and the place to let go, x y z. */
const AT = 2
const PLACE = 3
/** How high above its place the cube travels, m. */
const TRAVEL = 0.06
/** How far it is lowered in a step, at most, m. */
const LOWERING = 0.02
/** Pads this far apart are clear of the cube, and how far the hand then rises, m. */
const WIDE = 0.06
const RETREAT = 0.1

function stacker(control: string) {
  const steer = steering(control)
  const letGo = (s: Signals, memory: Float64Array, action: Float64Array) => {
    const [x, y, z] = memory.subarray(PLACE)
    steer(s, [x, y, s.gripperOpening[0] > WIDE ? z + RETREAT : z], levelled(s.tcpOrientation), OPEN, action)
  }
  return (s: Signals, memory: Float64Array, action: Float64Array): void => {
    if (memory[AT] === STAGE.release) {
      letGo(s, memory, action)
      return
    }
    if (!takeCube(steer, s, memory, action)) {
      memory[AT] = STAGE.lift
      return
    }
    const [dx, dy, dz] = s.cubeToBase
    const down = dz + 2 * CUBE_HALF
    const aside = Math.hypot(dx, dy)
    const [x, y, z] = s.tcpPosition
    if (memory[AT] === STAGE.lift && down + TRAVEL < 0.01) memory[AT] = STAGE.over
    if (memory[AT] === STAGE.over && aside < 0.004) memory[AT] = STAGE.lower
    if (memory[AT] === STAGE.lower && Math.abs(down) < 0.003 && Math.abs(s.cubeVelocity[2]) < 0.05) {
      memory[AT] = STAGE.release
      memory.set([x, y, z], PLACE)
      letGo(s, memory, action)
      return
    }
    const sideways = memory[AT] === STAGE.lift ? 0 : 1
    const height = memory[AT] === STAGE.lower ? Math.max(down, -LOWERING) : down + TRAVEL
    carry(steer, s, [x + sideways * dx, y + sideways * dy, z + height], action)
  }
}
