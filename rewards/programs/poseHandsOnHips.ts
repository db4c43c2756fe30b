import {
  defineReward,
  distance,
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

/** A hand on the waist. */
const isAt = (hand: Vector3, waist: Vector3) => tolerance(distance(hand, waist), { below: 0.08, margin: 0.6 })
/** From how far the elbow is further out than the hand, m. */
const isOut = (width: number) => tolerance(width, { above: 0.06, margin: 0.3 })

/** Standing, each hand at the waist of its own side. */
export default defineReward({
  name: 'pose-hands-on-hips',
  env: 'humanoid-pose',
  about: 'Stand with your hands on your hips.',
  phrases: ['arms akimbo'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    rightHandPosition: vec3('m', 'world'),
    leftHandPosition: vec3('m', 'world'),
    rightWaistPosition: vec3('m', 'world'),
    leftWaistPosition: vec3('m', 'world'),
    rightHandFromTorso: vec3('m', 'body'),
    leftHandFromTorso: vec3('m', 'body'),
    rightElbowFromTorso: vec3('m', 'body'),
    leftElbowFromTorso: vec3('m', 'body'),
    handsOnHips: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    tall: { weight: 1, value: s => isTall(s.pelvisPosition) },
    feet: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    hands: {
      weight: 1.5,
      value: s =>
        meanOfSides(
          isAt(s.rightHandPosition, s.rightWaistPosition),
          isAt(s.leftHandPosition, s.leftWaistPosition),
        ),
    },
    elbows: {
      weight: 0.5,
      value: s =>
        meanOfSides(
          isOut(s.rightHandFromTorso.y - s.rightElbowFromTorso.y),
          isOut(s.leftElbowFromTorso.y - s.leftHandFromTorso.y),
        ),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.handsOnHips },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.handsOnHips === 1,
  succeeds: 0.5,
})
