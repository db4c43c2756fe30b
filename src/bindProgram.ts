/** Binds a loaded program to an environment, where it is to run: here, or in a sandbox when nobody vouches for it. */
import { bindReward } from '../rewards/score.ts'
import type { ScoreColumns } from './core/batch.ts'
import type { BatchScorer, BindOptions, LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { openSandbox } from './sandbox/index.ts'

export type BoundProgram = BatchScorer & AsyncDisposable

/** Throws CarrotError when the program does not fit the environment, or is refused by the sandbox. */
export async function bindProgram(
  { program, module, untrusted }: LoadedProgram,
  spec: EnvSpec,
  options: BindOptions,
): Promise<BoundProgram> {
  if (untrusted) return openSandbox(module, spec, options)
  const here = bindReward(program, spec, options)
  return Object.assign(here, { [Symbol.asyncDispose]: async () => undefined })
}

/** Scores recordings one by one, each as if it were the first. */
export class RecordingScorer implements AsyncDisposable {
  readonly bound: BoundProgram
  private readonly fresh: Float64Array

  static async open(loaded: LoadedProgram, spec: EnvSpec, options: BindOptions): Promise<RecordingScorer> {
    return new RecordingScorer(await bindProgram(loaded, spec, options))
  }

  private constructor(bound: BoundProgram) {
    this.bound = bound
    this.fresh = bound.saveMemory()
  }

  async score(columns: ScoreColumns): Promise<void> {
    // Term memory and muted terms of one recording say nothing about another.
    this.bound.loadMemory(this.fresh)
    await this.bound.score(columns)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.bound[Symbol.asyncDispose]())
  }
}
