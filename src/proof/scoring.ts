/** A program bound to recordings for proving it, wherever its functions run. */
import { bindReward } from '../../rewards/index.ts'
import type { ScoreColumns } from '../core/batch.ts'
import type { SourcePosition } from '../core/errors.ts'
import type { BindOptions, LoadedProgram, RewardProgram, TermFailure } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { positionInStack } from '../programSource.ts'

export interface PlacedFailure extends TermFailure {
  /** Line that threw, where it is known. */
  readonly at?: SourcePosition
}

/** As `RewardScorer`, of which it needs this much; scoring may happen elsewhere. */
export interface Scoring extends AsyncDisposable {
  readonly termNames: readonly string[]
  readonly weights: Readonly<Record<string, number>>
  score(columns: ScoreColumns): Promise<readonly PlacedFailure[]>
}

export type OpenScoring = (loaded: LoadedProgram, spec: EnvSpec, options: BindOptions) => Promise<Scoring>

/** Runs the program's functions here, with all that they may do: for programs whose author is trusted. */
export const scoreHere: OpenScoring = async (loaded, spec, options) => {
  const thrown = new Map<string, unknown>()
  const scorer = bindReward(noting(loaded.program, thrown), spec, options)
  const place = (failure: TermFailure): PlacedFailure => {
    const at =
      loaded.file === undefined ? undefined : positionInStack(thrown.get(failure.term), [loaded.file])
    return at === undefined ? failure : { ...failure, at }
  }
  return {
    termNames: scorer.termNames,
    weights: scorer.weights,
    score: async columns => scorer.score(columns).map(place),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

type Formula = (state: object, memory?: object) => unknown

/** The program, keeping the first error that each function throws: failures tell its message, not its line. */
function noting(program: RewardProgram, thrown: Map<string, unknown>): RewardProgram {
  const noted = <F>(owner: string, formula: F): F => {
    if (typeof formula !== 'function') return formula
    const watched: Formula = (state, memory) => {
      try {
        return formula(state, memory)
      } catch (error) {
        if (!thrown.has(owner)) thrown.set(owner, error)
        throw error
      }
    }
    return watched as unknown as F
  }
  return {
    ...program,
    terms: program.terms.map(term => ({ ...term, formula: noted(term.name, term.formula) })),
    combine: noted('combine', program.combine),
    success: noted('success', program.success),
  }
}
