import { defineReward, distanceBeside, flag, nearness, scalar, vec3 } from '../library.ts'

/** From the cube to a hand whose fingers are around it, or behind it, m. */
const AROUND = [0, 0, 0.04] as const

export default defineReward({
  name: 'sweep-into',
  env: 'sweep-into',
  about: 'Sweep the cube into the hole.',
  phrases: ['push the block into the hole', 'drop the cube into the hole of the table'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    // The cube in the hole is out of reach; whoever has brought it there need not follow.
    reach: {
      weight: 1,
      value: s =>
        s.success === 1 ? 1 : nearness(distanceBeside(s.handPosition, s.objectPosition, AROUND), 10),
    },
    sweep: { weight: 3, value: s => nearness(s.objectToGoal, 5) },
    done: { weight: 4, value: s => s.success },
  },
})
