/**
 * `carrot bench solve`: whether every task that has an expert can be solved, and is solved neither by chance nor by doing
 * nothing. 100 episodes of each policy from different starts, judged by the environment's own criterion.
 */
import { envById, envs } from '../envs/index.ts'
import { SIMPLE_POLICIES, solve } from '../src/solve.ts'
import type { BenchOptions, BenchResult } from './result.ts'

const EPISODES = 100
const SEED = 1

export default async function run(options: BenchOptions): Promise<BenchResult[]> {
  const ids = options.envs ?? envs.map(({ spec }) => spec.id)
  const tasks = ids.map(id => envById(id)).filter(({ expert }) => expert !== undefined)
  const results: BenchResult[] = []
  for (const task of tasks) {
    for (const policy of SIMPLE_POLICIES) {
      const { successRate } = await solve(task, policy, { episodes: EPISODES, seed: SEED })
      results.push({ case: `${task.spec.id}, ${policy}`, value: 100 * successRate, unit: '% success' })
    }
  }
  return results
}
