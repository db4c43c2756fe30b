import { defineReward, distance, flag, nearness, norm, scalar, vec3 } from '../library.ts'

/** Nearer to its place than this, the cube is worth letting go of, m. */
const IN_PLACE = 0.03
/** The pads open this far, m. */
const OPEN = 0.08

/** Of the task at hand, in stages; between 0 and 5. */
export default defineReward({
  name: 'cube-bin-pair',
  env: 'cube-bin-pair',
  about: 'Put the cube into the bin and take it out in turns.',
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    cubeToGoal: vec3('m', 'world'),
    gripperOpening: scalar('m'),
    grasping: flag(),
    success: flag(),
  },
  terms: {
    reach: { weight: 0.5, value: s => nearness(distance(s.tcpPosition, s.cubePosition)) },
    // A cube in its place counts as held, or letting it go would cost.
    grasp: { weight: 0.5, value: s => (norm(s.cubeToGoal) < IN_PLACE ? 1 : s.grasping) },
    place: {
      weight: 1.5,
      value: s => (norm(s.cubeToGoal) < IN_PLACE ? 1 : s.grasping) * nearness(norm(s.cubeToGoal)),
    },
    release: {
      weight: 0.5,
      value: s => (norm(s.cubeToGoal) < IN_PLACE ? Math.min(1, s.gripperOpening / OPEN) : 0),
    },
    done: { weight: 2, value: s => s.success },
  },
})
