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
  tolerance,
  type Vector3,
  vec3,
} from '../library.ts'

/** From how far a hand is beyond the midline, m. */
const isAcross = (beyond: number) => tolerance(beyond, { above: 0.04, margin: 0.3 })
/** A hand before the trunk, near it. */
const isBefore = (hand: Vector3) =>
  tolerance(hand.z, { above: -0.28, below: 0.05, margin: 0.4 }) *
  tolerance(hand.x, { above: 0.05, below: 0.48, margin: 0.3 })
/** An elbow below the shoulder. */
const isDown = (elbow: Vector3) => tolerance(elbow.z, { below: 0, margin: 0.4 })

/** Standing, the forearms crossed before the trunk. */
export default defineReward({
  name: 'pose-arms-crossed',
  env: 'humanoid-pose',
  about: 'Stand with your arms crossed.',
  phrases: ['fold your arms'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    rightHandFromTorso: vec3('m', 'body'),
    leftHandFromTorso: vec3('m', 'body'),
    rightElbowFromTorso: vec3('m', 'body'),
    leftElbowFromTorso: vec3('m', 'body'),
    armsCrossed: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    tall: { weight: 1, value: s => isTall(s.pelvisPosition) },
    feet: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    crossed: {
      weight: 1.5,
      value: s => tolerance(s.rightHandFromTorso.y - s.leftHandFromTorso.y, { above: 0.12, margin: 0.6 }),
    },
    across: {
      weight: 0.5,
      value: s => meanOfSides(isAcross(s.rightHandFromTorso.y), isAcross(-s.leftHandFromTorso.y)),
    },
    trunk: {
      weight: 1,
      value: s => meanOfSides(isBefore(s.rightHandFromTorso), isBefore(s.leftHandFromTorso)),
    },
    elbows: {
      weight: 0.5,
      value: s => meanOfSides(isDown(s.rightElbowFromTorso), isDown(s.leftElbowFromTorso)),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.armsCrossed },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.armsCrossed === 1,
  succeeds: 0.5,
})
