import { defineReward, distance, flag, nearness, norm, vec3 } from '../library.ts'

/** In stages, each worth more than those before it; between 0 and 3.5. */
export default defineReward({
  name: 'pick-cube',
  env: 'pick-cube',
  about: 'Carry the cube to the goal and hold it there.',
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    cubeToGoal: vec3('m', 'world'),
    grasping: flag(),
    placed: flag(),
  },
  terms: {
    reach: { weight: 0.5, value: s => nearness(distance(s.tcpPosition, s.cubePosition)) },
    grasp: { weight: 0.5, value: s => s.grasping },
    // Only what is held counts: the goal may be near the table, where pushing brings the cube below it.
    place: { weight: 1.5, value: s => s.grasping * nearness(norm(s.cubeToGoal)) },
    done: { weight: 1, value: s => s.placed },
  },
})
