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
  vec3,
} from '../library.ts'

/** From heights above the centre of the head, m. */
const isAbove = (height: number, wanted: number) => tolerance(height, { above: wanted, margin: 0.8 })

/** Standing, with both hands above the head. */
export default defineReward({
  name: 'pose-arms-raised',
  env: 'humanoid-pose',
  about: 'Stand with both arms raised.',
  phrases: ['raise your arms', 'hands up'],
  reads: {
    torsoUp: scalar('1'),
    torsoVelocity: vec3('m/s', 'world'),
    pelvisPosition: vec3('m', 'world'),
    rightFootPosition: vec3('m', 'world'),
    leftFootPosition: vec3('m', 'world'),
    headPosition: vec3('m', 'world'),
    rightHandPosition: vec3('m', 'world'),
    leftHandPosition: vec3('m', 'world'),
    rightElbowPosition: vec3('m', 'world'),
    leftElbowPosition: vec3('m', 'world'),
    armsRaised: flag(),
  },
  terms: {
    upright: { weight: 1, value: s => isUpright(s.torsoUp) },
    tall: { weight: 1, value: s => isTall(s.pelvisPosition) },
    feet: {
      weight: 0.5,
      value: s => meanOfSides(footDown(s.rightFootPosition), footDown(s.leftFootPosition)),
    },
    hands: {
      weight: 1,
      value: s =>
        meanOfSides(
          isAbove(s.rightHandPosition.z - s.headPosition.z, 0.2),
          isAbove(s.leftHandPosition.z - s.headPosition.z, 0.2),
        ),
    },
    elbows: {
      weight: 0.5,
      value: s =>
        meanOfSides(
          isAbove(s.rightElbowPosition.z - s.headPosition.z, -0.08),
          isAbove(s.leftElbowPosition.z - s.headPosition.z, -0.08),
        ),
    },
    still: { weight: 0.5, value: s => isStill(s.torsoVelocity) },
    held: { weight: 2, value: s => s.armsRaised },
    effort: { weight: -0.02, value: s => sumSquares(s.action) },
  },
  success: s => s.armsRaised === 1,
  succeeds: 0.5,
})
