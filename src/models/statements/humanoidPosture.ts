/**
 * How far a humanoid's posture is one or another: the eight goal poses of `humanoid-pose`, with the thresholds of its own
 * predicates and degrees below them, and the parts they are made of.
 */
import { THRESHOLDS as T } from '../../../envs/humanoidPose/goals.ts'
import { all, lack, type Row } from '../statement.ts'

const Z = 2
export const SIDES = ['right', 'left'] as const
export type Side = (typeof SIDES)[number]

export const z = (r: Row, name: string): number => r[name][Z]
export const mean = (f: (side: Side) => number): number => (f('right') + f('left')) / 2
export const apart = (a: Float64Array, b: Float64Array): number =>
  Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
export const knee = (r: Row, side: Side): number => r.kneeBend[side === 'right' ? 0 : 1]

/** Of the torso's frame in the world, from its quaternion: the axes x forward, y left, z up. */
function axes([w, x, y, q]: Float64Array): readonly (readonly number[])[] {
  return [
    [1 - 2 * (y * y + q * q), 2 * (x * y + w * q), 2 * (x * q - w * y)],
    [2 * (x * y - w * q), 1 - 2 * (x * x + q * q), 2 * (y * q + w * x)],
    [2 * (x * q + w * y), 2 * (y * q - w * x), 1 - 2 * (x * x + y * y)],
  ]
}

export const upright = (r: Row): number => lack(r.torsoUp[0], { above: T.upright, margin: 0.3 })
export const seatedUpright = (r: Row): number =>
  1.5 * lack(r.torsoUp[0], { above: T.seatedUpright, margin: 0.4 })
const tall = (r: Row): number => 1.5 * lack(z(r, 'pelvisPosition'), { above: T.pelvisStanding, margin: 0.15 })
export const seated = (r: Row): number =>
  lack(z(r, 'pelvisPosition'), { below: T.pelvisOnFloor, margin: 0.35 })
export const footDown = (r: Row, side: Side): number =>
  lack(z(r, `${side}FootPosition`), { below: T.footOnFloor, margin: 0.15 })
export const footLow = (r: Row, side: Side): number =>
  lack(z(r, `${side}FootPosition`), { below: T.footLow, margin: 0.3 })
export const kneeBent = (r: Row, side: Side): number =>
  lack(knee(r, side), { above: T.kneeBent, margin: 0.7 })
export const kneeDown = (r: Row, side: Side): number =>
  lack(z(r, `${side}KneePosition`), { below: T.kneeOnFloor, margin: 0.2 })
export const shinBack = (r: Row, side: Side): number =>
  kneeDown(r, side) + kneeBent(r, side) + 0.5 * footLow(r, side)

export const kneeling = (r: Row): number =>
  all(
    mean(side => shinBack(r, side)),
    lack(z(r, 'pelvisPosition'), { above: T.pelvisKneeling, margin: 0.1 }),
    seatedUpright(r),
  )

export const lotus = (r: Row): number =>
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

export const erect = (r: Row): number => upright(r) + tall(r)
const stands = (r: Row): number => erect(r) + mean(side => footDown(r, side))
export const standing = (r: Row): number => all(stands(r))

export const handUp = (r: Row, side: Side): number =>
  lack(z(r, `${side}HandPosition`) - z(r, 'headPosition'), { above: T.handAboveHead, margin: 0.3 }) +
  0.5 * lack(z(r, `${side}ElbowPosition`) - z(r, 'headPosition'), { above: -T.elbowBelowHead, margin: 0.25 })
export const armsRaised = (r: Row): number =>
  all(
    0.8 * stands(r),
    mean(side => handUp(r, side)),
  )

const spreadLegs = (r: Row): number =>
  mean(side => lack(knee(r, side), { below: T.kneeStraight, margin: 0.5 }) + 0.5 * footLow(r, side)) +
  lack(r.legAngle[0], { above: T.legsSplit, margin: 1 }) +
  0.7 * lack(r.feetApart[0], { above: T.feetSplit, margin: 0.7 })
export const splits = (r: Row): number => all(seated(r), seatedUpright(r), spreadLegs(r))

/** In units of 10 cm: most of it lies near the goal, where arms hanging down are nearly right and are not. */
export const handOnHip = (r: Row, side: Side): number => {
  const out = side === 'left' ? 1 : -1
  const elbow = out * (r[`${side}ElbowFromTorso`][1] - r[`${side}HandFromTorso`][1])
  const gap = apart(r[`${side}HandPosition`], r[`${side}WaistPosition`])
  const off = Math.max(0, gap - T.handOnHip) / 0.1
  return (2.5 * off * off) / (1 + off * off) + 0.2 * off + lack(elbow, { above: T.elbowOut, margin: 0.1 })
}
export const handsOnHips = (r: Row): number =>
  all(
    0.8 * stands(r),
    mean(side => handOnHip(r, side)),
  )

export const liftedFoot = (r: Row): number => z(r, 'rightFootPosition') - z(r, 'leftFootPosition')
export const oneLeg = (r: Row): number => {
  const standsOn = liftedFoot(r) > 0 ? 'left' : 'right'
  return all(
    0.8 * erect(r),
    footDown(r, standsOn),
    1.3 * lack(Math.abs(liftedFoot(r)), { above: T.footLifted, margin: 0.08 }),
  )
}

export const crossed = (r: Row): number => {
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
export const armsCrossed = (r: Row): number => all(0.8 * stands(r), 0.8 * crossed(r))

/** Lowest of the points that are told: above the floor by this when nothing touches it. */
export const lowest = (r: Row): number =>
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

export const flat = (r: Row): number =>
  lack(z(r, 'pelvisPosition'), { below: 0.2, margin: 0.2 }) +
  lack(z(r, 'headPosition'), { below: 0.25, margin: 0.2 })
/** The torso's axes, as far as each points up. */
export const up = (r: Row): readonly number[] => axes(r.torsoOrientation).map(axis => axis[Z])
