/**
 * How PPO learns at first: the mean return of the training episodes that end in the last 20,480 of 102,400 steps, with
 * the learning rate annealed for a million as CleanRL does, three seeds. CleanRL's own figures at that point are told
 * beside, measured elsewhere over two seeds.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTraining } from '../src/train.ts'
import type { BenchOptions, BenchResult } from './result.ts'

const STEPS = 1_000_000
const STOP = 102_400
const WINDOW = 20_480
const SEEDS = [1, 2, 3]

/** Seeds 1 and 2 of CleanRL's PPO, by environment. */
const ELSEWHERE: Readonly<Record<string, string>> = { hopper: '857 and 665', 'half-cheetah': '352 and 472' }

export default async function run({ envs = Object.keys(ELSEWHERE) }: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const env of envs) {
    const returns: number[] = []
    for (const seed of SEEDS) returns.push(await earlyReturn(env, seed))
    const each = returns.map((value, i) => `seed ${SEEDS[i]}: ${value.toFixed(0)}`).join(', ')
    const beside = env in ELSEWHERE ? `; CleanRL elsewhere: ${ELSEWHERE[env]}` : ''
    const value = returns.reduce((sum, each) => sum + each, 0) / returns.length
    results.push({ case: `PPO on ${env} at ${STOP} steps (${each}${beside})`, value, unit: 'return' })
  }
  return results
}

/** Mean return of the episodes that end within the window. */
async function earlyReturn(env: string, seed: number): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'carrot-bench-'))
  try {
    const session = await startTraining({ env, seed, steps: STEPS, algorithm: 'ppo' }, { root })
    let count = 0
    let sum = 0
    session.events$.subscribe(event => {
      if (event.type !== 'metrics') return
      const { episodesEnded = 0, endedReturn = 0 } = event.values
      if (event.step > STOP - WINDOW && event.step <= STOP) {
        count += episodesEnded
        sum += episodesEnded * endedReturn
      }
      if (event.step >= STOP) session.stop()
    })
    await session.done
    return sum / count
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
