/** The registry: every environment the package brings. */
import type { EnvDefinition } from '../src/core/env.ts'
import { CarrotError, closest } from '../src/core/errors.ts'
import { ant } from './ant/ant.ts'
import { antMaze } from './ant/antMaze.ts'
import { cartPole } from './classicControl/cartPole.ts'
import { mountainCar } from './classicControl/mountainCar.ts'
import { curling } from './curling/curling.ts'
import { halfCheetah } from './halfCheetah/halfCheetah.ts'
import { hardMaze } from './hardMaze/hardMaze.ts'
import { hopper } from './hopper/hopper.ts'
import { humanoid } from './humanoid/humanoid.ts'
import { humanoidStandup } from './humanoid/humanoidStandup.ts'
import { humanoidPose } from './humanoidPose/humanoidPose.ts'
import { invertedDoublePendulum } from './invertedDoublePendulum/invertedDoublePendulum.ts'
import { invertedPendulum } from './invertedPendulum/invertedPendulum.ts'
import { pandaTasks } from './panda/index.ts'
import { pusher } from './pusher/pusher.ts'
import { reacher } from './reacher/reacher.ts'
import { redundantArm } from './redundantArm/redundantArm.ts'
import { sawyerTasks } from './sawyer/index.ts'
import { swimmer } from './swimmer/swimmer.ts'
import { walker2d } from './walker2d/walker2d.ts'

export const envs: readonly EnvDefinition[] = [
  invertedPendulum,
  invertedDoublePendulum,
  reacher,
  pusher,
  swimmer,
  hopper,
  walker2d,
  halfCheetah,
  ant,
  humanoid,
  humanoidStandup,
  humanoidPose,
  cartPole,
  mountainCar,
  curling,
  hardMaze,
  redundantArm,
  antMaze,
  ...sawyerTasks,
  ...pandaTasks,
]

/** Throws CarrotError 'unknown-name', with the nearest id. */
export function envById(id: string): EnvDefinition {
  const found = envs.find(env => env.spec.id === id)
  if (found !== undefined) return found
  const ids = envs.map(env => env.spec.id)
  const near = closest(id, ids)
  throw new CarrotError(
    'unknown-name',
    `There is no environment '${id}'.`,
    near === undefined ? `There are ${ids.join(', ')}.` : `Did you mean '${near}'?`,
  )
}
