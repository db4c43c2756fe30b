import { defineReward, distanceBeside, flag, nearness, scalar, vec3 } from '../library.ts'

/** From the handle to a hand with a finger behind it, which pulls by the handle and pushes against the front, m. */
const HOOKED = [0, 0.025, 0.02] as const

export default defineReward({
  name: 'drawer-pair',
  env: 'drawer-pair',
  about: 'Open and close the drawer in turns.',
  phrases: ['pull the drawer open and push it shut', 'open the drawer, then shut it'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    reach: {
      weight: 1,
      value: s => nearness(distanceBeside(s.handPosition, s.objectPosition, HOOKED), 7),
    },
    move: { weight: 4, value: s => nearness(s.objectToGoal, 5) },
    done: { weight: 4, value: s => s.success },
  },
})
