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
import { placer } from './placing.ts'

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
  expert: placer(o.control, {
    toPlace: ({ cubeToBase: [x, y, z] }) => [x, y, z + 2 * CUBE_HALF],
    travel: 0.06,
  }),
}))
