import { defineReward, distanceBeside, flag, nearness, reaching, scalar, vec3 } from '../library.ts'

/** From the button to a hand whose fingers touch it, m. */
const TOUCHING = [0, -0.015, 0.02] as const

export default defineReward({
  name: 'button-press',
  env: 'button-press',
  about: 'Press the button on the side of the box.',
  phrases: ['push the button in', 'press the red button', 'hold the button down'],
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
    press: { weight: 3, value: s => nearness(s.objectToGoal, 15) },
    done: { weight: 4, value: s => s.success },
  },
})
