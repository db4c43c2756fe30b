/** The cube that the arm handles: where it starts, and what is read of it. */
import type { ResetRng } from '../../src/core/env.ts'
import { flagOf, type Read, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { difference, isGrasping, jointSlice } from './panda.ts'

/** Half an edge, m. */
export const CUBE_HALF = 0.02
/** Cubes start within this of the middle of the table in x and in y, m. */
export const CUBE_SPREAD = 0.1

/** Puts a cube flat on the table, turned by `yaw`. */
export function placeCube({ names, qpos }: Views, joint: string, x: number, y: number, yaw: number): void {
  const at = names.qpos(joint)
  qpos[at] = x
  qpos[at + 1] = y
  qpos[at + 2] = CUBE_HALF
  qpos[at + 3] = Math.cos(yaw / 2)
  qpos[at + 4] = qpos[at + 5] = 0
  qpos[at + 6] = Math.sin(yaw / 2)
}

export function startCube(sim: Views, rng: ResetRng): void {
  const x = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
  const y = rng.range(-CUBE_SPREAD, CUBE_SPREAD)
  placeCube(sim, 'cube', x, y, rng.range(0, 2 * Math.PI))
}

/** Centre of a cube in qpos. */
export const cubeAt = (sim: Views, joint = 'cube'): number => sim.names.qpos(joint)

export const cubePose = {
  cubePosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Centre of the cube.',
    read: jointSlice('qpos', 'cube', 3),
  },
  cubeOrientation: {
    shape: [4],
    unit: '1',
    frame: 'world',
    about: 'Of the cube, w x y z.',
    read: jointSlice('qpos', 'cube', 4, 3),
  },
} as const satisfies Readouts

export const cubeFromTcp = {
  tcpToCube: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the gripper to the cube.',
    read: difference(jointSlice('qpos', 'cube', 3), sitePosition('tcp')),
  },
} as const satisfies Readouts

export const cubeSignals = {
  ...cubePose,
  cubeVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the centre of the cube.',
    read: jointSlice('qvel', 'cube', 3),
  },
  cubeAngularVelocity: {
    shape: [3],
    unit: 'rad/s',
    frame: 'body',
    about: 'Of the cube.',
    read: jointSlice('qvel', 'cube', 3, 3),
  },
  grasping: {
    shape: [],
    unit: 'bool',
    about: 'Both pads press on the cube, with 0.5 N or more.',
    read: flagOf(isGrasping),
  },
} as const satisfies Readouts

const goalPosition: Read = ({ names, mocap_pos }, out, at) => {
  const from = 3 * names.mocap('goal')
  for (let i = 0; i < 3; i++) out[at + i] = mocap_pos[from + i]
}

/** Where the cube should be: the mocap body `goal`. */
export const goalReadouts = {
  goalPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Where the centre of the cube should be.',
    read: goalPosition,
  },
  cubeToGoal: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'From the cube to where it should be.',
    read: difference(goalPosition, jointSlice('qpos', 'cube', 3)),
  },
} as const satisfies Readouts
