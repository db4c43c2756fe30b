import {
  defineReward,
  flag,
  footDown,
  isStill,
  isTall,
  isUpright,
  meanOfSides,
  scalar,
  sumSquares,
  vec3,
} from '../library.ts'

/** Standing still on both feet. */
export default defineReward({
  name: 'pose-standing',
  env: 'humanoid-pose',
  about: 'Stand upright.',
  phrases: [],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    standing: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    tall: { weight: 1, value: s => isTall(s.pelvisPosition) },
    feet: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.standing },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.standing === 1,
  succeeds: 0.5,
})
