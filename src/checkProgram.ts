/** Checks a reward program before anything is trained on it: that it loads, fits its environment, and scores random play. */
import { resolve } from 'node:path'
import type { z } from 'zod'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import { loadEnv } from './loadEnv.ts'
import { loadProgram, misfits } from './loadProgram.ts'
import type { checkOutput } from './protocol/cli.ts'
import { playRandomly } from './randomPlay.ts'
import { Refusal, refusalOf, vet } from './sandbox/index.ts'
import { positionOfWord } from './sourceText.ts'
import { type Trial, tryProgram } from './tryProgram.ts'

export type CheckReport = z.infer<typeof checkOutput>

/** A check with all that there is to tell. */
export interface Inspection {
  readonly isUntrusted?: boolean
  readonly errors: readonly CarrotError[]
  /** Absent when the program cannot be loaded. */
  readonly program?: RewardProgram
  /** Absent when it does not fit an environment. */
  readonly trial?: Omit<Trial, 'errors'>
}

export interface CheckOptions {
  /** Stands in for the environment that the program names. */
  readonly env?: string
  /** Vets it in a sandbox, in a process of its own: it takes at most ten seconds, whatever the file does. Needs `env`. */
  readonly untrusted?: boolean
}

/**
 * What is wrong with the program is in `errors`; throws CarrotError 'unknown-name' when there is no such built-in program,
 * or no environment `env`.
 */
export const checkProgram = async (fileOrId: string, options?: CheckOptions): Promise<CheckReport> =>
  reportOf(await inspectProgram(fileOrId, options))

/** What `carrot check --json` prints. */
export function reportOf({ errors, trial, isUntrusted }: Inspection): CheckReport {
  return {
    ok: errors.length === 0,
    errors: errors.map(error => ({
      message: `${error.message} ${error.hint}`,
      line: error.at?.line ?? null,
      column: error.at?.column ?? null,
      ...(isUntrusted && error instanceof Refusal && { kind: error.kind }),
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
export async function inspectProgram(
  fileOrId: string,
  { env, untrusted }: CheckOptions = {},
): Promise<Inspection> {
  if (untrusted) return inspectUntrusted(fileOrId, env)
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

/** Random steps that untrusted programs are tried on: fewer, as there is a time for all of it. */
const PLAY = { rows: 4, steps: 256, seed: 1 }
/** Since this process began, ms; with what starting and ending take it stays below ten seconds. */
const DEADLINE = 9000
/** On a machine so busy that little of it is left, ms. */
const LEAST = 3000

async function inspectUntrusted(file: string, env: string | undefined): Promise<Inspection> {
  if (env === undefined) {
    throw new CarrotError(
      'bad-argument',
      'An untrusted program is not asked which environment it is for.',
      'Say it: --env hopper.',
    )
  }
  const definition = await loadEnv({ env })
  const columns = playRandomly(definition, PLAY)
  columns.catch(() => undefined)
  const vetted = await vet({ name: resolve(file) }, definition.spec, {
    columns,
    timeout: Math.max(LEAST, DEADLINE - performance.now()),
  })
  const { loaded, figures: trial } = vetted
  return {
    isUntrusted: true,
    errors: vetted.ok ? [] : vetted.errors.map(refusalOf),
    ...(loaded && { program: loaded.program }),
    ...(trial && { trial }),
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
