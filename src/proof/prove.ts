/**
 * Proves a program before anything is trained on it: it parses, imports what it may, fits its environment's types, scores
 * recordings soundly, and ranks them sensibly. What is wrong with the program is data; a fault of ours throws.
 */

import type { ScoreColumns } from '../core/batch.ts'
import { rescoringCopy } from '../core/episode.ts'
import { CarrotError } from '../core/errors.ts'
import type { LoadedProgram } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { loadText, misfits } from '../loadProgram.ts'
import { type SourceGraph, textGraph } from '../programSource.ts'
import { type Trial, tryOn } from '../tryProgram.ts'
import { dataFor, type ProofData } from './data.ts'
import { dryRun } from './dryRun.ts'
import { failuresOf, type ProofFailure } from './failure.ts'
import { forbiddenImports } from './imports.ts'
import type { ProgramText } from './typeChecker.ts'
import { checkTypes } from './types.ts'
import { type PolicyFigures, unitTests } from './unitTests.ts'
import { type Vetting, vetProgram } from './vetting.ts'

export interface ProofFigures {
  readonly policies: readonly PolicyFigures[]
  readonly successReward: number | null
  readonly otherReward: number | null
  /** Terms that paid 0 after every recorded step: nothing shows whether they ever count. */
  readonly neverPaid: readonly string[]
  /** µs to score a step; the one figure that differs from run to run. */
  readonly microseconds: number
}

export interface Proof {
  readonly ok: boolean
  readonly source: string
  /** All of the first stage that found any. */
  readonly failures: readonly ProofFailure[]
  /** Absent when the program could not be loaded. */
  readonly loaded?: LoadedProgram
  /** What its terms amount to on random play; absent when it was not scored. */
  readonly trial?: Omit<Trial, 'errors'>
  /** What it pays whom; absent when random play showed that it is unsound. */
  readonly figures?: ProofFigures
}

export interface ProveOptions {
  /** What the program is called in positions. */
  readonly name?: string
  /** Nobody has read it: it is vetted in a process of its own, and its functions run in a sandbox. */
  readonly untrusted?: boolean
}

/** More than any reward needs, characters. */
const MOST = 50_000

/** `data` are those of the environment (`proofData`). Equal arguments give equal proofs, but for `microseconds`. */
export async function prove(
  source: string,
  spec: EnvSpec,
  data: ProofData,
  { name = 'reward.ts', untrusted = false }: ProveOptions = {},
): Promise<Proof> {
  const refused = (failures: readonly ProofFailure[]): Proof => ({ ok: false, source, failures })
  const nothing = noProgram(source, name)
  if (nothing !== undefined) return refused([nothing])
  const forbidden = await forbiddenImports(name, source)
  if (forbidden.length > 0) return refused(forbidden)
  const [{ columns }] = data.plays
  const { failures, loaded, trial } = untrusted
    ? await tryElsewhere(source, spec, name, columns)
    : await tryHere(source, spec, name, columns)
  // It is on no disk: the name is for positions alone.
  const unfiled = loaded && withoutFile(loaded)
  if (failures.length > 0 || loaded === undefined) return { ...refused(failures), loaded: unfiled, trial }
  const ranked = await rank({ ...loaded, file: name }, data)
  return { source, loaded: unfiled, trial, ...ranked }
}

const withoutFile = ({ file: _, ...loaded }: LoadedProgram): LoadedProgram => loaded

/**
 * Up to a dry run on random play, nothing of it in this process, be it that it is parsed: a text that nests deep enough ends
 * the stack of what erases types, which then erases none any more.
 */
async function tryElsewhere(
  source: string,
  spec: EnvSpec,
  name: string,
  random: ScoreColumns,
): Promise<Vetting> {
  const [types, vetting] = await Promise.all([
    typeFailures([{ path: name, source }], spec),
    vetProgram(source, spec, name, random),
  ])
  const isParsed = vetting.failures.every(({ stage }) => stage !== 'parse')
  return isParsed && types.length > 0 ? { failures: types } : vetting
}

/** The same in this process. */
async function tryHere(source: string, spec: EnvSpec, name: string, random: ScoreColumns): Promise<Vetting> {
  let graph: SourceGraph
  try {
    graph = textGraph(name, source)
  } catch (error) {
    if (!(error instanceof CarrotError)) throw error
    return { failures: failuresOf('parse', error) }
  }
  const types = await typeFailures(graph.values(), spec)
  if (types.length > 0) return { failures: types }
  let loaded: LoadedProgram
  try {
    loaded = await loadText(name, source)
  } catch (error) {
    if (!(error instanceof CarrotError)) throw error
    return { failures: failuresOf('dry-run', error) }
  }
  const unread = misfits(loaded, spec).flatMap(error => failuresOf('types', error))
  if (unread.length > 0) return { failures: unread, loaded }
  return { loaded, ...tryOnRandom(loaded, spec, random) }
}

function tryOnRandom(loaded: LoadedProgram, spec: EnvSpec, random: ScoreColumns): Omit<Vetting, 'loaded'> {
  const { errors, ...trial } = tryOn(loaded, spec, rescoringCopy(random))
  return { failures: errors.flatMap(error => failuresOf('dry-run', error)), trial }
}

/** The type stage, of a program in any number of files; as `checkTypes`. */
export const typeFailures = async (
  files: Iterable<ProgramText>,
  spec: EnvSpec,
  isOnDisk = false,
): Promise<ProofFailure[]> =>
  (await checkTypes(files, spec, isOnDisk)).map(complaint => ({ stage: 'types', ...complaint }))

/** The stages that run a program of a known author, in this process; its types have been checked. */
export async function proveHere(loaded: LoadedProgram, data: ProofData): Promise<Omit<Proof, 'source'>> {
  const [{ columns }] = data.plays
  const { failures, trial } = tryOnRandom(loaded, data.spec, columns)
  if (failures.length > 0) return { ok: false, failures, loaded, trial }
  return { loaded, trial, ...(await rank(loaded, data)) }
}

/** What is left when it has been tried on random play: the other recordings, and how it ranks them. */
async function rank(
  loaded: LoadedProgram,
  data: ProofData,
): Promise<Pick<Proof, 'ok' | 'failures' | 'figures'>> {
  let chosen: ProofData
  try {
    chosen = await dataFor(loaded.program, data)
  } catch (error) {
    if (!(error instanceof CarrotError) || error.code !== 'bad-argument') throw error
    return { ok: false, failures: failuresOf('types', error) }
  }
  const run = await dryRun(loaded, chosen)
  const { failures: misranked, ...ranking } = unitTests(loaded, chosen, run)
  const failures = run.failures.length > 0 ? run.failures : misranked
  const neverPaid = [...run.constant].filter(([, value]) => value === 0).map(([term]) => term)
  const figures = { ...ranking, neverPaid, microseconds: run.microseconds }
  return { ok: failures.length === 0, failures, figures }
}

/** What is plainly no program, told in a sentence instead of a list of syntax errors. */
function noProgram(source: string, file: string): ProofFailure | undefined {
  const told = (message: string): ProofFailure => ({
    stage: 'parse',
    message,
    hint: "Give the whole program and nothing else: imports from 'carrot-rl', then export default defineReward({ … }).",
    at: { file, line: 1, column: 1 },
  })
  if (source.trim() === '') return told('The program is empty.')
  if (source.length > MOST)
    return told(`The program is ${source.length} characters long; at most ${MOST} are read.`)
  if (!/\bdefineReward\b/.test(source)) return told('This is no reward program: it never calls defineReward.')
  return undefined
}
