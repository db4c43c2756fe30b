/** Updates on a GPU against the CPU, over widths and minibatches: where the GPU overtakes. */
import { CarrotError } from '../src/core/errors.ts'
import { type GpuApi, hasGpu, probeGpu } from '../src/gpu.ts'
import { type PpoCase, ppoUpdate } from './ppoCase.ts'
import { type BenchResult, median } from './result.ts'
import { ourUpdater, type Times, updatesIn } from './updateCase.ts'

const WIDTHS = [64, 256, 1024, 2048]
const ROWS = [64, 1024, 16_384, 65_536]
/** Larger steps than this are left out: the CPU would take minutes, and their activations gigabytes. */
const MOST_ACTIVATIONS = 3e8
const ROUNDS = 5
const SECONDS = 0.5

/** Throws CarrotError where there is no such graphics card: a device in software would tell nothing. */
async function neededGpu(device: string): Promise<GpuApi> {
  if (device !== 'webgpu' && device !== 'cuda') {
    throw new CarrotError('bad-argument', `--device is webgpu or cuda, not ${device}.`, 'Choose one of them.')
  }
  const missing = 'this machine has no graphics card, and a device in software says nothing.'
  const { works, reason } = (await hasGpu()) ? await probeGpu(device) : { works: false, reason: missing }
  if (works) return device
  throw new CarrotError(
    'unsupported',
    `${device} is not measured: ${reason}`,
    'carrot doctor tells what this machine has; without --device the executors of the CPU are measured.',
  )
}

/** Wall-clock updates/s for all sizes, and for every width the minibatch from which on the GPU is faster. */
export async function gpuCrossover(asked: string, say: (line: string) => void): Promise<BenchResult[]> {
  const device = await neededGpu(asked)
  const results: BenchResult[] = []
  for (const width of WIDTHS) {
    let crossover: number | undefined
    for (const rows of ROWS) {
      if (4 * width * rows > MOST_ACTIVATIONS) {
        say(`2×${width}, minibatch ${rows} is left out: the CPU would take minutes.`)
        continue
      }
      const result = await compare(device, { obsSize: 45, actionSize: 17, hidden: [width, width], rows })
      results.push(result)
      if (result.ratio !== undefined && result.ratio > 1) crossover ??= rows
    }
    say(
      crossover === undefined
        ? `2×${width}: the CPU is faster at every minibatch that was tried.`
        : `2×${width}: ${device} is faster from minibatches of ${crossover} on.`,
    )
  }
  return results
}

/** Wall-clock time: the CPU waits for the GPU. */
async function compare(device: GpuApi, size: PpoCase): Promise<BenchResult> {
  const one = ppoUpdate(size)
  using gpu = await ourUpdater(device, one)
  using cpu = await ourUpdater('onnx-cpu', one)
  const counts = [await updatesIn(SECONDS, gpu), await updatesIn(SECONDS, cpu)]
  const rates: [gpu: number, cpu: number][] = []
  const rate = (count: number, { wall }: Times) => count / wall
  for (let round = 0; round < ROUNDS; round++) {
    rates.push([
      rate(counts[0], await gpu.update(counts[0], 0)),
      rate(counts[1], await cpu.update(counts[1], 0)),
    ])
  }
  return {
    case: `PPO 2×${size.hidden[0]}, minibatch ${size.rows}: ${device}`,
    value: median(rates.map(([own]) => own)),
    unit: 'updates/s',
    ratio: median(rates.map(([own, other]) => own / other)),
    against: 'onnx-cpu',
  }
}
