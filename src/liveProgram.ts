/** The reward program of a run in progress: changed by saving its file or moving a slider, always between two batches. */
import { bindReward } from '../rewards/index.ts'
import type { ProgramInfo } from './core/events.ts'
import type { BindOptions, LoadedProgram, RewardScorer } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'

/** What is stored and shown of a bound program. */
export function programInfo(loaded: LoadedProgram, scorer: RewardScorer): ProgramInfo {
  const { name, about } = loaded.program
  return {
    name,
    about,
    hash: loaded.hash,
    terms: scorer.termNames,
    weights: { ...scorer.weights },
    succeeds: scorer.succeeds,
  }
}

export class LiveProgram {
  private readonly spec: EnvSpec
  private readonly options: BindOptions
  private current: { readonly loaded: LoadedProgram; readonly scorer: RewardScorer }
  private waiting: { readonly loaded: LoadedProgram; readonly scorer: RewardScorer } | undefined
  private weights: Readonly<Record<string, number>> | undefined

  /** Throws CarrotError 'bad-signal' when the program does not fit the environment. */
  constructor(loaded: LoadedProgram, spec: EnvSpec, options: BindOptions) {
    this.spec = spec
    this.options = options
    this.current = { loaded, scorer: bindReward(loaded.program, spec, options) }
  }

  get loaded(): LoadedProgram {
    return this.current.loaded
  }
  get scorer(): RewardScorer {
    return this.current.scorer
  }
  /** The program that the next batch is scored by. */
  get next(): LoadedProgram {
    return (this.waiting ?? this.current).loaded
  }
  get info(): ProgramInfo {
    return programInfo(this.current.loaded, this.current.scorer)
  }

  /**
   * From the next batch on, with the new program's own weights. Throws CarrotError 'bad-signal' and keeps the present
   * program when the new one does not fit the environment.
   */
  replace(loaded: LoadedProgram): void {
    const { rows, gamma } = this.options
    this.waiting = { loaded, scorer: bindReward(loaded.program, this.spec, { rows, gamma }) }
    this.weights = undefined
  }

  /** From the next batch on. Throws CarrotError 'unknown-name' for a term the program does not have. */
  setWeights(weights: Readonly<Record<string, number>>): void {
    // A trial binding, so that a wrong name is refused now and not in the middle of training.
    bindReward((this.waiting ?? this.current).loaded.program, this.spec, { ...this.options, weights })
    this.weights = { ...this.weights, ...weights }
  }

  /** Applies what is waiting; true when the reward is another one from here on. Called between batches. */
  advance(): boolean {
    const { waiting, weights } = this
    if (waiting !== undefined) this.current = waiting
    if (weights !== undefined) this.current.scorer.setWeights(weights)
    this.waiting = undefined
    this.weights = undefined
    return waiting !== undefined || weights !== undefined
  }
}
