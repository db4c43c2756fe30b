/**
 * The eight goal poses of Rocamonde et al., "Vision-Language Models are Zero-Shot Reward Models for Reinforcement
 * Learning" (ICLR 2024), which a person judged there, as predicates on the posture. Strict enough that no pose passes
 * for another that a person would tell apart, wide enough for whatever way a policy finds to take it.
 */
import { distance, type Vector3 } from '../../src/core/math.ts'
import type { Posture, Side } from './posture.ts'

/** Lengths in m, angles in rad, speeds in m/s, tilts as cosines. */
export const THRESHOLDS = {
  /** A foot is a ball of 0.075 m radius: its centre is at most this high while it is on the floor, 3 cm to spare. */
  footOnFloor: 0.105,
  /** A shin is 0.049 m thick around its axis: the knee is at most this high on the floor, 4 cm to spare. */
  kneeOnFloor: 0.09,
  /** The pelvis is 0.09 m thick around its axis: at most this high while it is sat on, 6 cm to spare. */
  pelvisOnFloor: 0.15,
  /** Standing straight, the pelvis is 0.87 m high; with knees bent by a right angle it is about 0.6. */
  pelvisStanding: 0.75,
  /** Within 30° of upright. */
  upright: Math.cos(Math.PI / 6),
  /** Within 40°: who sits or kneels may lean further without falling. */
  seatedUpright: Math.cos((40 * Math.PI) / 180),
  /** Faster than this, the torso is on its way to somewhere else: a free fall reaches it after 2 cm. */
  steady: 0.6,
  /** Kneeling, the pelvis is above the heels, not on the floor between them. */
  pelvisKneeling: 0.2,
  /** Kneeling and sitting cross-legged: less than 60° is a stretched leg. */
  kneeBent: Math.PI / 3,
  /** Feet of a shin that lies on the floor. */
  footLow: 0.25,
  /** Hands above the centre of the head; its top is at 0.09, the longest reach at 0.34. */
  handAboveHead: 0.15,
  /** Shoulders are 0.13 m below the centre of the head; raised arms have their elbows above them. */
  elbowBelowHead: 0.13,
  /** The lifted foot, above the one on the floor: a step would be lower. */
  footLifted: 0.15,
  /** Hand to waist, both centres: the hand's own radius is 0.04. */
  handOnHip: 0.12,
  /** The elbows of hands on hips stand out behind or beside them. */
  elbowOut: 0.03,
  /** Each hand is on the other side of the midline by at least this … */
  handAcross: 0.02,
  /** … and beyond the other hand by its diameter: hands that merely touch lie side by side. */
  handsCrossed: 0.08,
  /** Crossed before the trunk: below the chin, above the pelvis, and no further off than bent arms reach … */
  crossedTop: 0.1,
  crossedBottom: -0.33,
  crossedReach: 0.55,
  /** … with the elbows below the shoulders: arms across the face are something else. */
  crossedElbow: 0.06,
  /** Splits: between the lines from hip to foot. The joints allow 126°. */
  legsSplit: (110 * Math.PI) / 180,
  /** Between the feet, along the pelvis's own axis: legs of 0.75 m, spread to the sides and not one ahead of the other. */
  feetSplit: 1.15,
  /** Splits have straight knees, within 30°. */
  kneeStraight: Math.PI / 6,
  /** Cross-legged: the shins fold in, so that the knees are further apart than the feet by this. */
  shinsFolded: 0.2,
  /** Cross-legged: knees down at the sides, not drawn up before the chest. */
  kneeLow: 0.35,
  /** Cross-legged: the feet are drawn in to the pelvis, horizontally. */
  footNearPelvis: 0.4,
} as const
const T = THRESHOLDS

const both = (p: Posture, holds: (side: Side) => boolean): boolean => holds(p.right) && holds(p.left)

/** Neither falling nor being thrown about. */
const isSteady = (p: Posture): boolean => p.speed <= T.steady

const footOnFloor = (side: Side): boolean => side.foot.z <= T.footOnFloor
const kneeBent = (side: Side): boolean => side.kneeBend >= T.kneeBent
const footLow = (side: Side): boolean => side.foot.z <= T.footLow

/** On its legs, whatever the feet and arms do. */
const isErect = (p: Posture): boolean =>
  p.torsoUp >= T.upright && p.pelvis.z >= T.pelvisStanding && isSteady(p)

const isSeated = (p: Posture): boolean =>
  p.pelvis.z <= T.pelvisOnFloor && p.torsoUp >= T.seatedUpright && isSteady(p)

