import { defineReward, distance, flag, nearness, scalar, type Vector3, vec3 } from '../library.ts'

/** An edge of the cube: how far its centre should be above that of the one below, m. */
const EDGE = 0.04
/** Nearer to its place than this, the cube is worth letting go of, m. */
const IN_PLACE = 0.02
/** The pads open this far, m. */
const OPEN = 0.08

/** In stages, each worth more than those before it; between 0 and 5. */
export default defineReward({
  name: 'stack-cube',
  env: 'stack-cube',
  about: 'Stack one cube on the other.',
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    basePosition: vec3('m', 'world'),
    gripperOpening: scalar('m'),
    grasping: flag(),
    stacked: flag(),
  },
  terms: {
    reach: { weight: 0.5, value: s => nearness(distance(s.tcpPosition, s.cubePosition)) },
    // A cube in its place counts as held, or letting it go would cost.
    grasp: {
      weight: 0.5,
      value: s => Math.max(s.grasping, offPlace(s.cubePosition, s.basePosition) < IN_PLACE ? 1 : 0),
    },
    place: {
      weight: 1.5,
      value: s =>
        s.grasping === 1 || offPlace(s.cubePosition, s.basePosition) < IN_PLACE
          ? nearness(offPlace(s.cubePosition, s.basePosition))
          : 0,
    },
    release: {
      weight: 0.5,
      value: s =>
        offPlace(s.cubePosition, s.basePosition) < IN_PLACE ? Math.min(1, s.gripperOpening / OPEN) : 0,
    },
    done: { weight: 2, value: s => s.stacked },
  },
})

/** Of the cube from its place on the other, m. */
function offPlace(cube: Vector3, base: Vector3): number {
  return Math.hypot(cube.x - base.x, cube.y - base.y, cube.z - base.z - EDGE)
}
