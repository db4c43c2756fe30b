/** All tasks of the Panda, fixed to its table and on its base. */
import type { EnvDefinition } from '../../src/core/env.ts'
import { cubeBinPair } from './cubeBinPair.ts'
import { liftCube } from './liftCube.ts'
import { openCabinetDoor } from './openCabinetDoor.ts'
import { openCabinetDrawer } from './openCabinetDrawer.ts'
import { pickCube } from './pickCube.ts'
import { pushChair } from './pushChair.ts'
import { stackCube } from './stackCube.ts'
import { turnFaucet } from './turnFaucet.ts'

export const pandaTasks: readonly EnvDefinition[] = [
  liftCube,
  pickCube,
  stackCube,
  turnFaucet,
  openCabinetDoor,
  openCabinetDrawer,
  pushChair,
  cubeBinPair,
]
