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
  type Vector3,
  vec3,
  vector,
} from '../library.ts'

/** A knee folded, from its angle, rad. */
const isBent = (angle: number) => tolerance(angle, { above: 1.5, margin: 1.5 })
/** A knee at the side and not before the chest, from its height, m. */
const isLow = (height: number) => tolerance(height, { below: 0.3, margin: 0.4 })
/** A foot drawn in to the pelvis, over the ground. */
const isNear = (foot: Vector3, pelvis: Vector3) =>
  tolerance(Math.hypot(foot.x - pelvis.x, foot.y - pelvis.y), { below: 0.35, margin: 0.5 })

/** Seated cross-legged, as far as the hips of this body allow. */
export default defineReward({
  name: 'pose-lotus',
  env: 'humanoid-pose',
  about: 'Sit cross-legged in the lotus position.',
  phrases: ['meditating'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    kneeBend: vector(2, 'rad'),
    rightKneePosition: vec3('m', 'world'),
    leftKneePosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    kneesApart: scalar('m'),
    feetApart: scalar('m'),
    lotus: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    seated: { weight: 1, value: s => isSeated(s.pelvisPosition) },
    bent: { weight: 0.5, value: s => meanOfSides(isBent(s.kneeBend[0]), isBent(s.kneeBend[1])) },
    knees: {
      weight: 0.5,
      value: s => meanOfSides(isLow(s.rightKneePosition.z), isLow(s.leftKneePosition.z)),
    },
    shins: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    folded: {
      weight: 1,
      value: s => tolerance(s.kneesApart - s.feetApart, { above: 0.25, margin: 0.5 }),
    },
    drawnIn: {
      weight: 0.5,
      value: s =>
        meanOfSides(
          isNear(s.rightFootPosition, s.pelvisPosition),
          isNear(s.leftFootPosition, s.pelvisPosition),
        ),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.lotus },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.lotus === 1,
  succeeds: 0.5,
})
