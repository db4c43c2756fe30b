import { defineReward, distance, flag, nearness, vec3 } from '../library.ts'

/** Half an edge of the cube, and how far it has to rise, m. */
const RESTING = 0.02
const LIFT = 0.2

/** The reward of ManiSkill2's LiftCube-v0; success pays all that there is, and no more. Between 0 and 2.25. */
export default defineReward({
  name: 'lift-cube-expert',
  env: 'lift-cube',
  about: "Lift the cube, as ManiSkill2's own reward has it.",
  reads: {
    tcpPosition: vec3('m', 'world'),
    cubePosition: vec3('m', 'world'),
    grasping: flag(),
    lifted: flag(),
  },
  terms: {
    reach: {
      weight: 1,
      value: s => (1 - s.lifted) * nearness(distance(s.tcpPosition, s.cubePosition)),
    },
    grasp: { weight: 0.25, value: s => (1 - s.lifted) * s.grasping },
    lift: {
      weight: 1,
      value: s => (1 - s.lifted) * s.grasping * Math.min(1, (s.cubePosition.z - RESTING) / LIFT),
    },
    done: { weight: 2.25, value: s => s.lifted },
  },
})
