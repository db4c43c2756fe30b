import { defineReward, distanceBeside, flag, nearness, reaching, scalar, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it from above, m. */
const TOUCHING = [0, 0, 0.055] as const

export default defineReward({
  name: 'handle-press-side',
  env: 'handle-press-side',
  about: 'Press the handle at the side down.',
  phrases: ['push down the lever at the side', 'press the handle beside the robot'],
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
    press: { weight: 3, value: s => nearness(s.objectToGoal, 12) },
    done: { weight: 4, value: s => s.success },
  },
})
