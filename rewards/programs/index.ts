/** The built-in programs. A program named hop-high lives in hopHigh.ts. */
import type { RewardProgram } from '../../src/core/reward.ts'
import antForward from './antForward.ts'
import antLieDown from './antLieDown.ts'
import antLieOnBack from './antLieOnBack.ts'
import antMazeReach from './antMazeReach.ts'
import antSpin from './antSpin.ts'
import antWaveLeg from './antWaveLeg.ts'
import buttonPress from './buttonPress.ts'
import cartpoleBalance from './cartpoleBalance.ts'
import cheetahBackward from './cheetahBackward.ts'
import cheetahFlip from './cheetahFlip.ts'
import cheetahForward from './cheetahForward.ts'
import cubeBinPair from './cubeBinPair.ts'
import curlingSlide from './curlingSlide.ts'
import doorClose from './doorClose.ts'
import doorPair from './doorPair.ts'
import doorUnlock from './doorUnlock.ts'
import doublePendulumBalance from './doublePendulumBalance.ts'
import drawerClose from './drawerClose.ts'
import drawerOpen from './drawerOpen.ts'
import drawerPair from './drawerPair.ts'
import handlePress from './handlePress.ts'
import handlePressSide from './handlePressSide.ts'
import hardMazeReach from './hardMazeReach.ts'
import hopperBackFlip from './hopperBackFlip.ts'
import hopperBackward from './hopperBackward.ts'
import hopperForward from './hopperForward.ts'
import hopperFrontFlip from './hopperFrontFlip.ts'
import hopperHigh from './hopperHigh.ts'
import humanoidForward from './humanoidForward.ts'
import humanoidStandUp from './humanoidStandUp.ts'
import liftCube from './liftCube.ts'
import mountainCarClimb from './mountainCarClimb.ts'
import openCabinetDoor from './openCabinetDoor.ts'
import openCabinetDrawer from './openCabinetDrawer.ts'
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
import pushChair from './pushChair.ts'
import pusherPush from './pusherPush.ts'
import reacherReach from './reacherReach.ts'
import redundantArmReach from './redundantArmReach.ts'
import stackCube from './stackCube.ts'
import sweepInto from './sweepInto.ts'
import swimmerForward from './swimmerForward.ts'
import turnFaucet from './turnFaucet.ts'
import walkerForward from './walkerForward.ts'
import windowClose from './windowClose.ts'
import windowOpen from './windowOpen.ts'

export const programs: readonly RewardProgram[] = [
  pendulumBalance,
  pendulumSway,
  hopperForward,
  hopperBackward,
  hopperHigh,
  hopperFrontFlip,
  hopperBackFlip,
  cheetahForward,
  cheetahBackward,
  cheetahFlip,
  antForward,
  antSpin,
  antLieDown,
  antLieOnBack,
  antWaveLeg,
  humanoidForward,
  humanoidStandUp,
  walkerForward,
  swimmerForward,
  reacherReach,
  pusherPush,
  doublePendulumBalance,
  cartpoleBalance,
  mountainCarClimb,
  curlingSlide,
  hardMazeReach,
  redundantArmReach,
  antMazeReach,
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
  buttonPress,
  doorClose,
  doorPair,
  doorUnlock,
  drawerClose,
  drawerOpen,
  drawerPair,
  handlePress,
  handlePressSide,
  sweepInto,
  windowClose,
  windowOpen,
  stackCube,
  turnFaucet,
  openCabinetDoor,
  openCabinetDrawer,
  pushChair,
  cubeBinPair,
]
