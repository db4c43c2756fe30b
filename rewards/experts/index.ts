/** The dense rewards that the manipulation tasks were published with, on our models: what the library is measured against. */
import type { RewardProgram } from '../../src/core/reward.ts'
import type { EnvSpec } from '../../src/core/spec.ts'
import buttonPress from './buttonPressExpert.ts'
import doorClose from './doorCloseExpert.ts'
import doorUnlock from './doorUnlockExpert.ts'
import drawerClose from './drawerCloseExpert.ts'
import drawerOpen from './drawerOpenExpert.ts'
import handlePress from './handlePressExpert.ts'
import handlePressSide from './handlePressSideExpert.ts'
import liftCube from './liftCubeExpert.ts'
import openCabinetDoor from './openCabinetDoorExpert.ts'
import openCabinetDrawer from './openCabinetDrawerExpert.ts'
import pickCube from './pickCubeExpert.ts'
import pushChair from './pushChairExpert.ts'
import stackCube from './stackCubeExpert.ts'
import sweepInto from './sweepIntoExpert.ts'
import turnFaucet from './turnFaucetExpert.ts'
import windowClose from './windowCloseExpert.ts'
import windowOpen from './windowOpenExpert.ts'

/** One for each task of ManiSkill2 and of Meta-World. Text never finds them; they are chosen by name. */
export const experts: readonly RewardProgram[] = [
  liftCube,
  pickCube,
  stackCube,
  turnFaucet,
  openCabinetDoor,
  openCabinetDrawer,
  pushChair,
  buttonPress,
  doorClose,
  doorUnlock,
  drawerClose,
  drawerOpen,
  handlePress,
  handlePressSide,
  sweepInto,
  windowClose,
  windowOpen,
]

/** Name of the reward that an environment was published with, if it was; programs are trained on `defaultReward`. */
export const publishedReward = ({ id, defaultReward }: EnvSpec): string | null =>
  experts.find(({ env }) => env === id)?.name ?? defaultReward
