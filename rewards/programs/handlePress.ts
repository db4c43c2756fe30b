import { defineReward, distanceBeside, flag, nearness, scalar, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it from above, m. */
const TOUCHING = [0, 0, 0.055] as const

export default defineReward({
  name: 'handle-press',
  env: 'handle-press',
  about: 'Press the handle down.',
  phrases: ['push the lever down', 'press down on the handle'],
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
    press: { weight: 3, value: s => nearness(s.objectToGoal, 12) },
    done: { weight: 4, value: s => s.success },
  },
})
