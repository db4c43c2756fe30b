import { clamp, defineReward, distance, flag, nearness, vec3 } from '../library.ts'

/** Half an edge of the cube: how high it lies on the table, m. */
const RESTING = 0.02
/** How far it has to rise, m. */
const LIFT = 0.2

/** In stages, each worth more than those before it; between 0 and 3.5. */
export default defineReward({
  name: 'lift-cube',
  env: 'lift-cube',
  about: 'Lift the cube up and hold it.',
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    grasping: flag(),
    lifted: flag(),
  },
  terms: {
    reach: { weight: 0.5, value: s => nearness(distance(s.tcpPosition, s.cubePosition)) },
    grasp: { weight: 0.5, value: s => s.grasping },
    // Only what is held counts: a cube thrown up is not lifted.
    lift: { weight: 1.5, value: s => s.grasping * clamp((s.cubePosition.z - RESTING) / LIFT, 0, 1) },
    done: { weight: 1, value: s => s.lifted },
  },
})
