import { defineReward, distance, flag, nearness, norm, vec3 } from '../library.ts'

/** The reward of ManiSkill2's PickCube-v0. Between 0 and 5, and at most 3 before success. */
export default defineReward({
  name: 'pick-cube-expert',
  env: 'pick-cube',
  about: "Bring the cube to the goal, as ManiSkill2's own reward has it.",
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    cubeToGoal: vec3('m', 'world'),
    grasping: flag(),
    placed: flag(),
  },
  terms: {
    reach: {
      weight: 1,
      value: s => (1 - s.placed) * nearness(distance(s.tcpPosition, s.cubePosition)),
    },
    grasp: { weight: 1, value: s => (1 - s.placed) * s.grasping },
    place: { weight: 1, value: s => (1 - s.placed) * s.grasping * nearness(norm(s.cubeToGoal)) },
    done: { weight: 5, value: s => s.placed },
  },
})
