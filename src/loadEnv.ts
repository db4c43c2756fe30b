/** From what the user said to an environment: a built-in one, a file of the user's own, or any MJCF. */
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { envById } from '../envs/index.ts'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { OptionValue } from './core/spec.ts'
import type { Wrapping } from './core/wrapping.ts'
import { importAnywhere } from './importAnywhere.ts'
import { genericEnv } from './sim/genericEnv.ts'

/** An environment as plain data, so that a worker can make the same one. */
export interface EnvChoice {
  /** Id of a built-in environment, path of a file that default-exports one, or path of an MJCF file. */
  readonly env: string
  readonly envOptions?: Readonly<Record<string, OptionValue>>
  readonly wrap?: Wrapping
}

const PROGRAM = /\.[cm]?[jt]s$/
const MODEL = /\.(xml|mjcf)$/i

/** Paths as they are from everywhere; ids stay. */
export const absoluteEnv = (env: string): string =>
  (PROGRAM.test(env) || MODEL.test(env)) && !isAbsolute(env) ? resolve(env) : env

/** Throws CarrotError: 'unknown-name' for an id, 'bad-file' or 'bad-model' for a file, 'bad-argument' for an option. */
export async function loadEnv({ env, envOptions = {}, wrap = {} }: EnvChoice): Promise<EnvDefinition> {
  const definition = await find(env)
  const configured = isEmpty(envOptions) ? definition : definition.configure(envOptions)
  return isEmpty(wrap) ? configured : configured.wrap(wrap)
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0

async function find(env: string): Promise<EnvDefinition> {
  const isProgram = PROGRAM.test(env)
  if (!isProgram && !MODEL.test(env)) return envById(env)
  const file = resolve(env)
  if (!existsSync(file)) {
    throw new CarrotError('bad-file', `There is no file ${env}.`, 'Check the path of the environment.')
  }
  return isProgram ? definitionIn(file) : genericEnv(pathToFileURL(file))
}

async function definitionIn(file: string): Promise<EnvDefinition> {
  const { default: given } = (await importAnywhere(file)) as { readonly default?: Partial<EnvDefinition> }
  if (given?.spec !== undefined && typeof given.make === 'function') return given as EnvDefinition
  throw new CarrotError(
    'bad-file',
    'It gives no environment.',
    'End it with: export default defineEnv({ … }), imported from carrot-rl.',
    { file },
  )
}
