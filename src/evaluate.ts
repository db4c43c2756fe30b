/** Evaluation: whole episodes with the deterministic policy, judged by two programs. */
import { bindReward } from '../rewards/index.ts'
import { ActorPool } from './actorPool.ts'
import type { RolloutBatch } from './core/batch.ts'
import type { EnvDefinition } from './core/env.ts'
import type { EvalResult, TrainResult } from './core/events.ts'
import type { PolicySnapshot } from './core/policy.ts'
import type { RewardProgram } from './core/reward.ts'
import { batchShape, envFacts } from './envFacts.ts'
import { loadProgram } from './loadProgram.ts'
import type { Machine } from './machine.ts'
import type { Plan } from './plan.ts'

export interface EvaluateOptions {
  readonly env: EnvDefinition
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
  const { env, program, snapshot, gamma, episodes } = options
  const { spec } = env
  const rows = Math.min(ROWS, episodes)
  const native = (await loadProgram(spec.defaultReward)).program
  const own = bindReward(program, spec, { rows, gamma, weights: options.weights })
  const published = bindReward(native, spec, { rows, gamma })
  await using pool = new ActorPool({
    env: spec.id,
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
    published.score(batch)
    nativeReturns.push(...firstEpisodes(batch, wanted).map(episode => episode.return))
    own.score(batch)
    for (const episode of firstEpisodes(batch, wanted)) {
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
    nativeReturnMean: mean(nativeReturns),
    successRate: program.success === undefined ? null : mean(successes),
  }
}

/** The result of a finished training run. `seconds` is the time spent training. */
export async function judge(plan: Plan, machine: Machine, seconds: number): Promise<TrainResult> {
  const { config, env, resumed } = plan
  const { loaded, scorer, info } = machine.program
  const steps = machine.iterations * config.ppo.batch
  const result = await evaluate({
    env,
    snapshot: machine.learner.snapshot,
    program: loaded.program,
    weights: scorer.weights,
    gamma: config.ppo.gamma,
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

/** Return, and success at the last step, of the first episode of the first `rows` rows. */
function firstEpisodes(batch: RolloutBatch, rows: number): { return: number; success: number }[] {
  const { T, N } = batch
  return Array.from({ length: rows }, (_, n) => {
    let sum = 0
    for (let t = 0; t < T; t++) {
      const row = t * N + n
      sum += batch.reward[row]
      const ended = batch.terminated[row] === 1 || batch.truncated[row] === 1
      if (ended) return { return: sum, success: batch.success[row] }
    }
    return { return: sum, success: batch.success[(T - 1) * N + n] }
  })
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
