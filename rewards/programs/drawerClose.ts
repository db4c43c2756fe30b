import { defineReward, distanceBeside, flag, nearness, reaching, scalar, vec3 } from '../library.ts'

/** From the handle to a hand whose fingers touch it in front, m. */
const TOUCHING = [0, -0.025, 0.02] as const

export default defineReward({
  name: 'drawer-close',
  env: 'drawer-close',
  about: 'Push the drawer shut.',
  phrases: ['close the drawer', 'shove the drawer in'],
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
    shut: { weight: 3, value: s => nearness(s.objectToGoal, 7) },
    done: { weight: 4, value: s => s.success },
  },
})
