/**
 * Putting a cube into a bin and taking it out, in turns and without resets in between: the kind of pair of tasks that
 * reset-free fine-tuning is tried on (Yang et al., "Robot fine-tuning made easy", ICRA 2024).
 */
import type { ResetRng } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { pairOptions, taskPair } from '../../src/sim/resetFree.ts'
import type { Views } from '../../src/sim/views.ts'
import { CUBE_HALF, cubeFromTcp, cubePose, cubeSignals, goalReadouts, placeCube } from './cube.ts'
import {
  armActions,
  armControl,
  armSignals,
  CONTROL,
  DT,
  FRAME_SKIP,
  jointReadouts,
  startArm,
  tcpReadouts,
} from './panda.ts'
import { placer } from './placing.ts'

/** Middle of the bin, half its width inside and outside, and how high the cube lies in it, m. */
const BIN = [0.02, 0.2]
const INSIDE = 0.1
const OUTSIDE = 0.105
const IN_BIN = CUBE_HALF + 0.004
/** The cube starts, and is put back, here: x, y, half the widths, m. */
const TABLE = [0, -0.1]
const SPREAD = [0.1, 0.08]
/** Higher than this above where it lies the cube is still held or thrown, m. */
const LYING = 0.01

/** Whether the cube lies in the bin, or outside it. */
function isDone({ names, qpos }: Views, direction: number): boolean {
  const cube = names.qpos('cube')
  // Of the centre, along the axis on which it is further off.
  const off = Math.max(Math.abs(qpos[cube] - BIN[0]), Math.abs(qpos[cube + 1] - BIN[1]))
  const z = qpos[cube + 2]
  if (direction === 0) return off < INSIDE && z < IN_BIN + LYING
  return off > OUTSIDE + CUBE_HALF && Math.abs(z - CUBE_HALF) < LYING
}

const onTable = (rng: ResetRng): [number, number] => [
  TABLE[0] + rng.range(-SPREAD[0], SPREAD[0]),
  TABLE[1] + rng.range(-SPREAD[1], SPREAD[1]),
]

/** Marks the bin, or a place on the table. */
function aim({ names, mocap_pos }: Views, direction: number, rng: ResetRng): void {
  const [x, y] = direction === 0 ? BIN : onTable(rng)
  const goal = 3 * names.mocap('goal')
  mocap_pos[goal] = x
  mocap_pos[goal + 1] = y
  mocap_pos[goal + 2] = direction === 0 ? IN_BIN : CUBE_HALF
}

/** qpos: seven joints, two fingers, the cube's position and quaternion. */
export const cubeBinPair = defineEnv({ ...CONTROL, ...pairOptions(100, 1000) }, o => {
  const pair = taskPair({
    episodeSteps: o.episodeSteps,
    stepsBetweenResets: o.stepsBetweenResets,
    at: 0,
    names: ['put the cube into the bin', 'take it out'],
    isDone,
    aim,
  })
  return {
    id: 'cube-bin-pair',
    version: 1,
    about:
      'A seven-joint arm that puts a cube into a bin and takes it out in turns, without resets in between.',
    mjcf: new URL('./cubeBin.xml', import.meta.url),
    dt: DT,
    frameSkip: FRAME_SKIP,
    maxSteps: pair.maxSteps,
    resetFree: pair.resetFree,
    defaultReward: 'cube-bin-pair',
    success: { signal: 'success', over: 'ever' },
    action: armActions(o.control),
    currentPositions: true,
    obs: {
      ...jointReadouts,
      ...tcpReadouts,
      ...cubePose,
      ...cubeFromTcp,
      ...goalReadouts,
      ...pair.direction,
    },
    signals: { ...armSignals, ...cubeSignals, ...goalReadouts, ...pair.direction, ...pair.success },
    start(sim, rng) {
      startArm(sim, rng)
      const [x, y] = onTable(rng)
      placeCube(sim, 'cube', x, y, rng.range(0, 2 * Math.PI))
      pair.begin(sim, rng)
    },
    act: armControl(o.control),
    isTerminal: () => false,
    expert: placer(o.control, {
      toPlace: ({ cubeToGoal: [x, y, z] }) => [x, y, z],
      travel: 0.09,
    }),
  }
})
