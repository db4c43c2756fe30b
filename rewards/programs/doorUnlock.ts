import { defineReward, distanceBeside, flag, nearness, reaching, scalar, vec3 } from '../library.ts'

/** From the peg of the crank to a hand whose fingers touch it, on its left, m. */
const TOUCHING = [-0.03, -0.01, 0.02] as const

export default defineReward({
  name: 'door-unlock',
  env: 'door-unlock',
  about: 'Unlock the door by turning the crank of its lock.',
  phrases: ['turn the lock', 'open the lock of the door', 'turn the crank to the right'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    reach: {
      weight: 2,
      value: s => reaching(distanceBeside(s.handPosition, s.objectPosition, TOUCHING)),
    },
    turn: { weight: 3, value: s => nearness(s.objectToGoal, 12) },
    done: { weight: 4, value: s => s.success },
  },
})
