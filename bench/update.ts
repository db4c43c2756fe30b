/**
 * Updates per second of PPO on every executor, and of the same update in PyTorch on one thread where a Python has it.
 * All start from the same parameters and minibatch and must agree after a few updates; then they take turns, with a
 * step size of 0, so that every update does the same work.
 */
import { onnxAvailable } from '../src/graph/onnxruntime.ts'
import { findTorch, PYTHONS, torchUpdater } from './peers/torch.ts'
import {
  megaflops,
  ourUpdater,
  type PpoCase,
  settings,
  startOf,
  type Times,
  type Updater,
  updatesIn,
} from './ppoCase.ts'
import { type BenchResult, median } from './result.ts'

/** Hopper as it is trained by default; and a large network and minibatch, with the sizes of ant. */
const CASES: Readonly<Record<string, PpoCase>> = {
  'PPO 2×64, minibatch 64 (obs 11, act 3)': { obsSize: 11, actionSize: 3, hidden: [64, 64], rows: 64 },
  'PPO 2×256, minibatch 2048 (obs 105, act 8)': {
    obsSize: 105,
    actionSize: 8,
    hidden: [256, 256],
    rows: 2048,
  },
}
const ROUNDS = 7
const ROUND_SECONDS = 0.6
const PEER = 'PyTorch, 1 thread'
/** Below this a matrix product runs on a BLAS without SIMD, GFLOP/s. */
const SLOW_PRODUCT = 12

/** Across the size where onnxruntime overtakes WASM: the limit in src/executors.ts comes from here. */
const CROSSING: readonly PpoCase[] = [
  [64, 64],
  [64, 256],
  [256, 64],
  [64, 1024],
  [256, 256],
  [256, 1024],
].map(([width, rows]) => ({ obsSize: 17, actionSize: 6, hidden: [width, width], rows }))
const CROSSING_ROUNDS = 7
const CROSSING_SECONDS = 0.15

export default async function run(): Promise<BenchResult[]> {
  const python = findTorch()
  if (python === undefined) say(`PyTorch is not measured: none of ${PYTHONS.join(', ')} has it.`)
  const results: BenchResult[] = python === undefined ? [] : [await torchSpeed(python)]
  for (const [title, size] of Object.entries(CASES))
    results.push(...(await againstTorch(title, size, python)))
  if (await onnxAvailable()) for (const size of CROSSING) results.push(await wasmAgainstOnnx(size))
  return results
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** What kind of PyTorch this is: the ratios of large networks say little beside a slow BLAS. */
async function torchSpeed(python: string): Promise<BenchResult> {
  using peer = await torchUpdater(python, Object.values(CASES)[0])
  const { version, productSpeed } = peer
  if (productSpeed < SLOW_PRODUCT)
    say('This PyTorch has a slow BLAS; install OpenBLAS (libopenblas0-pthread).')
  return { case: `PyTorch ${version}, matrix product`, value: productSpeed, unit: 'GFLOP/s' }
}

async function againstTorch(
  title: string,
  size: PpoCase,
  python: string | undefined,
): Promise<BenchResult[]> {
  const updaters = new Map([['wasm', await ourUpdater('wasm', size)]])
  if (await onnxAvailable()) updaters.set('onnx-cpu', await ourUpdater('onnx-cpu', size))
  if (python !== undefined) updaters.set(PEER, await torchUpdater(python, size))
  try {
    await expectAgreement(updaters, startOf(size))
    const rates = await takeTurns(updaters, ROUNDS, ROUND_SECONDS)
    const peer = rates.get(PEER)
    return (['cpu', 'wall'] as const).flatMap(clock =>
      [...rates].map(([name, own]) => ({
        case: `${title}: ${name}`,
        value: median(own.map(rate => rate[clock])),
        unit: clock === 'cpu' ? 'updates/s CPU' : 'updates/s',
        ...(peer && own !== peer && { ratio: ratio(own, peer, clock), against: PEER }),
      })),
    )
  } finally {
    // The peer's process would keep ours alive.
    for (const updater of updaters.values()) updater[Symbol.dispose]()
  }
}

async function wasmAgainstOnnx(size: PpoCase): Promise<BenchResult> {
  using wasm = await ourUpdater('wasm', size)
  using onnx = await ourUpdater('onnx-cpu', size)
  const rates = await takeTurns(
    new Map([
      ['wasm', wasm],
      ['onnx', onnx],
    ]),
    CROSSING_ROUNDS,
    CROSSING_SECONDS,
  )
  const [ours, against] = [rates.get('wasm')!, rates.get('onnx')!]
  return {
    case: `${megaflops(size).toFixed(0)} MFLOP (2×${size.hidden[0]}, minibatch ${size.rows}): wasm`,
    value: median(ours.map(rate => rate.cpu)),
    unit: 'updates/s CPU',
    ratio: ratio(ours, against, 'cpu'),
    against: 'onnx-cpu',
  }
}

/** Updates per second of every round, the updaters one after the other in each. */
async function takeTurns(
  updaters: ReadonlyMap<string, Updater>,
  rounds: number,
  seconds: number,
): Promise<Map<string, Times[]>> {
  const counts = new Map<Updater, number>()
  for (const updater of updaters.values()) counts.set(updater, await updatesIn(seconds, updater))
  const rates = new Map<string, Times[]>([...updaters.keys()].map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, updater] of updaters) {
      const count = counts.get(updater)!
      const { cpu, wall } = await updater.update(count, 0)
      rates.get(name)!.push({ cpu: count / cpu, wall: count / wall })
    }
  }
  return rates
}

/** Median over rounds, as neighbours in time share the machine's load. */
function ratio(own: readonly Times[], other: readonly Times[], clock: keyof Times): number {
  return median(own.map((rate, round) => rate[clock] / other[round][clock]))
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
