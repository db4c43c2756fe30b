/**
 * What an environment costs over bare physics: CPU time of the same steps through `VectorEnv` and through the loop of
 * `bareLoop.ts`, in the same thread, in alternated rounds. Both end bit-identically, so they did the same work.
 * And what a pool of two workers keeps of two such loops at once: wall-clock time of its rollouts, with everything that
 * training needs of them (the policy acts, every column is written, one row is recorded whole).
 */
import { envById } from '../envs/index.ts'
import { ActorPool } from '../src/actorPool.ts'
import { batchShape, envFacts } from '../src/envFacts.ts'
import { type BenchEnv, bareLoop, playTape, recordTape } from './bareLoop.ts'
import { BareWorkers, freshPolicy } from './bareWorkers.ts'
import { type BenchResult, cpuNanoseconds, median, wallSeconds } from './result.ts'

/** Control steps per row of one round: about 0.15 s each. Many short rounds: what disturbs one, the median leaves out. */
const STEPS: Readonly<Record<BenchEnv, number>> = {
  'inverted-pendulum': 1000,
  hopper: 150,
  'half-cheetah': 300,
  ant: 60,
}
const ROWS = 8
const ROUNDS = 30
/** The engine compiles both loops anew while they are warm; these rounds do not count. */
const WARM_UP = 3
const WORKERS = 2
/** Where a pool is for: physics that takes longer than a message. */
const POOLED: readonly BenchEnv[] = ['hopper', 'half-cheetah', 'ant']

export default async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const id of Object.keys(STEPS) as BenchEnv[]) results.push(...(await measure(id)))
  for (const id of POOLED) results.push(...(await measurePool(id)))
  return results
}

async function measure(id: BenchEnv): Promise<BenchResult[]> {
  const tape = await recordTape({ env: id, rows: ROWS, steps: STEPS[id] })
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
  const steps = ROWS * tape.steps
  const unit = 'control steps/s CPU'
  const bareRate = (steps * 1e9) / median(rounds.map(r => r.bare))
  const ourRate = (steps * 1e9) / median(rounds.map(r => r.ours))
  const cost = median(rounds.map(r => r.ours / r.bare - 1))
  const against = `${id}: bare mj_* calls (control writes, mj_step, resets${id === 'ant' ? ', mj_rnePostConstraint' : ''})`
  return [
    { case: against, value: bareRate, unit },
    { case: `${id}: VectorEnv`, value: ourRate, unit, ratio: 1 / (1 + cost), against },
    { case: `${id}: our own cost`, value: 100 * cost, unit: '% of bare' },
  ]
}

async function measurePool(id: BenchEnv): Promise<BenchResult[]> {
  const env = envById(id)
  const T = STEPS[id]
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
