/** Makes an environment of a MuJoCo model and an author's definition. */
import type { EnvDefinition } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { EnvSpec } from '../core/spec.ts'
import { readTextAsset } from './asset.ts'
import type { MujocoEnvDefinition } from './definition.ts'
import { fieldsOf } from './fields.ts'
import { compileModel, loadMujoco, type MjModel } from './mujoco.ts'
import { MujocoRows } from './mujocoRows.ts'
import { sceneOf } from './scene.ts'

/** The model is compiled when copies are made, once for all rows of one `make`. */
export function defineMujocoEnv(definition: MujocoEnvDefinition): EnvDefinition {
  const { id, version, about, action, dt, maxSteps, defaultReward } = definition
  const obs = fieldsOf(definition.obs)
  const signals = fieldsOf(definition.signals)
  const spec: EnvSpec = { id, version, about, obs, signals, action, dt, maxSteps, defaultReward }
  return {
    spec,
    async make(size) {
      if (!Number.isInteger(size) || size < 1) {
        throw new CarrotError('bad-argument', `${size} copies of ${id} were asked for.`, 'Ask for 1 or more.')
      }
      const [mujoco, xml] = await Promise.all([loadMujoco(), readTextAsset(definition.model)])
      const model = compileModel(mujoco, xml, fileName(definition.model))
      let rows: MujocoRows | undefined
      try {
        checkAgreement(definition, model)
        rows = new MujocoRows(mujoco, model, definition, spec, sceneOf(mujoco, model), size)
        rows.reset(0)
        return rows
      } catch (error) {
        if (rows === undefined) model.delete()
        else rows[Symbol.dispose]()
        throw error
      }
    },
  }
}

const fileName = (url: URL): string => url.pathname.slice(url.pathname.lastIndexOf('/') + 1)

/** What is said both in the definition and in the MJCF must be the same. */
function checkAgreement(definition: MujocoEnvDefinition, model: MjModel): void {
  const { id, action, dt, frameSkip } = definition
  const disagree = (what: string, said: unknown, has: unknown): never => {
    throw new CarrotError(
      'bad-model',
      `${fileName(definition.model)} does not fit the definition of ${id}: ${what} is ${said} there and ${has} in the model.`,
      'Change one of the two.',
      { file: fileName(definition.model) },
    )
  }
  const { timestep } = model.opt
  if (Math.abs(frameSkip * timestep - dt) > 1e-12) disagree('dt', dt, `${frameSkip} × ${timestep}`)
  if (action.names.length !== model.nu) disagree('the number of actions', action.names.length, model.nu)
  const limited = model.actuator_ctrllimited as Uint8Array
  const range = model.actuator_ctrlrange as Float64Array
  for (let a = 0; a < model.nu; a++) {
    const has = limited[a] ? [range[2 * a], range[2 * a + 1]] : [-Infinity, Infinity]
    const said = [action.low[a], action.high[a]]
    if (said[0] !== has[0] || said[1] !== has[1]) {
      disagree(`the range of '${action.names[a]}'`, said.join('…'), has.join('…'))
    }
  }
}
