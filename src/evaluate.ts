/** Evaluation: whole episodes with the deterministic policy, judged by two programs. */
import { bindReward, publishedReward } from '../rewards/index.ts'
import { ActorPool } from './actorPool.ts'
import { bindProgram } from './bindProgram.ts'
import { learning } from './config.ts'
import type { RolloutBatch } from './core/batch.ts'
import type { EvalResult, TrainResult } from './core/events.ts'
import type { PolicySnapshot } from './core/policy.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import type { EnvSpec, SuccessOver } from './core/spec.ts'
import { hasSucceeded } from './core/success.ts'
import { batchShape, envFacts } from './envFacts.ts'
import { type EnvChoice, loadEnv } from './loadEnv.ts'
import { loadProgram } from './loadProgram.ts'
import type { Machine } from './machine.ts'
import { fillLabels } from './pipeline/label.ts'
import type { Plan } from './plan.ts'
import { type VisionLabels, visionRequests } from './vision/visionLabels.ts'

export interface EvaluatorOptions {
  readonly choice: EnvChoice
  readonly gamma: number
  readonly episodes: number
  readonly seed: number
  readonly workers: number
  /** Sees for programs that look; without it, their terms pay nothing. */
  readonly vision?: VisionLabels
}

/** What is judged, and by which program: `returnMean` is under that one. */
export interface Judged {
  readonly snapshot: PolicySnapshot
  readonly loaded: LoadedProgram
  readonly weights?: Readonly<Record<string, number>>
}

const NEVER = new AbortController().signal

/** Rows stepped at a time: bounds memory, whatever the number of episodes. */
const ROWS = 20
/** Evaluation episodes start in rows that training never has, so they never repeat its initial states. */
const FIRST_ROW = 1_000_000

/** Environments of its own, apart from training's, to judge policies with. */
export class Evaluator implements AsyncDisposable {
  private readonly options: EvaluatorOptions
  private readonly spec: EnvSpec
  private readonly pool: ActorPool
  private readonly native: RewardProgram | undefined

  static async create(options: EvaluatorOptions): Promise<Evaluator> {
    const { choice, seed, workers, episodes } = options
    const env = await loadEnv(choice)
    const { spec } = env
    const rows = Math.min(ROWS, episodes)
    const name = publishedReward(spec)
    const native = name === null ? undefined : (await loadProgram(name)).program
    const pool = new ActorPool({
      env: choice,
      seed,
      shape: batchShape(env, await envFacts(env), {
        T: spec.maxSteps,
        N: rows,
        R: options.vision ? rows : 0,
      }),
      workers: Math.min(workers, rows),
      buffers: 1,
      deterministic: true,
    })
    return new Evaluator(options, spec, pool, native)
  }

  private constructor(
    options: EvaluatorOptions,
    spec: EnvSpec,
    pool: ActorPool,
    native: RewardProgram | undefined,
  ) {
    this.options = options
    this.spec = spec
    this.pool = pool
    this.native = native
  }

  /** Runs whole episodes. The result depends on the policy, the program and the seed only. */
  async evaluate({ snapshot, loaded, weights }: Judged): Promise<EvalResult> {
    const { spec, pool, native } = this
    const { gamma, episodes, seed } = this.options
    const rows = pool.shape.N
    await using own = await bindProgram(loaded, spec, { rows, gamma, ...(weights && { weights }) })
    const published = native && bindReward(native, spec, { rows, gamma })
    const returns: number[] = []
    const nativeReturns: number[] = []
    const successes: number[] = []
    for (let done = 0; done < episodes; done += rows) {
      await pool.reset(seed, FIRST_ROW + done)
      const batch = await pool.rollout(0, snapshot)
      const wanted = Math.min(rows, episodes - done)
      await this.look(batch, loaded.program)
      if (published !== undefined) {
        published.score(batch)
        nativeReturns.push(...firstEpisodes(batch, wanted, published.succeeds).map(each => each.return))
      }
      await own.score(batch)
      for (const episode of firstEpisodes(batch, wanted, own.succeeds)) {
        returns.push(episode.return)
        successes.push(episode.success)
      }
      batch.release()
    }
    const returnMean = mean(returns)
    const isJudged = own.program.success !== undefined || spec.success !== null
    return {
      episodes,
      returnMean,
      returnStd: Math.sqrt(mean(returns.map(r => (r - returnMean) ** 2))),
      nativeReturnMean: published === undefined ? null : mean(nativeReturns),
      successRate: isJudged ? mean(successes) : null,
    }
  }

  /** Labels are waited for, whatever the program says of training. */
  private async look(batch: RolloutBatch, program: RewardProgram): Promise<void> {
    const { vision } = this.options
    if (vision === undefined) return
    for (const source of await vision.trueSources(program)) {
      fillLabels(batch, source, await source.label(batch, NEVER))
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool[Symbol.asyncDispose]()
  }
}

/** Judges one policy. */
export async function evaluate(options: EvaluatorOptions & Judged): Promise<EvalResult> {
  await using evaluator = await Evaluator.create(options)
  return await evaluator.evaluate(options)
}

/** Of a run that is trained. */
export const evaluatorOf = ({ config, loaded }: Plan, vision: VisionLabels): Promise<Evaluator> =>
  Evaluator.create({
    ...(visionRequests(loaded.program).length > 0 && { vision }),
    choice: config,
    gamma: learning(config).settings.gamma,
    episodes: config.evalEpisodes,
    seed: config.seed,
    workers: config.workers,
  })

/** The result of a finished training run. `seconds` is the time spent training. */
export function resultOf(plan: Plan, machine: Machine, seconds: number, judged: EvalResult): TrainResult {
  const { config, env, resumed } = plan
  const { info } = machine.program
  const steps = machine.iterations * learning(config).settings.batch
  return {
    run: machine.store.name,
    env: env.spec.id,
    reward: { name: info.name, hash: info.hash },
    seed: config.seed,
    device: machine.device,
    steps,
    seconds,
    stepsPerSecond: (steps - (resumed?.info.step ?? 0)) / (seconds - (resumed?.info.seconds ?? 0)),
    eval: judged,
  }
}

/** Return and success (0 or 1) of the first episode of the first `rows` rows. */
function firstEpisodes(
  batch: RolloutBatch,
  rows: number,
  succeeds: SuccessOver,
): { return: number; success: number }[] {
  const { T, N } = batch
  return Array.from({ length: rows }, (_, n) => {
    let sum = 0
    let held = 0
    let row = n
    for (let t = 0; t < T; t++, row += N) {
      sum += batch.reward[row]
      held += batch.success[row]
      if (t === T - 1 || batch.terminated[row] === 1 || batch.truncated[row] === 1) break
    }
    const length = Math.floor(row / N) + 1
    const success = hasSucceeded(succeeds, { length, held, last: batch.success[row] === 1 })
    return { return: sum, success: success ? 1 : 0 }
  })
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
