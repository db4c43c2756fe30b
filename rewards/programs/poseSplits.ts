import {
  defineReward,
  flag,
  footDown,
  isSeated,
  isStill,
  isUpright,
  meanOfSides,
  scalar,
  sumSquares,
  tolerance,
  vec3,
  vector,
} from '../library.ts'

/** A straight knee, from its angle, rad. */
const isStraight = (angle: number) => tolerance(angle, { below: 0.4, margin: 1.5 })

/** Straight legs spread to the sides, seated on the floor. */
export default defineReward({
  name: 'pose-splits',
  env: 'humanoid-pose',
  about: 'Do the splits.',
  phrases: [],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    kneeBend: vector(2, 'rad'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    legAngle: scalar('rad'),
    feetApart: scalar('m'),
    splits: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    seated: { weight: 1, value: s => isSeated(s.pelvisPosition) },
    angle: { weight: 1, value: s => tolerance(s.legAngle, { above: 2, margin: 1.5 }) },
    spread: { weight: 0.5, value: s => tolerance(s.feetApart, { above: 1.25, margin: 1 }) },
    straight: { weight: 0.5, value: s => meanOfSides(isStraight(s.kneeBend[0]), isStraight(s.kneeBend[1])) },
    feet: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.splits },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.splits === 1,
  succeeds: 0.5,
})
