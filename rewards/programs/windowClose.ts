import { defineReward, flag, scalar, vec3 } from '../define.ts'
import { distanceBeside, nearness } from '../terms/handling.ts'

/** From the handle to a hand whose fingers touch it, on its right, m. */
const TOUCHING = [0.03, 0, 0.03] as const

export default defineReward({
  name: 'window-close',
  env: 'window-close',
  about: 'Push the window shut.',
  phrases: ['close the window', 'shut the pane'],
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
    shut: { weight: 3, value: s => nearness(s.objectToGoal, 6) },
    done: { weight: 4, value: s => s.success },
  },
})
