/** Checks a reward program before anything is trained on it: that it loads, fits its environment, and scores random play. */
import type { z } from 'zod'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import { loadEnv } from './loadEnv.ts'
import { loadProgram, misfits } from './loadProgram.ts'
import type { checkOutput } from './protocol/cli.ts'
import { positionOfWord } from './sourceText.ts'
import { type Trial, tryProgram } from './tryProgram.ts'

export type CheckReport = z.infer<typeof checkOutput>

/** A check with all that there is to tell. */
export interface Inspection {
  readonly errors: readonly CarrotError[]
  /** Absent when the program cannot be loaded. */
  readonly program?: RewardProgram
  /** Absent when it does not fit an environment. */
  readonly trial?: Trial
}

/**
 * `env` stands in for the environment that the program names. What is wrong with the program is in `errors`; throws
 * CarrotError 'unknown-name' when there is no such built-in program, or no environment `env`.
 */
export const checkProgram = async (fileOrId: string, env?: string): Promise<CheckReport> =>
  reportOf(await inspectProgram(fileOrId, env))

/** What `carrot check --json` prints. */
export function reportOf({ errors, trial }: Inspection): CheckReport {
  return {
    ok: errors.length === 0,
    errors: errors.map(({ message, hint, at }) => ({
      message: `${message} ${hint}`,
      line: at?.line ?? null,
      column: at?.column ?? null,
    })),
    terms: (trial?.terms ?? []).map(({ name, weight, mean, std, share }) => ({
      name,
      weight,
      mean,
      std,
      share,
    })),
  }
}

/** Throws as `checkProgram`. */
export async function inspectProgram(fileOrId: string, env?: string): Promise<Inspection> {
  const chosen = env === undefined ? undefined : await loadEnv({ env })
  let loaded: LoadedProgram
  try {
    loaded = await loadProgram(fileOrId)
  } catch (error) {
    if (!(error instanceof CarrotError) || error.code === 'unknown-name') throw error
    return { errors: [error, ...error.also] }
  }
  const { program } = loaded
  try {
    const definition = chosen ?? (await envOf(loaded))
    const errors = misfits(loaded, definition.spec)
    if (errors.length > 0) return { program, errors }
    const trial = await tryProgram(loaded, definition)
    return { program, errors: trial.errors, trial }
  } catch (error) {
    if (!(error instanceof CarrotError)) throw error
    return { program, errors: [error] }
  }
}

/** The environment that a program says it is for. Throws CarrotError when it says none, or one that there is not. */
async function envOf({ program, file, source }: LoadedProgram): Promise<EnvDefinition> {
  const at = (word: string) => (file === undefined ? undefined : positionOfWord(file, source, word))
  if (program.env === undefined) {
    throw new CarrotError(
      'bad-reward',
      `${program.name} does not say which environment it is for.`,
      `Write it beside the name, e.g. env: 'hopper', or check it with --env.`,
      at('name'),
    )
  }
  try {
    return await loadEnv({ env: program.env })
  } catch (error) {
    const { code, message, hint } = error as CarrotError
    throw new CarrotError(code, message, hint, at('env'))
  }
}
