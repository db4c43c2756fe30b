/** What can be said of a humanoid in one of the eight goal poses of `humanoid-pose`, or nearly in it. */
import { nearly, type Statement, statement } from '../statement.ts'
import {
  armsCrossed,
  armsRaised,
  handsOnHips,
  kneeling,
  lotus,
  oneLeg,
  splits,
  standing,
} from './humanoidPosture.ts'

/** The goals as they are. */
export const GOALS: readonly Statement[] = [
  statement(
    'kneeling',
    kneeling,
    [
      'kneeling',
      'kneeling down',
      'kneeling on the floor',
      'kneeling on the ground',
      'kneeling on both knees',
      'on its knees',
      'down on its knees',
      'on both knees',
      'in a kneeling position',
      'in a kneeling pose',
      'that kneels',
      'that kneels on the floor',
      'resting on its knees',
      'kneeling upright',
      'with both knees on the floor and its torso up',
      'with its knees on the ground and its body upright',
    ],
    ['that is down on both knees', 'in a kneel', 'kneeling upright on the ground', 'resting on both knees'],
  ),
  statement(
    'lotus',
    lotus,
    [
      'seated down, meditating in the lotus position',
      'meditating in the lotus position',
      'sitting in the lotus position',
      'in the lotus position',
      'in the lotus pose',
      'meditating',
      'sitting cross-legged',
      'seated cross-legged on the floor',
      'sitting with crossed legs',
      'sitting with its legs crossed',
      'sitting down with its legs folded',
      'seated with folded legs',
      'sitting on the floor with its legs crossed',
      'sitting cross-legged, meditating',
      'that meditates',
    ],
    [
      'seated on the ground with crossed legs',
      'meditating with its legs folded',
      'in a cross-legged position',
      'seated in the lotus pose',
    ],
  ),
  statement(
    'standing',
    standing,
    [
      'standing up',
      'standing',
      'standing upright',
      'standing straight',
      'standing on both feet',
      'standing on two feet',
      'standing tall',
      'standing on the floor',
      'on its feet',
      'upright on both feet',
      'upright on its feet',
      'in a standing position',
      'in an upright standing pose',
      'that stands',
      'that stands up straight',
      'with both feet on the floor, standing',
    ],
    [
      'that stands on both feet',
      'in a standing pose',
      'standing up straight on its feet',
      'upright on two feet',
    ],
  ),
  statement(
    'arms-raised',
    armsRaised,
    [
      'standing up, with both arms raised',
      'standing with both arms raised',
      'standing with its arms raised',
      'standing up with its arms up',
      'standing with both hands above its head',
      'standing with its hands up in the air',
      'standing, raising both arms',
      'raising both arms while standing',
      'standing and holding both arms up',
      'standing with arms stretched up',
      'standing with its arms above its head',
      'that stands with both arms raised',
      'standing and reaching up with both hands',
    ],
    [
      'standing with both arms up in the air',
      'that stands with its hands above its head',
      'standing, with both hands raised',
      'standing and stretching both arms up',
    ],
  ),
  statement(
    'splits',
    splits,
    [
      'practicing gymnastics, doing the side splits',
      'doing the side splits',
      'doing the splits',
      'doing a split',
      'in the splits',
      'in the side splits',
      'doing gymnastics, in the splits',
      'sitting with its legs spread wide to the sides',
      'seated with straight legs spread to the sides',
      'sitting on the floor with both legs stretched out to the sides',
      'doing a side split on the floor',
      'that does the splits',
      'practicing the splits',
    ],
    [
      'practicing the side splits on the floor',
      'in a side split',
      'seated with both legs spread wide',
      'that does a side split',
    ],
  ),
  statement(
    'hands-on-hips',
    handsOnHips,
    [
      'standing up with hands on hips',
      'standing with its hands on its hips',
      'standing with both hands on the hips',
      'standing with hands on its waist',
      'standing with arms akimbo',
      'with its hands on its hips, standing',
      'standing upright with both hands at its waist',
      'standing, its hands resting on its hips',
      'that stands with hands on hips',
      'standing with its hands at its hips and its elbows out',
      'standing, hands on hips',
    ],
    [
      'standing upright with its hands on its waist',
      'that stands, both hands on its hips',
      'standing, with both hands resting on the hips',
    ],
  ),
  statement(
    'one-leg',
    oneLeg,
    [
      'standing up on one leg',
      'standing on one leg',
      'standing on one foot',
      'balancing on one leg',
      'balancing on one foot',
      'standing on a single leg',
      'standing with one leg raised',
      'standing with one foot lifted',
      'standing with one foot off the floor',
      'standing with one leg in the air',
      'that stands on one leg',
      'upright on one leg',
      'standing on only one foot',
    ],
    [
      'balancing on a single leg',
      'that stands with one foot in the air',
      'upright on one foot',
      'standing with one leg lifted',
    ],
  ),
  statement(
    'arms-crossed',
    armsCrossed,
    [
      'standing up, with its arms crossed',
      'standing with its arms crossed',
      'standing with crossed arms',
      'standing with folded arms',
      'standing, arms crossed before its chest',
      'standing with its arms folded in front of its chest',
      'standing, with both arms crossed',
      'that stands with its arms crossed',
      'standing upright with its forearms crossed',
      'standing with its arms crossed in front of the body',
    ],
    ['standing, its arms folded', 'that stands with crossed arms', 'standing upright, arms crossed'],
  ),
]

/** The goal itself is set apart from what nearly is it, as only the one counts in the end. */
export const sharpened =
  (degree: Statement['degree']): Statement['degree'] =>
  row => {
    const raw = degree(row)
    return raw === 1 ? 1 : SHORT * raw
  }
const SHORT = 0.8

/** 'almost kneeling', and that it is not. */
export const GRADES: readonly Statement[] = GOALS.flatMap(({ id, degree, phrases, heldOut }) => {
  const plain = (list: readonly string[]) => list.filter(phrase => !/^(that|with)\b/.test(phrase)).slice(0, 8)
  const graded = (words: readonly string[], list: readonly string[]) =>
    words.flatMap(word => plain(list).map(phrase => `${word} ${phrase}`))
  return [
    statement(
      `nearly-${id}`,
      r => nearly(degree(r)),
      graded(['nearly', 'almost', 'not quite'], phrases),
      graded(['almost'], heldOut ?? []),
    ),
    statement(
      `not-${id}`,
      r => 1 - degree(r),
      graded(['not', 'that is not'], phrases),
      graded(['not'], heldOut ?? []),
    ),
  ]
})
