/** What each term gave, step by step: as recorded, and as the weights of the page would have it. */
import type { EpisodeRecord } from '../src/core/episode.ts'
import { describeError } from '../src/core/errors.ts'
import type { RewardProgram } from '../src/core/reward.ts'
import type { EnvSpec } from '../src/core/spec.ts'
import { memo } from './memo.ts'
import { type Rescored, rescore } from './rescore.ts'
import { isConfined, type State, shownProgram, trialOf, weighed, weightsOf } from './state.ts'

/** The name on the curve of the combined reward. A term may be called so too: `isTotal` tells them apart. */
export const TOTAL = 'total'

/** One lane below the scene. Values [T] belong to the steps: value t is paid at time (t + 1)·dt. */
export interface Curve {
  readonly name: string
  readonly isTotal: boolean
  /** Weighted; absent when the program it was recorded under has no such term. */
  readonly recorded?: Float64Array
  /** Weighted, under the page's program and weights; absent when that is the very same. */
  readonly whatIf?: Float64Array
}

/**
 * The open episode under the page's program and weights; undefined when that is what was recorded, or while the program
 * has not arrived or is at work; the reason, when it cannot be scored.
 */
export function whatIfOf(state: State): Rescored | string | undefined {
  const { open, program, info } = state
  if (isConfined(state)) return ofTrial(state)
  if (open === undefined || program === undefined || info === undefined) return undefined
  return compute(open, program, info.env, info.program, state.weights)
}

function ofTrial(state: State): Rescored | string | undefined {
  const { open } = state
  const trial = trialOf(state)
  const by = weighed(state)
  if (trial === undefined || open === undefined || by === undefined) return undefined
  if (trial.rescored === undefined) return trial.problem
  return trial.of !== open || isAsRecorded(open, by.hash, weightsOf(state)) ? undefined : trial.rescored
}

const isAsRecorded = ({ program }: EpisodeRecord, hash: string, weights: Readonly<Record<string, number>>) =>
  program.hash === hash && program.terms.every(name => program.weights[name] === weights[name])

const compute = memo(
  (
    open: EpisodeRecord,
    program: RewardProgram,
    env: EnvSpec,
    inForce: NonNullable<State['info']>['program'],
    moved: State['weights'],
  ): Rescored | string | undefined => {
    const weights = { ...inForce.weights, ...moved }
    if (isAsRecorded(open, inForce.hash, weights)) return undefined
    const known = program.terms.filter(({ name }) => name in weights).map(({ name }) => [name, weights[name]])
    try {
      return rescore(open, { program, hash: inForce.hash }, env, Object.fromEntries(known))
    } catch (error) {
      return describeError(error as Error)
    }
  },
)

/** One curve for the total, then one per term of the recording, then those of terms that only the page's program has. */
export function curvesOf(state: State): readonly Curve[] {
  if (state.open === undefined) return []
  const whatIf = whatIfOf(state)
  return combine(state.open, shownProgram(state), typeof whatIf === 'string' ? undefined : whatIf)
}

const combine = memo(
  (open: EpisodeRecord, program: RewardProgram | undefined, whatIf: Rescored | undefined): Curve[] => {
    const { T, terms, reward } = open.columns
    const curves = new Map<string, Curve>()
    open.program.terms.forEach((name, k) => {
      const raw = terms.subarray(k * T, (k + 1) * T)
      curves.set(name, { name, isTotal: false, recorded: weighted(raw, open.program.weights[name]) })
    })
    program?.terms.forEach(({ name }, k) => {
      if (whatIf === undefined) return
      const line = weighted(whatIf.terms[k], whatIf.weights[name])
      const known = curves.get(name) ?? { name, isTotal: false }
      if (!equal(known.recorded, line)) curves.set(name, { ...known, whatIf: line })
    })
    const total = { name: TOTAL, isTotal: true, recorded: reward, whatIf: whatIf?.reward }
    return [total, ...curves.values()]
  },
)

const equal = (a: Float64Array | undefined, b: Float64Array): boolean =>
  a?.every((value, t) => value === b[t]) ?? false

const weighted = (raw: Float64Array, weight = 0): Float64Array => raw.map(value => weight * value)

/** Index of the step that led to row `row`, where curves are read; the first step at the very beginning. */
export const stepBefore = (row: number): number => Math.max(0, row - 1)

/** Sum of the rewards of the first `row` steps. */
export function returnUpTo(reward: Float64Array, row: number): number {
  let sum = 0
  for (let t = 0; t < row; t++) sum += reward[t]
  return sum
}

/** Term names of the open episode, then of the page's program: the order that gives them their colours. */
export const termsOf = (state: State): readonly string[] => [
  ...new Set([...(state.open?.program.terms ?? []), ...(weighed(state)?.terms ?? [])]),
]
