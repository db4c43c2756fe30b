import { defineReward, flag, nearness, scalar, vec3 } from '../library.ts'

/** A finger behind the handle is this far from it, towards the door, and the hand this far above, m. */
const BEHIND = 0.04
const ABOVE = 0.02

export default defineReward({
  name: 'door-pair',
  env: 'door-pair',
  about: 'Open and close the door in turns.',
  phrases: ['pull the door open and push it shut', 'open the door, then shut it'],
  reads: {
    handPosition: vec3('m', 'world'),
    objectPosition: vec3('m', 'world'),
    jointPosition: scalar('rad'),
    objectToGoal: scalar('m'),
    success: flag(),
  },
  terms: {
    reach: {
      weight: 1,
      value: s =>
        nearness(
          Math.hypot(
            s.handPosition.x - s.objectPosition.x - BEHIND * Math.sin(s.jointPosition),
            s.handPosition.y - s.objectPosition.y - BEHIND * Math.cos(s.jointPosition),
            s.handPosition.z - s.objectPosition.z - ABOVE,
          ),
          7,
        ),
    },
    move: { weight: 4, value: s => nearness(s.objectToGoal, 3) },
    done: { weight: 4, value: s => s.success },
  },
})
