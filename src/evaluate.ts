/** Evaluation: whole episodes with the deterministic policy, judged by two programs. */
import { bindReward } from '../rewards/index.ts'
import { ActorPool } from './actorPool.ts'
import { learning } from './config.ts'
import type { RolloutBatch } from './core/batch.ts'
import type { EvalResult, TrainResult } from './core/events.ts'
import type { PolicySnapshot } from './core/policy.ts'
import type { RewardProgram } from './core/reward.ts'
import type { SuccessOver } from './core/spec.ts'
import { hasSucceeded } from './core/success.ts'
import { batchShape, envFacts } from './envFacts.ts'
import { type EnvChoice, loadEnv } from './loadEnv.ts'
import { loadProgram } from './loadProgram.ts'
import type { Machine } from './machine.ts'
import type { Plan } from './plan.ts'

export interface EvaluateOptions {
  readonly choice: EnvChoice
  readonly snapshot: PolicySnapshot
  /** The program whose return is `returnMean`. */
  readonly program: RewardProgram
  readonly weights?: Readonly<Record<string, number>>
  readonly gamma: number
  readonly episodes: number
  readonly seed: number
  readonly workers: number
}

/** Rows stepped at a time: bounds memory, whatever the number of episodes. */
const ROWS = 20
/** Evaluation episodes start in rows that training never has, so they never repeat its initial states. */
const FIRST_ROW = 1_000_000

/** Runs `episodes` whole episodes. The result depends on the policy and the seed only. */
export async function evaluate(options: EvaluateOptions): Promise<EvalResult> {
  const { choice, program, snapshot, gamma, episodes } = options
  const env = await loadEnv(choice)
  const { spec } = env
  const rows = Math.min(ROWS, episodes)
  const own = bindReward(program, spec, { rows, gamma, weights: options.weights })
  const native = spec.defaultReward === null ? undefined : await loadProgram(spec.defaultReward)
  const published = native && bindReward(native.program, spec, { rows, gamma })
  await using pool = new ActorPool({
    env: choice,
    seed: options.seed,
    shape: batchShape(env, await envFacts(env), { T: spec.maxSteps, N: rows, R: 0 }),
    workers: Math.min(options.workers, rows),
    buffers: 1,
    deterministic: true,
  })
  const returns: number[] = []
  const nativeReturns: number[] = []
  const successes: number[] = []
  for (let done = 0; done < episodes; done += rows) {
    await pool.reset(options.seed, FIRST_ROW + done)
    const batch = await pool.rollout(0, snapshot)
    const wanted = Math.min(rows, episodes - done)
    if (published !== undefined) {
      published.score(batch)
      nativeReturns.push(...firstEpisodes(batch, wanted, published.succeeds).map(episode => episode.return))
    }
    own.score(batch)
    for (const episode of firstEpisodes(batch, wanted, own.succeeds)) {
      returns.push(episode.return)
      successes.push(episode.success)
    }
    batch.release()
  }
  const returnMean = mean(returns)
  return {
    episodes,
    returnMean,
    returnStd: Math.sqrt(mean(returns.map(r => (r - returnMean) ** 2))),
    nativeReturnMean: published === undefined ? null : mean(nativeReturns),
    successRate: mean(successes),
  }
}

/** The result of a finished training run. `seconds` is the time spent training. */
export async function judge(plan: Plan, machine: Machine, seconds: number): Promise<TrainResult> {
  const { config, env, resumed } = plan
  const { loaded, scorer, info } = machine.program
  const { batch, gamma } = learning(config).settings
  const steps = machine.iterations * batch
  const result = await evaluate({
    choice: config,
    snapshot: machine.learner.snapshot,
    program: loaded.program,
    weights: scorer.weights,
    gamma,
    episodes: config.evalEpisodes,
    seed: config.seed,
    workers: config.workers,
  })
  return {
    run: machine.store.name,
    env: env.spec.id,
    reward: { name: info.name, hash: info.hash },
    seed: config.seed,
    device: machine.device,
    steps,
    seconds,
    stepsPerSecond: (steps - (resumed?.info.step ?? 0)) / (seconds - (resumed?.info.seconds ?? 0)),
    eval: result,
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
