/** Tries a program on random play: does it fail, read what it did not declare, or keep what it must not? */
import { bindReward } from '../rewards/score.ts'
import { termTable } from '../rewards/summary.ts'
import type { ScoreColumns } from './core/batch.ts'
import { rescoringCopy } from './core/episode.ts'
import { closest, type SourcePosition } from './core/errors.ts'
import {
  type LoadedProgram,
  type RewardProgram,
  type TermFailure,
  type TermSummary,
  withFunctions,
} from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { declaration } from './fieldText.ts'
import { positionInStack } from './programSource.ts'
import { episodesOf } from './randomPlay.ts'
import { Refusal, type Refused } from './sandbox/refusal.ts'
import { positionOfFunction, positionOfKey, positionOfWord } from './sourceText.ts'

export interface Trial {
  readonly env: string
  /** Random steps scored, over all environments, and the episodes begun. */
  readonly steps: number
  readonly episodes: number
  readonly terms: readonly TermSummary[]
  /** Fraction of the steps after which the success criterion holds; null where neither program nor environment has one. */
  readonly success: number | null
  readonly errors: readonly Refusal[]
}

/** Any discount will do; it is the default of training. */
const GAMMA = 0.99

/**
 * On steps recorded before. `faultOf` tells more of why a term, 'combine' or 'success' failed, where a sandbox knows.
 * The program must fit the environment: throws CarrotError 'bad-signal' when it does not.
 */
export function tryOn(
  loaded: LoadedProgram,
  spec: EnvSpec,
  columns: ScoreColumns,
  faultOf: (owner: string) => Refused | undefined = () => undefined,
): Trial {
  const { program } = loaded
  const thrown = new Map<string, unknown>()
  const scorer = bindReward(noting(program, thrown), spec, { rows: columns.N, gamma: GAMMA })
  const failures = scorer.score(columns)
  const strange = strangers(loaded, spec, columns)
  const steps = sum(columns.valid)
  return {
    env: spec.id,
    steps,
    episodes: [...episodesOf(columns)].length,
    terms: termTable(columns, scorer),
    success: program.success === undefined && spec.success === null ? null : sum(columns.success) / steps,
    errors: [
      ...strange.values(),
      ...failures
        .filter(({ term }) => !strange.has(term))
        .map(failure => failed(loaded, failure, steps, thrown.get(failure.term), faultOf(failure.term))),
      ...impurities(loaded, spec, columns),
    ],
  }
}

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0)

/** The program, keeping the first error that each function throws: failures tell its message, not its line. */
const noting = (program: RewardProgram, thrown: Map<string, unknown>): RewardProgram =>
  withFunctions(program, (owner, formula) => (state, memory) => {
    try {
      return formula(state, memory)
    } catch (error) {
      if (!thrown.has(owner)) thrown.set(owner, error)
      throw error
    }
  })

/** A term, 'combine' or 'success' in a message. */
export const called = (owner: string, { terms }: RewardProgram): string =>
  terms.some(({ name }) => name === owner) ? `Term '${owner}'` : `The function ${owner}`

/** Where a term, 'combine' or 'success' is defined. */
export function positionOf(
  owner: string,
  { file, source, program }: LoadedProgram,
): SourcePosition | undefined {
  if (file === undefined) return undefined
  const isTerm = program.terms.some(({ name }) => name === owner)
  return isTerm ? positionOfKey(file, source, 'terms', owner) : positionOfFunction(file, source, owner)
}

