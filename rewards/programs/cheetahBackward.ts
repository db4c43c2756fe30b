import { defineReward, sumSquares, vec3 } from '../library.ts'

/** m/s. */
const RUNNING_SPEED = 1

export default defineReward({
  name: 'cheetah-backward',
  env: 'half-cheetah',
  about: 'Run backward as fast as you can.',
  phrases: ['sprint backwards', 'move in reverse', 'go back', 'run away rear first'],
  reads: {
    torsoVelocity: vec3('m/s', 'world'),
  },
  terms: {
    backward: { weight: 1, value: s => -s.torsoVelocity.x },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
  success: s => s.torsoVelocity.x < -RUNNING_SPEED,
})
