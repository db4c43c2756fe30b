/**
 * What an environment costs over bare physics: CPU time of the same steps through `VectorEnv` and through the loop of
 * `bareLoop.ts`, in the same thread, in alternated rounds. Both end bit-identically, so they did the same work.
 * And what a pool of two workers keeps of two such loops at once: wall-clock time of its rollouts, with everything that
 * training needs of them (the policy acts, every column is written, one row is recorded whole).
 */
import { envById } from '../envs/index.ts'
import { ActorPool } from '../src/actorPool.ts'
import { batchShape, envFacts } from '../src/envFacts.ts'
import { bareLoop, hasBareLoop, playTape, recordTape } from './bareLoop.ts'
import { BareWorkers, freshPolicy } from './bareWorkers.ts'
import { type BenchResult, cpuNanoseconds, median, wallSeconds } from './result.ts'

const ROWS = 8
/** Many short rounds: what disturbs one, the median leaves out. */
const ROUNDS = 30
/** CPU time of one, s. */
const ROUND_TIME = 0.15
/** The engine compiles both loops anew while they are warm; these rounds do not count. */
const WARM_UP = 3
const WORKERS = 2
/** Where a pool is for: physics that takes longer than a message, control steps/s. */
const POOLED_BELOW = 50_000
const USUAL = ['inverted-pendulum', 'hopper', 'half-cheetah', 'ant', 'humanoid']

export default async function run({ envs = USUAL }: { envs?: readonly string[] }): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  const plans = []
  for (const id of envs) plans.push({ id, steps: await stepsOfRound(id) })
  for (const { id, steps } of plans) {
    results.push(...(hasBareLoop(envById(id)) ? await measure(id, steps) : await measureAlone(id, steps)))
  }
  for (const { id, steps } of plans) {
    if (hasBareLoop(envById(id)) && (ROWS * steps) / ROUND_TIME < POOLED_BELOW) {
      results.push(...(await measurePool(id, steps)))
    }
  }
  return results
}

/** Control steps per row that take about ROUND_TIME once the engine is warm. */
async function stepsOfRound(id: string): Promise<number> {
  const tape = await recordTape({ env: id, rows: ROWS, steps: 50 })
  using env = await envById(id).make(ROWS)
  const times: number[] = []
  for (let i = 0; i < 5; i++) times.push(await cpuNanoseconds(() => playTape(env, tape)))
  return Math.max(10, Math.round((tape.steps * ROUND_TIME * 1e9) / Math.min(...times)))
}

/** Where there is no bare loop that does the same work: how fast it is. */
async function measureAlone(id: string, steps: number): Promise<BenchResult[]> {
  const tape = await recordTape({ env: id, rows: ROWS, steps })
  using env = await envById(id).make(ROWS)
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const time = await cpuNanoseconds(() => playTape(env, tape))
    if (round >= 0) times.push(time)
  }
  const rate = (ROWS * steps * 1e9) / median(times)
  return [{ case: `${id}: VectorEnv`, value: rate, unit: 'control steps/s CPU' }]
}

async function measure(id: string, steps: number): Promise<BenchResult[]> {
  const tape = await recordTape({ env: id, rows: ROWS, steps })
  using env = await envById(id).make(ROWS)
  using bare = await bareLoop(tape)
  const rounds: { ours: number; bare: number }[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    // Who goes first alternates, too.
    const first = round % 2 === 0
    const a = await cpuNanoseconds(first ? () => bare.run() : () => playTape(env, tape))
    const b = await cpuNanoseconds(first ? () => playTape(env, tape) : () => bare.run())
    if (round >= 0) rounds.push(first ? { bare: a, ours: b } : { ours: a, bare: b })
  }
  bare.verify()
  const work = ROWS * tape.steps
  const unit = 'control steps/s CPU'
  const bareRate = (work * 1e9) / median(rounds.map(r => r.bare))
  const ourRate = (work * 1e9) / median(rounds.map(r => r.ours))
  const cost = median(rounds.map(r => r.ours / r.bare - 1))
  const against = `${id}: bare mj_* calls (control writes, mj_step, resets${envById(id).physics?.contactForces ? ', mj_rnePostConstraint' : ''})`
  return [
    { case: against, value: bareRate, unit },
    { case: `${id}: VectorEnv`, value: ourRate, unit, ratio: 1 / (1 + cost), against },
    { case: `${id}: our own cost`, value: 100 * cost, unit: '% of bare' },
  ]
}

async function measurePool(id: string, T: number): Promise<BenchResult[]> {
  const env = envById(id)
  const shape = batchShape(env, await envFacts(env), { T, N: WORKERS * ROWS, R: 1 })
  const policy = freshPolicy(id)
  await using bare = new BareWorkers({ env: id, workers: WORKERS, rows: ROWS, steps: T })
  await using pool = new ActorPool({ env: { env: id }, seed: 1, shape, workers: WORKERS, buffers: 1 })
  let sequence = 0
  const rollout = async (): Promise<void> => (await pool.rollout(sequence++, policy)).release()
  const rounds: { pool: number; bare: number }[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const times = { pool: 0, bare: 0 }
    const order = ['pool', 'bare'] as const
    for (const who of round % 2 === 0 ? order : order.toReversed()) {
      times[who] = await wallSeconds(() => (who === 'pool' ? rollout() : bare.run()))
    }
    if (round >= 0) rounds.push(times)
  }
  const unit = 'control steps/s'
  const against = `${id}: ${WORKERS} bare loops at once`
  const rate = (who: 'pool' | 'bare') => bare.steps / median(rounds.map(times => times[who]))
  return [
    { case: against, value: rate('bare'), unit },
    {
      case: `${id}: pool of ${WORKERS} workers, policy acting`,
      value: rate('pool'),
      unit,
      ratio: median(rounds.map(times => times.bare / times.pool)),
      against,
    },
  ]
}
