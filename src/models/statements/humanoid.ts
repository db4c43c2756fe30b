/**
 * What can be said of a humanoid: the eight goal poses of `humanoid-pose`, with the thresholds of its own predicates and
 * degrees below them, and the parts they are made of. Speeds do not show in a picture and are left out.
 */
import { THRESHOLDS as T } from '../../../envs/humanoidPose/goals.ts'
import { all, either, lack, nearly, type Row, type Scene, type Statement } from '../statement.ts'

const Z = 2
const SIDES = ['right', 'left'] as const
type Side = (typeof SIDES)[number]

const z = (r: Row, name: string): number => r[name][Z]
const mean = (f: (side: Side) => number): number => (f('right') + f('left')) / 2
const apart = (a: Float64Array, b: Float64Array): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
const knee = (r: Row, side: Side): number => r.kneeBend[side === 'right' ? 0 : 1]

/** Of the torso's frame in the world, from its quaternion: the axes x forward, y left, z up. */
function axes([w, x, y, q]: Float64Array): readonly (readonly number[])[] {
  return [
    [1 - 2 * (y * y + q * q), 2 * (x * y + w * q), 2 * (x * q - w * y)],
    [2 * (x * y - w * q), 1 - 2 * (x * x + q * q), 2 * (y * q + w * x)],
    [2 * (x * q + w * y), 2 * (y * q - w * x), 1 - 2 * (x * x + y * y)],
  ]
}

const upright = (r: Row): number => lack(r.torsoUp[0], { above: T.upright, margin: 0.3 })
const seatedUpright = (r: Row): number => 1.5 * lack(r.torsoUp[0], { above: T.seatedUpright, margin: 0.4 })
const tall = (r: Row): number => 1.5 * lack(z(r, 'pelvisPosition'), { above: T.pelvisStanding, margin: 0.15 })
const seated = (r: Row): number => lack(z(r, 'pelvisPosition'), { below: T.pelvisOnFloor, margin: 0.35 })
const footDown = (r: Row, side: Side): number =>
  lack(z(r, `${side}FootPosition`), { below: T.footOnFloor, margin: 0.15 })
const footLow = (r: Row, side: Side): number =>
  lack(z(r, `${side}FootPosition`), { below: T.footLow, margin: 0.3 })
const kneeBent = (r: Row, side: Side): number => lack(knee(r, side), { above: T.kneeBent, margin: 0.7 })
const kneeDown = (r: Row, side: Side): number =>
  lack(z(r, `${side}KneePosition`), { below: T.kneeOnFloor, margin: 0.2 })
const shinBack = (r: Row, side: Side): number =>
  kneeDown(r, side) + kneeBent(r, side) + 0.5 * footLow(r, side)

const kneeling = (r: Row): number =>
  all(
    mean(side => shinBack(r, side)),
    lack(z(r, 'pelvisPosition'), { above: T.pelvisKneeling, margin: 0.1 }),
    seatedUpright(r),
  )

const lotus = (r: Row): number =>
  all(
    seated(r),
    seatedUpright(r),
    mean(
      side =>
        kneeBent(r, side) +
        0.7 * lack(z(r, `${side}KneePosition`), { below: T.kneeLow, margin: 0.2 }) +
        0.5 * footLow(r, side) +
        0.7 *
          lack(
            Math.hypot(
              r[`${side}FootPosition`][0] - r.pelvisPosition[0],
              r[`${side}FootPosition`][1] - r.pelvisPosition[1],
            ),
            { below: T.footNearPelvis, margin: 0.25 },
          ),
    ),
    lack(r.kneesApart[0] - r.feetApart[0], { above: T.shinsFolded, margin: 0.15 }),
  )

const erect = (r: Row): number => upright(r) + tall(r)
const stands = (r: Row): number => erect(r) + mean(side => footDown(r, side))
const standing = (r: Row): number => all(stands(r))

const handUp = (r: Row, side: Side): number =>
  lack(z(r, `${side}HandPosition`) - z(r, 'headPosition'), { above: T.handAboveHead, margin: 0.3 }) +
  0.5 * lack(z(r, `${side}ElbowPosition`) - z(r, 'headPosition'), { above: -T.elbowBelowHead, margin: 0.25 })
