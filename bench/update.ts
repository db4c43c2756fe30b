/**
 * Updates per second of learners on every executor, and of the same updates in PyTorch on one thread where a Python has
 * it. All start from the same parameters and minibatch and must agree after a few updates; then they take turns, with a
 * step size of 0, so that every update does the same work. On a GPU, asked for with --device: where it overtakes.
 */
import { onnxAvailable } from '../src/graph/onnxruntime.ts'
import { wasmExecutor } from '../src/graph/wasm.ts'
import { initialise, NetworkPolicy, policySnapshot } from '../src/learn/policy.ts'
import { findTorch, PYTHONS, torchUpdater } from './peers/torch.ts'
import { megaflops, type PpoCase, ppoUpdate, settings, specOf } from './ppoCase.ts'
import { type BenchOptions, type BenchResult, cpuNanoseconds, median } from './result.ts'
import { sacUpdate } from './sacCase.ts'
import { joined, ourUpdater, type Times, type UpdateCase, type Updater, updatesIn } from './updateCase.ts'
import { gpuCrossover } from './updateGpu.ts'

/** Of a quadruped with many sensors, or so. */
const ROBOT = { obsSize: 45, actionSize: 17 }
const cases = (): Readonly<Record<string, UpdateCase>> => ({
  'PPO 2×64, minibatch 64': ppoUpdate({ ...ROBOT, hidden: [64, 64], rows: 64 }),
  'PPO 2×256, minibatch 2048': ppoUpdate({ ...ROBOT, hidden: [256, 256], rows: 2048 }),
  'SAC 2×256, minibatch 256': sacUpdate({ ...ROBOT, hidden: [256, 256], rows: 256 }),
})
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

export default async function run({ device }: BenchOptions = {}): Promise<BenchResult[]> {
  if (device !== undefined) return gpuCrossover(device, say)
  const python = findTorch()
  if (python === undefined) say(`PyTorch is not measured: none of ${PYTHONS.join(', ')} has it.`)
  const results: BenchResult[] = python === undefined ? [] : [await torchSpeed(python)]
  for (const [title, one] of Object.entries(cases()))
    results.push(...(await againstTorch(title, one, python)))
  if (await onnxAvailable()) for (const size of CROSSING) results.push(await wasmAgainstOnnx(size))
  return [...results, await actingTime()]
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** What kind of PyTorch this is: the ratios of large networks say little beside a slow BLAS. */
async function torchSpeed(python: string): Promise<BenchResult> {
  using peer = await torchUpdater(python, Object.values(cases())[0])
  const { version, productSpeed } = peer
  if (productSpeed < SLOW_PRODUCT)
    say('This PyTorch has a slow BLAS; install OpenBLAS (libopenblas0-pthread).')
  return { case: `PyTorch ${version}, matrix product`, value: productSpeed, unit: 'GFLOP/s' }
}

async function againstTorch(
  title: string,
  one: UpdateCase,
  python: string | undefined,
): Promise<BenchResult[]> {
  const updaters = new Map([['wasm', await ourUpdater('wasm', one)]])
  if (await onnxAvailable()) updaters.set('onnx-cpu', await ourUpdater('onnx-cpu', one))
  if (python !== undefined) updaters.set(PEER, await torchUpdater(python, one))
  try {
    await expectAgreement(updaters, one)
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
  const one = ppoUpdate(size)
  using wasm = await ourUpdater('wasm', one)
  using onnx = await ourUpdater('onnx-cpu', one)
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

const ACTIONS = 20_000
const ACTION_ROUNDS = 9

/** What one action for one observation takes, on the calling thread. */
async function actingTime(): Promise<BenchResult> {
  const size = { ...ROBOT, hidden: [64, 64], rows: 1 }
  const spec = specOf(size)
  const policy = new NetworkPolicy(wasmExecutor(), 1)
  const normaliser = { mean: new Float32Array(size.obsSize), scale: new Float32Array(size.obsSize).fill(1) }
  policy.load(policySnapshot(spec, 0, normaliser, initialise(spec, 1)))
  const obs = Float64Array.from({ length: size.obsSize }, (_, i) => Math.sin(i))
  const action = new Float32Array(size.actionSize)
  const times: number[] = []
  for (let round = 0; round < ACTION_ROUNDS; round++) {
    const cpu = await cpuNanoseconds(() => {
      for (let i = 0; i < ACTIONS; i++) policy.mean(obs, action)
    })
    times.push(cpu / ACTIONS / 1e3)
  }
  return { case: 'one action, 2×64: wasm', value: median(times.slice(1)), unit: 'µs CPU' }
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
  { states }: UpdateCase,
): Promise<void> {
  const start = joined(Object.values(states))
  const ends = new Map<string, { params: Float32Array; figures: Readonly<Record<string, number>> }>()
  for (const [name, updater] of updaters) {
    await updater.update(5, settings.learningRate)
    ends.set(name, { params: await updater.params(), figures: updater.figures() })
  }
  const [[first, one], ...others] = ends
  const moved = distance(one.params, start)
  for (const [name, other] of others) {
    const apart = distance(other.params, one.params)
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

/** Euclidean: an element whose gradient is all rounding may go either way under Adam. */
function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0))
}