/** Both knees on the floor with the shins behind them, the torso up, neither falling nor airborne. */
export const isKneeling = (p: Posture): boolean =>
  both(p, side => side.knee.z <= T.kneeOnFloor && kneeBent(side) && footLow(side)) &&
  p.pelvis.z >= T.pelvisKneeling &&
  p.torsoUp >= T.seatedUpright &&
  isSteady(p)

/** Seated with crossed legs: knees bent and out at the sides, feet drawn in. */
export const isLotus = (p: Posture): boolean =>
  isSeated(p) &&
  both(
    p,
    side =>
      kneeBent(side) &&
      side.knee.z <= T.kneeLow &&
      footLow(side) &&
      Math.hypot(side.foot.x - p.pelvis.x, side.foot.y - p.pelvis.y) <= T.footNearPelvis,
  ) &&
  spread(p, p.right.knee, p.left.knee) >= spread(p, p.right.foot, p.left.foot) + T.shinsFolded

/** Upright on both feet. */
export const isStanding = (p: Posture): boolean => isErect(p) && both(p, footOnFloor)

/** Standing, with both hands above the head. */
export const hasArmsRaised = (p: Posture): boolean =>
  isStanding(p) &&
  both(p, side => side.hand.z >= p.head.z + T.handAboveHead && side.elbow.z >= p.head.z - T.elbowBelowHead)

/** On the floor with straight legs spread to the sides. */
export const isInSplits = (p: Posture): boolean =>
  isSeated(p) &&
  both(p, side => side.kneeBend <= T.kneeStraight && footLow(side)) &&
  legAngle(p) >= T.legsSplit &&
  spread(p, p.right.foot, p.left.foot) >= T.feetSplit

/** Standing, each hand at the waist of its own side, with the elbows out. */
export const hasHandsOnHips = (p: Posture): boolean =>
  isStanding(p) &&
  both(p, side => distance(side.hand, side.waist) <= T.handOnHip) &&
  p.left.elbowFromTorso.y >= p.left.handFromTorso.y + T.elbowOut &&
  p.right.elbowFromTorso.y <= p.right.handFromTorso.y - T.elbowOut

/** Upright on one foot, the other lifted. */
export const isOnOneLeg = (p: Posture): boolean => {
  if (!isErect(p)) return false
  const [low, high] = p.left.foot.z < p.right.foot.z ? [p.left, p.right] : [p.right, p.left]
  return footOnFloor(low) && high.foot.z >= low.foot.z + T.footLifted
}

/** Standing, the forearms crossed before the trunk; hands that merely touch do not count. */
export const hasArmsCrossed = (p: Posture): boolean => {
  const right = p.right.handFromTorso
  const left = p.left.handFromTorso
  return (
    isStanding(p) &&
    right.y >= T.handAcross &&
    left.y <= -T.handAcross &&
    right.y - left.y >= T.handsCrossed &&
    beforeTrunk(right) &&
    beforeTrunk(left) &&
    both(p, side => side.elbowFromTorso.z <= T.crossedElbow)
  )
}

const beforeTrunk = (hand: Vector3): boolean =>
  hand.x > 0 && hand.x <= T.crossedReach && hand.z <= T.crossedTop && hand.z >= T.crossedBottom

/** How far apart two points are along the pelvis, m: negative when the right one is on the left. */
export const spread = ({ pelvisLeft: axis }: Posture, right: Vector3, left: Vector3): number =>
  axis.x * (left.x - right.x) + axis.y * (left.y - right.y) + axis.z * (left.z - right.z)

/** Between the lines from hips to feet, rad. */
export function legAngle({ right, left }: Posture): number {
  const dot =
    (right.foot.x - right.hip.x) * (left.foot.x - left.hip.x) +
    (right.foot.y - right.hip.y) * (left.foot.y - left.hip.y) +
    (right.foot.z - right.hip.z) * (left.foot.z - left.hip.z)
  const lengths = distance(right.foot, right.hip) * distance(left.foot, left.hip)
  return Math.acos(Math.max(-1, Math.min(1, dot / lengths)))
}

/** The predicates by goal. */
export const GOALS = {
  kneeling: isKneeling,
  lotus: isLotus,
  standing: isStanding,
  armsRaised: hasArmsRaised,
  splits: isInSplits,
  handsOnHips: hasHandsOnHips,
  oneLeg: isOnOneLeg,
  armsCrossed: hasArmsCrossed,
} as const satisfies Record<string, (p: Posture) => boolean>
export type Goal = keyof typeof GOALS
