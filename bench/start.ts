/**
 * `carrot bench start`: how long a worker takes from having loaded its modules to its first step: reading and compiling
 * the model, allocating, the first reset. And what an environment takes of memory.
 */
import { envById } from '../envs/index.ts'
import { Port } from '../src/port.ts'
import type { BenchOptions, BenchResult } from './result.ts'
import { median } from './result.ts'
import type { Started } from './startWorker.ts'

const DEFAULT = ['inverted-pendulum', 'hopper', 'ant', 'humanoid']
const ROUNDS = 5
const ROWS = 4

export default async function run(options: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const id of options.envs ?? DEFAULT) {
    envById(id)
    const rounds: Started[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await using port = new Port('./startWorker', import.meta.url, { env: id, rows: ROWS })
      rounds.push(await port.call<Started>('start'))
    }
    const of = (key: keyof Started) => median(rounds.map(started => started[key]))
    results.push(
      {
        case: `${id}: start of a worker beyond loading modules, ${ROWS} rows`,
        value: of('start'),
        unit: 'ms',
      },
      { case: `${id}: of which MuJoCo's module`, value: of('module'), unit: 'ms' },
      { case: `${id}: memory of one more row`, value: of('row') / 1e6, unit: 'MB' },
    )
  }
  return results
}
