import {
  defineReward,
  flag,
  footDown,
  isStill,
  isUpright,
  meanOfSides,
  scalar,
  sumSquares,
  tolerance,
  vec3,
  vector,
} from '../library.ts'

/** A knee on the floor, from its height, m; the shin's own radius is 0.049. */
const kneeDown = (height: number) => tolerance(height, { below: 0.08, margin: 0.4 })
/** A knee bent by a right angle, from its angle, rad. */
const isBent = (angle: number) => tolerance(angle, { above: 1.3, margin: 1.5 })

/** Down on both knees, the torso up. */
export default defineReward({
  name: 'pose-kneeling',
  env: 'humanoid-pose',
  about: 'Kneel on both knees.',
  phrases: ['kneeling'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    kneeBend: vector(2, 'rad'),
    rightKneePosition: vec3('m', 'world'),
    leftKneePosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    kneeling: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    knees: {
      weight: 1,
      value: s => meanOfSides(kneeDown(s.rightKneePosition.z), kneeDown(s.leftKneePosition.z)),
    },
    hips: { weight: 1, value: s => tolerance(s.pelvisPosition.z, { above: 0.3, below: 0.55, margin: 0.4 }) },
    bent: { weight: 0.5, value: s => meanOfSides(isBent(s.kneeBend[0]), isBent(s.kneeBend[1])) },
    shins: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.kneeling },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.kneeling === 1,
  succeeds: 0.5,
})
