import { defineReward, sumSquares, vec3, vector } from '../library.ts'

/** The published reward pays height over one physics step, s, as if the torso had risen from the ground in it. */
const TIMESTEP = 0.003
const IMPACT_WEIGHT = 5e-7
/** Impact costs at most this much. */
const MAX_IMPACT_COST = 10

/** The published reward of Gymnasium's HumanoidStandup-v5, term by term. */
export default defineReward({
  name: 'humanoid-stand-up',
  env: 'humanoid-standup',
  about: 'Get up from the ground and stand.',
  phrases: ['stand up', 'rise to your feet', 'get on your feet from lying down'],
  reads: {
    torsoPosition: vec3('m', 'world'),
    contactForces: vector('N', 'world'),
    contactTorques: vector('N·m', 'world'),
  },
  terms: {
    height: { weight: 1 / TIMESTEP, value: s => s.torsoPosition.z },
    constant: { weight: 1, value: () => 1 },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
    impact: {
      weight: -IMPACT_WEIGHT,
      value: s =>
        Math.min(sumSquares(s.contactForces) + sumSquares(s.contactTorques), MAX_IMPACT_COST / IMPACT_WEIGHT),
    },
  },
})
