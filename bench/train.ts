/**
 * End-to-end training speed: PPO on hopper as `carrot train` runs it (2048 steps an iteration, 10 epochs × 32
 * minibatches of 64, 2×64 tanh), against the same number of workers doing nothing but bare physics.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTraining } from '../src/train.ts'
import { BareWorkers } from './bareWorkers.ts'
import { type BenchResult, median, wallSeconds } from './result.ts'

const STEPS = 40 * 2048
const ROUNDS = 3
const WORKERS = 2

export default async function run(): Promise<BenchResult[]> {
  const root = mkdtempSync(join(tmpdir(), 'carrot-bench-'))
  const rounds: { bare: number; train: number }[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ bare: await bareStepsPerSecond(), train: await trainStepsPerSecond(root, round + 1) })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  const bare = `bare physics, ${WORKERS} workers`
  const unit = 'env steps/s'
  return [
    { case: bare, value: median(rounds.map(r => r.bare)), unit },
    {
      case: 'PPO on hopper, end to end',
      value: median(rounds.map(r => r.train)),
      unit,
      ratio: median(rounds.map(r => r.train / r.bare)),
      against: bare,
    },
  ]
}

/** Median rate over as many runs as a training has iterations, of as many steps. */
async function bareStepsPerSecond(): Promise<number> {
  await using bare = new BareWorkers({ env: 'hopper', workers: WORKERS, rows: 4, steps: 256 })
  const rates: number[] = []
  for (let i = 0; i < 40; i++) rates.push(bare.steps / (await wallSeconds(() => bare.run())))
  return median(rates.slice(5))
}

/** Median rate over the iterations, the first few (compiling) left out. */
async function trainStepsPerSecond(root: string, seed: number): Promise<number> {
  const session = await startTraining(
    { env: 'hopper', steps: STEPS, seed, workers: WORKERS, evalEpisodes: 1 },
    { root },
  )
  const rates: number[] = []
  session.events$.subscribe(event => {
    if (event.type === 'metrics') rates.push(event.values.stepsPerSecond)
  })
  await session.done
  return median(rates.slice(5))
}
