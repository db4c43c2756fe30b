/** The built-in programs. A program named hop-high lives in hopHigh.ts. */
import type { RewardProgram } from '../../src/core/reward.ts'
import antForward from './antForward.ts'
import antSpin from './antSpin.ts'
import cheetahBackward from './cheetahBackward.ts'
import cheetahFlip from './cheetahFlip.ts'
import cheetahForward from './cheetahForward.ts'
import doublePendulumBalance from './doublePendulumBalance.ts'
import hopperBackward from './hopperBackward.ts'
import hopperForward from './hopperForward.ts'
import hopperHigh from './hopperHigh.ts'
import humanoidForward from './humanoidForward.ts'
import humanoidStandUp from './humanoidStandUp.ts'
import liftCube from './liftCube.ts'
import pendulumBalance from './pendulumBalance.ts'
import pendulumSway from './pendulumSway.ts'
import pickCube from './pickCube.ts'
import poseArmsCrossed from './poseArmsCrossed.ts'
import poseArmsRaised from './poseArmsRaised.ts'
import poseHandsOnHips from './poseHandsOnHips.ts'
import poseKneeling from './poseKneeling.ts'
import poseLotus from './poseLotus.ts'
import poseOneLeg from './poseOneLeg.ts'
import poseSplits from './poseSplits.ts'
import poseStanding from './poseStanding.ts'
import pusherPush from './pusherPush.ts'
import reacherReach from './reacherReach.ts'
import swimmerForward from './swimmerForward.ts'
import walkerForward from './walkerForward.ts'

export const programs: readonly RewardProgram[] = [
  pendulumBalance,
  pendulumSway,
  hopperForward,
  hopperBackward,
  hopperHigh,
  cheetahForward,
  cheetahBackward,
  cheetahFlip,
  antForward,
  antSpin,
  humanoidForward,
  humanoidStandUp,
  walkerForward,
  swimmerForward,
  reacherReach,
  pusherPush,
  doublePendulumBalance,
  liftCube,
  pickCube,
  poseKneeling,
  poseLotus,
  poseStanding,
  poseArmsRaised,
  poseSplits,
  poseHandsOnHips,
  poseOneLeg,
  poseArmsCrossed,
]
