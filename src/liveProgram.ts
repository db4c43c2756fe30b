/** The reward program of a run in progress: changed by saving its file or moving a slider, always between two batches. */
import { bindReward } from '../rewards/index.ts'
import { type BoundProgram, bindProgram } from './bindProgram.ts'
import type { ProgramInfo } from './core/events.ts'
import type { BatchScorer, BindOptions, LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'

/** What is stored and shown of a bound program. */
export function programInfo(loaded: LoadedProgram, scorer: BatchScorer): ProgramInfo {
  const { name, about } = loaded.program
  return {
    name,
    about,
    hash: loaded.hash,
    terms: scorer.termNames,
    weights: { ...scorer.weights },
    succeeds: scorer.succeeds,
    ...(loaded.untrusted && { untrusted: true }),
  }
}

interface Bound {
  readonly loaded: LoadedProgram
  readonly scorer: BoundProgram
}

export class LiveProgram implements AsyncDisposable {
  private readonly spec: EnvSpec
  private readonly options: BindOptions
  private current: Bound
  private waiting: Bound | undefined
  private weights: Readonly<Record<string, number>> | undefined

  /** Throws CarrotError 'bad-signal' when the program does not fit the environment. */
  static async create(loaded: LoadedProgram, spec: EnvSpec, options: BindOptions): Promise<LiveProgram> {
    return new LiveProgram({ loaded, scorer: await bindProgram(loaded, spec, options) }, spec, options)
  }

  private constructor(current: Bound, spec: EnvSpec, options: BindOptions) {
    this.spec = spec
    this.options = options
    this.current = current
  }

  get loaded(): LoadedProgram {
    return this.current.loaded
  }
  get scorer(): BatchScorer {
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
  async replace(loaded: LoadedProgram): Promise<void> {
    const { rows, gamma } = this.options
    const scorer = await bindProgram(loaded, this.spec, { rows, gamma })
    await this.waiting?.scorer[Symbol.asyncDispose]()
    this.waiting = { loaded, scorer }
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
    if (waiting !== undefined) {
      // Nobody waits for the end of the old one.
      void this.current.scorer[Symbol.asyncDispose]()
      this.current = waiting
    }
    if (weights !== undefined) this.current.scorer.setWeights(weights)
    this.waiting = undefined
    this.weights = undefined
    return waiting !== undefined || weights !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.waiting?.scorer[Symbol.asyncDispose]()
    await this.current.scorer[Symbol.asyncDispose]()
  }
}
