import { defineReward, distanceBeside, flag, nearness, reaching, scalar, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it, on its left, m. */
const TOUCHING = [-0.03, 0, 0.03] as const

export default defineReward({
  name: 'window-open',
  env: 'window-open',
  about: 'Push the window open.',
  phrases: ['open the window', 'open the pane'],
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
    open: { weight: 3, value: s => nearness(s.objectToGoal, 6) },
    done: { weight: 4, value: s => s.success },
  },
})
