/** What rewards may read of the humanoid: places and angles of its parts, and which of the goal poses it holds. */
import type { Vector3 } from '../../src/core/math.ts'
import { bodyPosition, flagOf, geomPosition, type Read, type Readouts, slice } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'
import { contacts, freeTorso } from '../readouts.ts'
import { GOALS, type Goal, legAngle, spread } from './goals.ts'
import { type Posture, posture } from './posture.ts'

/** The world among them. */
const BODIES = 14
/** Degrees of freedom of the torso; the hinges follow. */
const FREE = 6
const HINGES = 17
const JOINTS =
  'Abdomen z, y, x; right hip x, z, y and knee; left hip x, z, y and knee; right shoulder 1, 2 and elbow; left shoulder 1, 2 and elbow.'

const point = (about: string, read: Read, frame: 'world' | 'body' = 'world') =>
  ({ shape: [3], unit: 'm', frame, about, read }) as const

/** A point of the posture. */
const of =
  (pick: (p: Posture) => Vector3): Read =>
  (_, out, at) => {
    const { x, y, z } = pick(posture)
    out[at] = x
    out[at + 1] = y
    out[at + 2] = z
  }

const number = (unit: 'm' | 'rad', about: string, pick: (p: Posture) => number) =>
  ({
    shape: [],
    unit,
    about,
    read: (_: Views, out: Float64Array, at: number) => {
      out[at] = pick(posture)
    },
  }) as const

const velocityOfMass: Read = ({ sensordata, names }, out, at) => {
  const from = names.sensor('velocity')
  for (let i = 0; i < 3; i++) out[at + i] = sensordata[from + i]
}

const goal = (name: Goal, about: string) =>
  ({ shape: [], unit: 'bool', about, read: flagOf((_: Views) => GOALS[name](posture)) }) as const

export const poseSignals = {
  ...freeTorso,
  headPosition: point('Centre of the head.', geomPosition('head')),
  pelvisPosition: point('Centre of the pelvis.', bodyPosition('pelvis')),
  rightKneePosition: point('The right knee.', bodyPosition('right_shin')),
  leftKneePosition: point('The left knee.', bodyPosition('left_shin')),
  rightFootPosition: point('Centre of the right foot.', geomPosition('right_foot')),
  leftFootPosition: point('Centre of the left foot.', geomPosition('left_foot')),
  rightElbowPosition: point('The right elbow.', bodyPosition('right_lower_arm')),
  leftElbowPosition: point('The left elbow.', bodyPosition('left_lower_arm')),
  rightHandPosition: point('Centre of the right hand.', geomPosition('right_hand')),
  leftHandPosition: point('Centre of the left hand.', geomPosition('left_hand')),
  rightHandFromTorso: point(
    'Centre of the right hand; forward, left, up.',
    of(p => p.right.handFromTorso),
    'body',
  ),
  leftHandFromTorso: point(
    'Centre of the left hand; forward, left, up.',
    of(p => p.left.handFromTorso),
    'body',
  ),
  rightElbowFromTorso: point(
    'The right elbow; forward, left, up.',
    of(p => p.right.elbowFromTorso),
    'body',
  ),
  leftElbowFromTorso: point(
    'The left elbow; forward, left, up.',
    of(p => p.left.elbowFromTorso),
    'body',
  ),
  rightWaistPosition: point(
    'Where a hand on the right hip rests.',
    of(p => p.right.waist),
  ),
  leftWaistPosition: point(
    'Where a hand on the left hip rests.',
    of(p => p.left.waist),
  ),
  kneeBend: {
    shape: [2],
    unit: 'rad',
    about: 'Right and left knee; 0 is straight.',
    read(_, out, at) {
      const { right, left } = posture
      out[at] = right.kneeBend
      out[at + 1] = left.kneeBend
    },
  },
  legAngle: number('rad', 'Between the lines from hips to feet.', legAngle),
  kneesApart: number('m', 'Of the knees, along the pelvis; negative when crossed.', p =>
    spread(p, p.right.knee, p.left.knee),
  ),
  feetApart: number('m', 'Of the feet, along the pelvis; negative when crossed.', p =>
    spread(p, p.right.foot, p.left.foot),
  ),
  massVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the centre of mass, at the last force evaluation.',
    read: velocityOfMass,
  },
  jointAngles: { shape: [HINGES], unit: 'rad', about: JOINTS, read: slice('qpos', 7, HINGES) },
  jointRates: { shape: [HINGES], unit: 'rad/s', about: JOINTS, read: slice('qvel', FREE, HINGES) },
  ...contacts(BODIES),
  kneeling: goal('kneeling', 'Both knees are on the floor and the torso is up; it neither falls nor flies.'),
  lotus: goal('lotus', 'It sits with its legs crossed and its torso up.'),
  standing: goal('standing', 'It stands upright on both feet.'),
  armsRaised: goal('armsRaised', 'It stands with both hands above its head.'),
  splits: goal('splits', 'It sits with straight legs spread to the sides.'),
  handsOnHips: goal('handsOnHips', 'It stands with its hands on its hips and its elbows out.'),
  oneLeg: goal('oneLeg', 'It stands on one foot, the other lifted.'),
  armsCrossed: goal('armsCrossed', 'It stands with its forearms crossed before its trunk.'),
} as const satisfies Readouts