function failed(
  loaded: LoadedProgram,
  failure: TermFailure,
  steps: number,
  thrown: unknown,
  fault: Refused | undefined,
): Refusal {
  const { term, row, episode, time, count } = failure
  const { file } = loaded
  const inStack = file === undefined ? undefined : positionInStack(thrown, [file])
  const inSandbox = file === undefined || fault?.at === undefined ? undefined : { file, ...fault.at }
  const isOwn = fault === undefined || fault.kind === 'throw'
  const message = isOwn ? failure.message : `${fault.message[0].toUpperCase()}${fault.message.slice(1)}.`
  return new Refusal(
    fault?.kind ?? (thrown === undefined ? 'value' : 'throw'),
    `${called(term, loaded.program)} fails after ${count} of ${steps} random steps, first in episode ${episode} of environment ${row} at ${time.toFixed(2)} s. ${message}`,
    isOwn
      ? 'Make it give a finite number for every state; in training it would be switched off there.'
      : fault.hint,
    inSandbox ?? inStack ?? positionOf(term, loaded),
  )
}

/** What is read of `s` that is not there, which JavaScript would let pass as undefined; the first by each function. */
function strangers(loaded: LoadedProgram, spec: EnvSpec, columns: ScoreColumns): Map<string, Refusal> {
  const { program, file, source } = loaded
  const found = new Map<string, Refusal>()
  const watched = withFunctions(program, (owner, formula) => {
    if (owner === 'combine') return formula
    const note = (path: string, name: string, known: readonly string[]) => {
      if (found.has(owner)) return
      const at = file === undefined ? undefined : positionOfWord(file, source, name)
      const message = `${called(owner, program)} reads ${path}.${name}, which is not there.`
      found.set(owner, new Refusal('signals', message, instead(path, name, known, spec), at))
    }
    return (state, memory) => formula(watching(state as object, 's', note), memory)
  })
  const scorer = bindReward(watched, spec, { rows: columns.N, gamma: GAMMA })
  scorer.score(rescoringCopy(columns))
  return found
}

function instead(path: string, name: string, known: readonly string[], spec: EnvSpec): string {
  const near = closest(name, known)
  if (spec.signals[name] !== undefined && /^s(\.prev)?$/.test(path)) {
    return `Declare it: reads: { ${name}: ${declaration(spec.signals[name])} }.`
  }
  return near === undefined ? `There are ${known.join(', ')}.` : `Did you mean '${near}'?`
}

/** Stands for the object, and tells of every property that is asked for and not there. */
function watching(
  object: object,
  path: string,
  note: (path: string, name: string, known: readonly string[]) => void,
): object {
  return new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name === 'string' && !(name in object)) note(path, name, Object.keys(object))
        const value: unknown = Reflect.get(object, name)
        const isPart = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
        return isPart ? watching(value, `${path}.${String(name)}`, note) : value
      },
    },
  )
}

/**
 * Scores every episode again by itself, as recordings are, and compares bits. A program that asks a clock or a random
 * generator, or keeps something outside of its memory, gives itself away. One error a function.
 */
function impurities(loaded: LoadedProgram, spec: EnvSpec, whole: ScoreColumns): Refusal[] {
  const { program } = loaded
  const rows = whole.T * whole.N
  const found = new Map<string, Refusal>()
  for (const { first, columns } of episodesOf(whole)) {
    bindReward(program, spec, { rows: 1, gamma: GAMMA }).score(columns)
    const { T } = columns
    const compare = (owner: string, once: ArrayLike<number>, again: ArrayLike<number>) => {
      if (found.has(owner)) return
      for (let t = 0; t < T; t++) {
        const before = once[first + t * whole.N]
        if (Object.is(before, again[t])) continue
        const message = `${called(owner, program)} is not pure: after the same step, at ${((t + 1) * spec.dt).toFixed(2)} s of an episode, it gave ${before} and, scored again, ${again[t]}.`
        found.set(owner, new Refusal('impure', message, PURE, positionOf(owner, loaded)))
        return
      }
    }
    program.terms.forEach(({ name }, k) => {
      compare(
        name,
        whole.terms.subarray(k * rows, (k + 1) * rows),
        columns.terms.subarray(k * T, (k + 1) * T),
      )
    })
    compare('success', whole.success, columns.success)
    if (found.size === 0) compare('combine', whole.reward, columns.reward)
  }
  return [...found.values()]
}

const PURE =
  'It may depend on s and on its memory alone: no clock, no random numbers, and what it remembers in memory: { … }.'
