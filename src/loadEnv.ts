/** From what the user said to an environment. */
import { envById } from '../envs/index.ts'
import type { EnvDefinition } from './core/env.ts'
import type { OptionValue } from './core/spec.ts'

/** An environment as plain data, so that a worker can make the same one. */
export interface EnvChoice {
  /** Id of a built-in environment. */
  readonly env: string
  readonly envOptions?: Readonly<Record<string, OptionValue>>
}

/** Throws CarrotError 'unknown-name' or 'bad-argument'. */
export async function loadEnv({ env, envOptions = {} }: EnvChoice): Promise<EnvDefinition> {
  return envById(env).configure(envOptions)
}
