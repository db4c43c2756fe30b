import { defineReward, distanceBeside, flag, nearness, scalar, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it, on the outside of the open door, m. */
const TOUCHING = [-0.02, 0, 0.02] as const

export default defineReward({
  name: 'door-close',
  env: 'door-close',
  about: 'Shut the door of the cupboard.',
  phrases: ['close the door', 'push the door shut'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    reach: {
      weight: 1,
      value: s => nearness(distanceBeside(s.handPosition, s.objectPosition, TOUCHING), 7),
    },
    shut: { weight: 3, value: s => nearness(s.objectToGoal, 3) },
    done: { weight: 4, value: s => s.success },
  },
})
