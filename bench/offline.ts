/**
 * Going on from data there was before: on the hopper, with the recorded episodes of a PPO run that is half trained, what
 * Cal-QL reaches in a few thousand steps, beside the same without calibration (conservative Q-learning), SAC that draws
 * half of every minibatch from the data (as RLPD does), and SAC without the data. Small networks, a few minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainInput } from '../src/config.ts'
import type { EvalResult } from '../src/core/events.ts'
import { startTraining } from '../src/train.ts'
import type { BenchResult } from './result.ts'

const DATA_STEPS = 102_400
/** Online steps, and how often they are judged. */
const STEPS = 8000
const EVERY = 2000
/** Gradient steps on the data alone, of those that make them. */
const OFFLINE_STEPS = 2500
const SEEDS = [1, 2, 3]

const shared = { hidden: [64, 64], minibatch: 64, updatesPerStep: 0.5 }
/** What to learn with, given the run that the data comes from. */
const METHODS: Readonly<Record<string, (data: string) => Partial<TrainInput>>> = {
  'Cal-QL': data => conservative(data, true),
  'the same without calibration': data => conservative(data, false),
  'SAC, half of it from the data': data => ({
    algorithm: 'sac',
    sac: { ...shared, learningStarts: 0, offlineData: [data] },
  }),
  'SAC without the data': () => ({ algorithm: 'sac', sac: { ...shared, learningStarts: 1000 } }),
}

const conservative = (data: string, calibrate: boolean): Partial<TrainInput> => ({
  algorithm: 'calql',
  calql: { ...shared, calibrate, offlineData: [data], offlineSteps: OFFLINE_STEPS },
})

export default async function run(): Promise<BenchResult[]> {
  const root = mkdtempSync(join(tmpdir(), 'carrot-bench-'))
  try {
    const data = await judged(root, { seed: 7, steps: DATA_STEPS, algorithm: 'ppo', recordEvery: 800 })
    const unit = 'return'
    const results: BenchResult[] = [{ case: 'the policy of the data', value: data.last, unit }]
    for (const [name, method] of Object.entries(METHODS)) {
      const runs = []
      for (const seed of SEEDS)
        runs.push(
          await judged(root, { ...method(data.folder), seed, steps: STEPS, evalEvery: EVERY, preset: false }),
        )
      const each = runs.map(({ evals }) => evals.map(value => value.toFixed(0)).join(' ')).join('; ')
      const value = runs.reduce((sum, { last }) => sum + last, 0) / runs.length
      results.push({ case: `${name}, ${STEPS} steps (every ${EVERY}: ${each})`, value, unit })
    }
    return results
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

interface Judged {
  readonly folder: string
  /** Mean returns without exploration on the way, and at the end. */
  readonly evals: readonly number[]
  readonly last: number
}

async function judged(root: string, input: Partial<TrainInput>): Promise<Judged> {
  const session = await startTraining({ env: 'hopper', evalEpisodes: 10, ...input }, { root })
  const evals: number[] = []
  session.events$.subscribe(event => {
    if (event.type === 'eval') evals.push(event.result.returnMean)
  })
  const result = (await session.done) as { readonly eval: EvalResult }
  return { folder: session.folder, evals, last: result.eval.returnMean }
}
