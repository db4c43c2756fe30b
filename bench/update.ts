/**
 * Updates per second of PPO on every executor, and of the same update in PyTorch on one thread where a Python has it.
 * All start from the same parameters and minibatch and must agree after a few updates; then they take turns, with a
 * step size of 0, so that every update does the same work.
 */
import { onnxAvailable } from '../src/graph/onnxruntime.ts'
import { findTorch, PYTHONS, torchUpdater } from './peers/torch.ts'
import {
  ourUpdater,
  type PpoCase,
  settings,
  startOf,
  type Times,
  type Updater,
  updatesIn,
} from './ppoCase.ts'
import { type BenchResult, median } from './result.ts'

/** Hopper as it is trained by default; and ant's sizes, for a large network and minibatch. */
const CASES: Readonly<Record<string, PpoCase>> = {
  'PPO 2×64, minibatch 64 (obs 11, act 3)': { obsSize: 11, actionSize: 3, hidden: [64, 64], rows: 64 },
  'PPO 2×256, minibatch 2048 (obs 105, act 8)': {
    obsSize: 105,
    actionSize: 8,
    hidden: [256, 256],
    rows: 2048,
  },
}
const ROUNDS = 9
const ROUND_SECONDS = 0.6
const PEER = 'PyTorch, 1 thread'

export default async function run(): Promise<BenchResult[]> {
  const python = findTorch()
  if (python === undefined)
    process.stderr.write(`PyTorch is not measured: none of ${PYTHONS.join(', ')} has it.\n`)
  const results: BenchResult[] = []
  for (const [title, size] of Object.entries(CASES)) results.push(...(await measure(title, size, python)))
  return results
}

async function measure(title: string, size: PpoCase, python: string | undefined): Promise<BenchResult[]> {
  using stack = new DisposableStack()
  const updaters = new Map<string, Updater>([['wasm', stack.use(await ourUpdater('wasm', size))]])
  if (await onnxAvailable()) updaters.set('onnx-cpu', stack.use(await ourUpdater('onnx-cpu', size)))
  if (python !== undefined) updaters.set(PEER, stack.use(await torchUpdater(python, size)))
  await expectAgreement(updaters, startOf(size))

  const counts = new Map<string, number>()
  for (const [name, updater] of updaters) counts.set(name, await updatesIn(ROUND_SECONDS, updater))
  const rates = new Map<string, Times[]>([...updaters.keys()].map(name => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, updater] of updaters) {
      const count = counts.get(name)!
      const { cpu, wall } = await updater.update(count, 0)
      rates.get(name)!.push({ cpu: count / cpu, wall: count / wall })
    }
  }
  return (['cpu', 'wall'] as const).flatMap(clock =>
    [...rates].map(([name, own]) => {
      const peer = name === PEER ? undefined : rates.get(PEER)
      return {
        case: `${title}: ${name}`,
        value: median(own.map(rate => rate[clock])),
        unit: clock === 'cpu' ? 'updates/s CPU' : 'updates/s',
        ...(peer && {
          ratio: median(own.map((rate, round) => rate[clock] / peer[round][clock])),
          against: `${title}: ${PEER}`,
        }),
      }
    }),
  )
}

/** Five real updates each; throws where two implementations are not the same algorithm. */
export async function expectAgreement(
  updaters: ReadonlyMap<string, Updater>,
  start: Float32Array,
): Promise<void> {
  const ends = new Map<string, { params: Float32Array; figures: Readonly<Record<string, number>> }>()
  for (const [name, updater] of updaters) {
    await updater.update(5, settings.learningRate)
    ends.set(name, { params: await updater.params(), figures: updater.figures() })
  }
  const [[first, one], ...others] = ends
  const moved = largestDifference(one.params, start)
  for (const [name, other] of others) {
    const apart = largestDifference(other.params, one.params)
    const figures = Object.keys(one.figures).filter(
      key => !(Math.abs(one.figures[key] - other.figures[key]) < 1e-4),
    )
    if (!(apart < 0.01 * moved) || figures.length > 0) {
      throw new Error(
        `${name} and ${first} are not the same update: parameters moved by ${moved} and are ${apart} apart; ` +
          `figures that differ: ${figures.join(', ') || 'none'}.`,
      )
    }
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0)
}
