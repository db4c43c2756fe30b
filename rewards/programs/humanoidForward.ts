import { defineReward, flag, meanVelocity, sumSquares, vec3, vector } from '../library.ts'

const CONTACT_WEIGHT = 5e-7
/** Contact costs at most this much. */
const MAX_CONTACT_COST = 10

/** The published reward of Gymnasium's Humanoid-v5, term by term. */
export default defineReward({
  name: 'humanoid-forward',
  env: 'humanoid',
  about: 'Walk forward on two legs as fast as you can without falling.',
  phrases: ['run ahead on two legs', 'stride forward upright', 'jog forward', 'humanoid running'],
  reads: {
    centreOfMass: vec3('m', 'world'),
    healthy: flag(),
    contactForces: vector('N', 'world'),
    contactTorques: vector('N·m', 'world'),
  },
  terms: {
    forward: { weight: 1.25, value: s => meanVelocity(s.centreOfMass.x, s.prev.centreOfMass.x, s.dt) },
    healthy: { weight: 5, value: s => s.healthy },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
    contact: {
      weight: -CONTACT_WEIGHT,
      value: s =>
        Math.min(
          sumSquares(s.contactForces) + sumSquares(s.contactTorques),
          MAX_CONTACT_COST / CONTACT_WEIGHT,
        ),
    },
  },
})
