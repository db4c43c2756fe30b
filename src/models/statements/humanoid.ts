/** What can be said of a humanoid: goal poses, and the parts of a posture. Speeds do not show in a picture and are left out. */
import { THRESHOLDS as T } from '../../../envs/humanoidPose/goals.ts'
import { all, either, lack, type Scene, type Statement, statement } from '../statement.ts'
import { GOALS, GRADES, sharpened } from './humanoidGoals.ts'
import {
  apart,
  crossed,
  erect,
  flat,
  footDown,
  footLow,
  handOnHip,
  handUp,
  knee,
  kneeBent,
  kneeDown,
  liftedFoot,
  lowest,
  mean,
  SIDES,
  type Side,
  seated,
  seatedUpright,
  shinBack,
  up,
  upright,
  z,
} from './humanoidPosture.ts'

const PARTS: readonly Statement[] = [
  statement(
    'upright',
    r => all(1.5 * upright(r)),
    ['with an upright torso', 'with its torso upright', 'upright', 'holding its torso upright'],
    ['with its upper body upright'],
  ),
  statement(
    'lying',
    r => all(flat(r), lack(Math.abs(r.torsoUp[0]), { below: 0.4, margin: 0.3 })),
    [
      'lying on the floor',
      'lying on the ground',
      'lying down',
      'lying flat',
      'that has fallen',
      'fallen to the floor',
      'that fell down',
      'fallen over',
    ],
    ['lying flat on the ground', 'that has fallen over'],
  ),
  statement(
    'on-back',
    r => all(flat(r), 1.5 * lack(up(r)[0], { above: 0.7, margin: 0.5 })),
    ['lying on its back', 'lying face up', 'lying flat on its back', 'fallen onto its back', 'on its back'],
    ['lying on the floor, face up'],
  ),
  statement(
    'on-face',
    r => all(flat(r), 1.5 * lack(-up(r)[0], { above: 0.7, margin: 0.5 })),
    [
      'lying face down',
      'lying on its face',
      'lying on its stomach',
      'lying on its belly',
      'fallen onto its face',
    ],
    ['lying on the floor, face down'],
  ),
  statement(
    'on-side',
    r => all(flat(r), 1.5 * lack(Math.abs(up(r)[1]), { above: 0.7, margin: 0.5 })),
    ['lying on its side', 'lying sideways', 'fallen onto its side'],
    ['lying sideways on the floor'],
  ),
  statement(
    'head-down',
    r => all(1.5 * lack(z(r, 'headPosition') - z(r, 'pelvisPosition'), { below: -0.15, margin: 0.3 })),
    ['upside down', 'with its head below its hips', 'standing on its head', 'doing a headstand'],
    ['turned upside down'],
  ),
  statement(
    'seated',
    r => all(seated(r), seatedUpright(r)),
    ['sitting', 'sitting down', 'sitting on the floor', 'seated', 'seated on the ground', 'that sits'],
    ['that sits on the ground'],
  ),
  statement(
    'legs-ahead',
    r =>
      all(
        seated(r),
        seatedUpright(r),
        mean(side => lack(knee(r, side), { below: 0.5, margin: 0.5 }) + 0.5 * footLow(r, side)),
        lack(r.feetApart[0], { below: 0.6, margin: 0.3 }),
      ),
    ['sitting with its legs stretched out ahead', 'sitting with straight legs in front'],
    ['seated with its legs stretched out in front'],
  ),
  statement(
    'knees-up',
    r =>
      all(
        seated(r),
        seatedUpright(r),
        mean(side => lack(z(r, `${side}KneePosition`), { above: 0.4, margin: 0.15 }) + kneeBent(r, side)),
      ),
    ['sitting with its knees drawn up', 'sitting with bent knees before its chest', 'sitting with knees up'],
    ['seated with its knees drawn up'],
  ),
  statement(
    'squat',
    r =>
      all(
        lack(z(r, 'pelvisPosition'), { above: 0.28, below: 0.62, margin: 0.12 }),
        mean(side => footDown(r, side) + kneeBent(r, side)),
        mean(side => lack(z(r, `${side}KneePosition`), { above: 0.25, margin: 0.12 })),
        upright(r) * 0.5,
      ),
    ['squatting', 'crouching', 'in a squat', 'squatting down', 'crouching down', 'that crouches'],
    ['crouching low', 'in a crouch'],
  ),
  statement(
    'one-knee',
    r => {
      const half = (down: Side, other: Side) =>
        all(
          shinBack(r, down),
          lack(z(r, `${other}KneePosition`), { above: 0.3, margin: 0.12 }),
          footDown(r, other),
          seatedUpright(r),
        )
      return either(half('left', 'right'), half('right', 'left'))
    },
    ['kneeling on one knee', 'down on one knee', 'on one knee', 'kneeling with one knee up'],
    ['resting on one knee'],
  ),
  statement(
    'all-fours',
    r =>
      all(
        mean(side => kneeDown(r, side) + lack(z(r, `${side}HandPosition`), { below: 0.08, margin: 0.15 })),
        lack(z(r, 'pelvisPosition'), { above: 0.3, margin: 0.12 }),
        lack(r.torsoUp[0], { below: 0.5, margin: 0.3 }),
      ),
    ['on all fours', 'on its hands and knees', 'crawling'],
    ['down on all fours'],
  ),
  statement(
    'bowing',
    r =>
      all(
        1.5 * lack(-up(r)[0], { above: 0.5, below: 0.95, margin: 0.2 }),
        lack(z(r, 'pelvisPosition'), { above: 0.45, margin: 0.15 }),
        mean(side => footDown(r, side)),
      ),
    ['bending forward', 'bowing', 'leaning forward', 'bent over'],
    ['bending over'],
  ),
  statement(
    'leaning-back',
    r =>
      all(
        1.5 * lack(up(r)[0], { above: 0.35, below: 0.9, margin: 0.2 }),
        lack(z(r, 'pelvisPosition'), { above: 0.3, margin: 0.15 }),
      ),
    ['leaning back', 'leaning backwards', 'tipping over backwards', 'bending backwards'],
    ['that leans back'],
  ),
  statement(
    'airborne',
    r => all(lack(lowest(r), { above: 0.12, margin: 0.06 })),
    ['in the air', 'falling', 'above the floor', 'jumping', 'that touches nothing', 'floating'],
    ['up in the air'],
  ),
  statement(
    'both-hands-up',
    r => all(mean(side => handUp(r, side))),
    ['with both arms raised', 'with both arms up', 'raising both hands', 'with its hands above its head'],
    ['with both hands up'],
  ),
  ...SIDES.map(side =>
    statement(
      `${side}-hand-up`,
      r => all(handUp(r, side)),
      [`raising its ${side} arm`, `with its ${side} arm up`, `with its ${side} hand above its head`],
      [`with its ${side} hand up`],
    ),
  ),
  statement(
    'one-hand-up',
    r => {
      const only = (raised: Side, other: Side) =>
        all(
          handUp(r, raised),
          lack(z(r, `${other}HandPosition`) - z(r, 'headPosition'), { below: -0.15, margin: 0.12 }),
        )
      return either(only('left', 'right'), only('right', 'left'))
    },
    ['with one arm raised', 'raising one arm', 'with only one hand up', 'waving one hand'],
    ['raising only one arm'],
  ),
  statement(
    'arms-down',
    r =>
      all(
        mean(side =>
          lack(z(r, `${side}HandPosition`) - z(r, 'pelvisPosition'), { below: 0.05, margin: 0.12 }),
        ),
      ),
    [
      'with its arms down',
      'with its arms hanging down',
      'with hanging arms',
      'with its hands beside its thighs',
    ],
    ['with both arms hanging down'],
  ),
  statement(
    'arms-wide',
    r =>
      all(
        mean(side => {
          const out = (side === 'left' ? 1 : -1) * r[`${side}HandFromTorso`][1]
          return (
            lack(out, { above: 0.42, margin: 0.12 }) +
            lack(r[`${side}HandFromTorso`][2], { above: -0.2, below: 0.3, margin: 0.15 })
          )
        }),
      ),
    [
      'with its arms stretched out to the sides',
      'with its arms spread wide',
      'in a t pose',
      'with arms spread',
    ],
    ['with both arms stretched out sideways'],
  ),
  statement(
    'arms-ahead',
    r =>
      all(
        mean(
          side =>
            lack(r[`${side}HandFromTorso`][0], { above: 0.4, margin: 0.12 }) +
            lack(r[`${side}HandFromTorso`][2], { above: -0.25, below: 0.3, margin: 0.15 }),
        ),
      ),
    ['with its arms stretched out ahead', 'reaching forward with both arms', 'with both arms forward'],
    ['with both arms stretched forward'],
  ),
  statement(
    'hands-at-hips',
    r => all(mean(side => handOnHip(r, side))),
    ['with its hands on its hips', 'with hands on hips', 'with both hands at its waist', 'with arms akimbo'],
    ['with both hands on the hips'],
  ),
  statement(
    'crossed-arms',
    r => all(crossed(r)),
    ['with its arms crossed', 'with crossed arms', 'with folded arms', 'crossing its arms'],
    ['with its arms folded'],
  ),
  statement(
    'hands-together',
    r => all(1.5 * lack(apart(r.rightHandPosition, r.leftHandPosition), { below: 0.12, margin: 0.1 })),
    ['with its hands together', 'with both hands touching', 'holding its hands together'],
    ['with touching hands'],
  ),
  statement(
    'legs-apart',
    r => all(lack(r.legAngle[0], { above: 1.2, margin: 0.3 })),
    ['with its legs apart', 'with its legs spread', 'with spread legs', 'with its feet wide apart'],
    ['spreading its legs'],
  ),
  statement(
    'legs-together',
    r => all(1.5 * lack(r.legAngle[0], { below: 0.35, margin: 0.2 })),
    ['with its legs together', 'with its feet close together', 'with closed legs'],
    ['with both legs together'],
  ),
  statement(
    'knees-bent',
    r => all(mean(side => 1.5 * kneeBent(r, side))),
    ['with bent knees', 'with its knees bent', 'bending its knees', 'with both legs bent'],
    ['with both knees bent'],
  ),
  statement(
    'knees-straight',
    r => all(mean(side => 1.5 * lack(knee(r, side), { below: 0.4, margin: 0.3 }))),
    ['with straight legs', 'with its legs stretched', 'with straight knees', 'with stretched legs'],
    ['with both legs straight'],
  ),
  ...SIDES.map((side, i) =>
    statement(
      `${side}-foot-up`,
      r =>
        all(erect(r), 1.3 * lack((i === 0 ? 1 : -1) * liftedFoot(r), { above: T.footLifted, margin: 0.08 })),
      [`lifting its ${side} leg`, `with its ${side} foot off the floor`, `with its ${side} leg raised`],
      [`with its ${side} leg lifted`],
    ),
  ),
  statement('hips-high', r => all(lack(z(r, 'pelvisPosition'), { above: 0.75, margin: 0.12 })), [
    'with its hips high above the floor',
    'with high hips',
  ]),
  statement('hips-low', r => all(lack(z(r, 'pelvisPosition'), { below: 0.25, margin: 0.12 })), [
    'with its hips close to the floor',
    'with low hips',
    'with its bottom near the floor',
  ]),
]

export const humanoid: Scene = {
  id: 'humanoid',
  envs: ['humanoid-pose', 'humanoid', 'humanoid-standup'],
  subjects: [
    'a humanoid robot',
    'a humanoid',
    'a robot',
    'the humanoid robot',
    'the humanoid',
    'a human-like robot',
    'a humanoid figure',
    'a simulated humanoid robot',
    'a person',
    'one humanoid robot',
    'a robot with two arms and two legs',
    'a mannequin',
  ],
  heldOutSubjects: ['a simulated humanoid', 'the robot', 'a humanoid robot figure'],
  statements: [
    { ...statement('humanoid', () => 1, ['']), weight: 4 },
    ...GOALS.map(goal => ({ ...goal, degree: sharpened(goal.degree), weight: 5 })),
    ...GRADES.map(grade => ({ ...grade, weight: 0.8 })),
    ...PARTS,
  ],
}
