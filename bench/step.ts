/**
 * What an environment costs over bare physics: CPU time of the same steps through `VectorEnv` and through the loop of
 * `bareLoop.ts`, in the same thread, in alternated rounds. Both end bit-identically, so they did the same work.
 */
import { envById } from '../envs/index.ts'
import { type BenchEnv, bareLoop, playTape, recordTape } from './bareLoop.ts'
import { type BenchResult, cpuNanoseconds, median } from './result.ts'

/** Control steps per row of one round: about 0.3 s each. */
const STEPS: Readonly<Record<BenchEnv, number>> = {
  'inverted-pendulum': 2500,
  hopper: 400,
  'half-cheetah': 500,
  ant: 150,
}
const ROWS = 8
const ROUNDS = 10
/** The engine compiles both loops anew while they are warm; these rounds do not count. */
const WARM_UP = 3

export default async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const id of Object.keys(STEPS) as BenchEnv[]) results.push(...(await measure(id)))
  return results
}

async function measure(id: BenchEnv): Promise<BenchResult[]> {
  const tape = await recordTape(id, ROWS, STEPS[id])
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
