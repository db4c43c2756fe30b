/** Makes an environment of a MuJoCo model and an author's definition. */
import type { EnvDefinition, PhysicsFacts, VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { EnvSpec, Options, OptionValues } from '../core/spec.ts'
import type { MujocoDefinition } from './definition.ts'
import { environment } from './environment.ts'
import { type ModelFiles, readModel } from './modelFiles.ts'
import { compileModel, loadMujoco, type MjModel } from './mujoco.ts'
import { MujocoRows } from './mujocoRows.ts'
import { sceneOf } from './scene.ts'

/**
 * An environment on a MuJoCo model. With options, the definition is a function of their values. The model is compiled
 * when copies are made, once for all rows of one `make`.
 */
export function defineEnv(definition: MujocoDefinition): EnvDefinition
export function defineEnv<const O extends Options>(
  options: O,
  build: (values: OptionValues<O>) => MujocoDefinition,
): EnvDefinition
export function defineEnv(
  first: MujocoDefinition | Options,
  build?: (values: OptionValues) => MujocoDefinition,
): EnvDefinition {
  if (build === undefined) {
    return environment({ options: {}, build: () => first as MujocoDefinition, make, physics })
  }
  return environment({ options: first as Options, build, make, physics })
}

const physics = ({ mjcf, frameSkip, contactForces = false }: MujocoDefinition): PhysicsFacts => ({
  mjcf: mjcf.href,
  frameSkip,
  contactForces,
})

async function make(definition: MujocoDefinition, spec: EnvSpec, size: number): Promise<VectorEnv> {
  const [mujoco, files] = await Promise.all([loadMujoco(), readModel(definition.mjcf)])
  const model = compileModel(mujoco, files)
  let rows: MujocoRows | undefined
  try {
    checkAgreement(definition, files, model)
    rows = new MujocoRows({ mujoco, model, scene: sceneOf(mujoco, model) }, definition, spec, size)
    rows.reset(0)
    return rows
  } catch (error) {
    if (rows === undefined) model.delete()
    else rows[Symbol.dispose]()
    throw error
  }
}

/** What is said both in the definition and in the MJCF must be the same. */
function checkAgreement(definition: MujocoDefinition, { name }: ModelFiles, model: MjModel): void {
  const { id, action, dt, frameSkip, act } = definition
  const disagree = (what: string, said: unknown, has: unknown): never => {
    throw new CarrotError(
      'bad-model',
      `${name} does not fit the definition of ${id}: ${what} is ${said} there and ${has} in the model.`,
      'Change one of the two.',
      { file: name },
    )
  }
  const { timestep } = model.opt
  if (Math.abs(frameSkip * timestep - dt) > 1e-12) disagree('dt', dt, `${frameSkip} × ${timestep}`)
  // Whoever turns actions into controls himself may call them what he likes.
  if (act !== undefined) return
  if (action.names.length !== model.nu) disagree('the number of actions', action.names.length, model.nu)
  const limited = model.actuator_ctrllimited as Uint8Array
  const range = model.actuator_ctrlrange as Float64Array
  for (let a = 0; a < model.nu; a++) {
    const has = limited[a] ? [range[2 * a], range[2 * a + 1]] : [-Infinity, Infinity]
    const said = [action.low[a], action.high[a]]
    // A range published in single precision is the model's, too: MuJoCo clamps what is beyond.
    if (said.some((limit, i) => limit !== has[i] && limit !== Math.fround(has[i]))) {
      disagree(`the range of '${action.names[a]}'`, said.join('…'), has.join('…'))
    }
  }
}
