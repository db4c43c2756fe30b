import {
  defineReward,
  flag,
  footDown,
  isStill,
  isTall,
  isUpright,
  scalar,
  sumSquares,
  tolerance,
  vec3,
} from '../library.ts'

/** Standing on one foot, whichever, with the other lifted. */
export default defineReward({
  name: 'pose-one-leg',
  env: 'humanoid-pose',
  about: 'Stand on one leg.',
  phrases: ['balance on a single leg'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    oneLeg: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    tall: { weight: 1, value: s => isTall(s.pelvisPosition) },
    support: {
      weight: 0.5,
      value: s => Math.max(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    lift: {
      weight: 1.5,
      value: s =>
        tolerance(Math.abs(s.rightFootPosition.z - s.leftFootPosition.z), { above: 0.25, margin: 0.3 }),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.oneLeg },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.oneLeg === 1,
  succeeds: 0.5,
})