const armsRaised = (r: Row): number =>
  all(
    0.8 * stands(r),
    mean(side => handUp(r, side)),
  )

const spreadLegs = (r: Row): number =>
  mean(side => lack(knee(r, side), { below: T.kneeStraight, margin: 0.5 }) + 0.5 * footLow(r, side)) +
  lack(r.legAngle[0], { above: T.legsSplit, margin: 1 }) +
  0.7 * lack(r.feetApart[0], { above: T.feetSplit, margin: 0.7 })
const splits = (r: Row): number => all(seated(r), seatedUpright(r), spreadLegs(r))

/** In units of 10 cm: most of it lies near the goal, where arms hanging down are nearly right and are not. */
const handOnHip = (r: Row, side: Side): number => {
  const out = side === 'left' ? 1 : -1
  const elbow = out * (r[`${side}ElbowFromTorso`][1] - r[`${side}HandFromTorso`][1])
  const gap = apart(r[`${side}HandPosition`], r[`${side}WaistPosition`])
  const off = Math.max(0, gap - T.handOnHip) / 0.1
  return (2.5 * off * off) / (1 + off * off) + 0.2 * off + lack(elbow, { above: T.elbowOut, margin: 0.1 })
}
const handsOnHips = (r: Row): number =>
  all(
    0.8 * stands(r),
    mean(side => handOnHip(r, side)),
  )

const liftedFoot = (r: Row): number => z(r, 'rightFootPosition') - z(r, 'leftFootPosition')
const oneLeg = (r: Row): number => {
  const standsOn = liftedFoot(r) > 0 ? 'left' : 'right'
  return all(
    0.8 * erect(r),
    footDown(r, standsOn),
    1.3 * lack(Math.abs(liftedFoot(r)), { above: T.footLifted, margin: 0.08 }),
  )
}

const crossed = (r: Row): number => {
  const right = r.rightHandFromTorso
  const left = r.leftHandFromTorso
  const before = (hand: Float64Array): number =>
    lack(hand[0], { above: 0, below: T.crossedReach, margin: 0.2 }) +
    lack(hand[2], { above: T.crossedBottom, below: T.crossedTop, margin: 0.2 })
  return (
    lack(right[1], { above: T.handAcross, margin: 0.25 }) +
    lack(-left[1], { above: T.handAcross, margin: 0.25 }) +
    1.2 * lack(right[1] - left[1], { above: T.handsCrossed, margin: 0.2 }) +
    (before(right) + before(left)) / 2 +
    0.5 * mean(side => lack(r[`${side}ElbowFromTorso`][2], { below: T.crossedElbow, margin: 0.15 }))
  )
}
const armsCrossed = (r: Row): number => all(0.8 * stands(r), 0.8 * crossed(r))

/** Lowest of the points that are told: above the floor by this when nothing touches it. */
const lowest = (r: Row): number =>
  Math.min(
    z(r, 'pelvisPosition') - 0.09,
    z(r, 'headPosition') - 0.09,
    ...SIDES.flatMap(side => [
      z(r, `${side}KneePosition`) - 0.05,
      z(r, `${side}FootPosition`) - 0.075,
      z(r, `${side}HandPosition`) - 0.04,
      z(r, `${side}ElbowPosition`) - 0.04,
    ]),
  )

const flat = (r: Row): number =>
  lack(z(r, 'pelvisPosition'), { below: 0.2, margin: 0.2 }) +
  lack(z(r, 'headPosition'), { below: 0.25, margin: 0.2 })
/** The torso's axes, as far as each points up. */
const up = (r: Row): readonly number[] => axes(r.torsoOrientation).map(axis => axis[Z])

const statement = (
  id: string,
  degree: Statement['degree'],
  phrases: readonly string[],
  heldOut?: readonly string[],
): Statement => ({ id, degree, phrases, heldOut })

const GOALS: readonly Statement[] = [
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
const sharpened =
  (degree: Statement['degree']): Statement['degree'] =>
  row => {
    const raw = degree(row)
    return raw === 1 ? 1 : SHORT * raw
  }
const SHORT = 0.8

/** 'almost kneeling', and that it is not. */
const GRADES: readonly Statement[] = GOALS.flatMap(({ id, degree, phrases, heldOut }) => {
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
