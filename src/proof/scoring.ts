/** A program bound to recordings for proving it, wherever its functions run. */
import { bindReward } from '../../rewards/score.ts'
import type { BatchScorer, BindOptions, LoadedProgram } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import { openSandbox } from '../sandbox/index.ts'

export type Scoring = Pick<BatchScorer, 'score'> & AsyncDisposable
export type OpenScoring = (loaded: LoadedProgram, spec: EnvSpec, options: BindOptions) => Promise<Scoring>

/** Runs the program's functions in a worker that nothing gets out of. */
export const scoreInSandbox: OpenScoring = ({ module }, spec, options) => openSandbox(module, spec, options)

/** Runs them here, with all that they may do: for programs whose author is trusted. */
export const scoreHere: OpenScoring = async ({ program }, spec, options) => {
  const scorer = bindReward(program, spec, options)
  return {
    score: async columns => scorer.score(columns),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
