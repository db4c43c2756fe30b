/**
 * Checks a reward program of the user's own before anything is trained on it: that it loads, fits its environment and its
 * types, scores recordings soundly, and what it pays whom. The stages are those of a proof; the author is trusted.
 */
import { resolve } from 'node:path'
import type { z } from 'zod'
import type { EnvDefinition } from './core/env.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { loadEnv } from './loadEnv.ts'
import { loadProgram, misfits } from './loadProgram.ts'
import { readGraph, textGraph } from './programSource.ts'
import { proofData } from './proof/data.ts'
import type { ProofFailure, Stage } from './proof/failure.ts'
import { type ProofFigures, proveHere, typeFailures } from './proof/prove.ts'
import type { checkOutput } from './protocol/cli.ts'
import { playRandomly } from './randomPlay.ts'
import { Refusal, refusalOf, vet } from './sandbox/index.ts'
import { positionOfWord } from './sourceText.ts'
import type { Trial } from './tryProgram.ts'

export type CheckReport = z.infer<typeof checkOutput>

/** A check with all that there is to tell. */
export interface Inspection {
  readonly isUntrusted?: boolean
  readonly errors: readonly CarrotError[]
  /** What it pays for is not what one would think; it can be trained on all the same. */
  readonly advice: readonly CarrotError[]
  /** Absent when the program cannot be loaded. */
  readonly program?: RewardProgram
  /** Absent when it does not fit an environment. */
  readonly trial?: Omit<Trial, 'errors'>
  /** What it pays policies that need no learning; absent when it is unsound. */
  readonly figures?: ProofFigures
}

export interface CheckOptions {
  /** Stands in for the environment that the program names. */
  readonly env?: string
  /** Vets it in a sandbox, in a process of its own, whatever the file does. Needs `env`. */
  readonly untrusted?: boolean
  /** What vetting may take, ms; default 8000. */
  readonly timeout?: number
}

/**
 * What is wrong with the program is in `errors`; throws CarrotError 'unknown-name' when there is no such built-in program,
 * or no environment `env`.
 */
export const checkProgram = async (fileOrId: string, options?: CheckOptions): Promise<CheckReport> =>
  reportOf(await inspectProgram(fileOrId, options))

/** What `carrot check --json` prints. */
export function reportOf({ errors, advice, trial, figures, isUntrusted }: Inspection): CheckReport {
  const told = (error: CarrotError) => ({
    message: `${error.message} ${error.hint}`,
    line: error.at?.line ?? null,
    column: error.at?.column ?? null,
    ...(isUntrusted && error instanceof Refusal && { kind: error.kind }),
  })
  return {
    ok: errors.length === 0,
    errors: errors.map(told),
    advice: advice.map(told),
    terms: (trial?.terms ?? []).map(({ name, weight, mean, std, share }) => ({
      name,
      weight,
      mean,
      std,
      share,
    })),
    policies: (figures?.policies ?? []).map(({ policy, episodes, returnMean, successRate }) => ({
      policy,
      episodes,
      returnMean: episodes === 0 ? null : returnMean,
      successRate: episodes === 0 ? null : successRate,
    })),
  }
}

/** Throws as `checkProgram`. */
export async function inspectProgram(fileOrId: string, options: CheckOptions = {}): Promise<Inspection> {
  const { env } = options
  if (options.untrusted) return inspectUntrusted(fileOrId, options)
  const chosen = env === undefined ? undefined : await loadEnv({ env })
  let loaded: LoadedProgram
  try {
    loaded = await loadProgram(fileOrId)
  } catch (error) {
    if (!(error instanceof CarrotError) || error.code === 'unknown-name') throw error
    return { errors: [error, ...error.also], advice: [] }
  }
  const { program } = loaded
  try {
    const definition = chosen ?? (await envOf(loaded))
    const errors = await unfit(loaded, definition.spec)
    if (errors.length > 0) return { program, errors, advice: [] }
    const { failures, trial, figures } = await proveHere(loaded, await proofData(definition))
    const of = (stage: Stage) =>
      failures.filter(failure => failure.stage === stage).map(failure => errorOf(failure, definition.spec.id))
    return { program, errors: of('dry-run'), advice: of('unit-tests'), trial, figures }
  } catch (error) {
    if (!(error instanceof CarrotError)) throw error
    return { program, errors: [error], advice: [] }
  }
}

/** Random steps that untrusted programs are tried on: fewer, as there is a time for all of it. */
const PLAY = { rows: 4, steps: 256, seed: 1 }
async function inspectUntrusted(file: string, { env, timeout }: CheckOptions): Promise<Inspection> {
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
  const vetted = await vet({ name: resolve(file) }, definition.spec, { columns, timeout })
  const { loaded, figures: trial } = vetted
  return {
    isUntrusted: true,
    advice: [],
    errors: vetted.ok ? [] : vetted.errors.map(refusalOf),
    ...(loaded && { program: loaded.program }),
    ...(trial && { trial }),
  }
}

/** What its types say, besides what is plain from the signals it declares. */
async function unfit(loaded: LoadedProgram, spec: EnvSpec): Promise<CarrotError[]> {
  const { program, file, source } = loaded
  const errors = misfits(loaded, spec)
  const isOnDisk = file !== undefined
  const graph = isOnDisk ? readGraph(file) : textGraph(`${program.name}.ts`, source)
  const isNew = ({ at }: ProofFailure) =>
    !errors.some(error => error.at?.line === at?.line && error.at?.column === at?.column)
  const types = (await typeFailures(graph.values(), spec, isOnDisk)).filter(isNew)
  return [...errors, ...types.map(failure => errorOf(failure, spec.id))]
}

const errorOf = ({ message, hint, at }: ProofFailure, env: string): CarrotError =>
  new CarrotError(
    'bad-reward',
    message,
    hint ?? `What programs for it may say: carrot list envs ${env} --abstraction.`,
    at,
  )

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
    return await loadEnv({ env: program.env, envOptions: program.envOptions })
  } catch (error) {
    const { code, message, hint } = error as CarrotError
    throw new CarrotError(code, message, hint, at('env'))
  }
}
