/** Which executor runs the update graph, and why. */
import { CarrotError } from './core/errors.ts'
import type { PolicySpec } from './core/policy.ts'
import { type GpuApi, hasGpu, probeGpu } from './gpu.ts'
import type { Executor } from './graph/executor.ts'
import { withFallback } from './graph/fallback.ts'
import { cudaExecutor, onnxAvailable, onnxExecutor, webgpuExecutor } from './graph/onnxruntime.ts'
import { wasmExecutor } from './graph/wasm.ts'
import { type Chosen, stepOperations } from './learn/algorithms.ts'
import type { TrialSizes } from './trialGraph.ts'
import { type Trials, trials } from './trials.ts'

export type ExecutorName = Executor['name']
export type Device = 'auto' | 'cpu' | 'wasm' | GpuApi

export interface ExecutorChoice {
  readonly name: ExecutorName
  /** One line for the start of a run. */
  readonly reason: string
}

/**
 * Below this many floating-point operations a gradient step, one call into WASM beats onnxruntime's cost per node;
 * above, onnxruntime's wider vectors win. They were equal at 70 to 100 MFLOP on a machine with AVX2 and at 30 to 50 on
 * one with AVX-512 (`carrot bench update` shows it for yours).
 */
const WASM_LIMIT = 60e6

/** Resolves `--device`. Throws CarrotError 'unsupported' when what was asked for is not there. */
export async function chooseExecutor(
  device: Device,
  chosen: Chosen,
  spec: PolicySpec,
): Promise<ExecutorChoice> {
  if (device === 'wasm') return { name: 'wasm', reason: 'the WASM executor, as asked' }
  if (device === 'webgpu' || device === 'cuda') return askedGpu(device)
  const available = await onnxAvailable()
  if (device === 'cpu') {
    if (available) return { name: 'onnx-cpu', reason: 'onnxruntime on the CPU, as asked' }
    throw new CarrotError(
      'unsupported',
      'The device cpu needs onnxruntime-node, which is not installed here.',
      'Use --device wasm (or auto), or run npm install onnxruntime-node.',
    )
  }
  if (!available) return { name: 'wasm', reason: 'the WASM executor: onnxruntime-node is not installed' }
  const operations = stepOperations(chosen, spec)
  const cpu = onCpu(operations)
  if (!(await hasGpu())) return cpu
  const sizes = trialSizes(chosen, spec)
  return fastest(cpu, await trials(cpu.name, sizes))
}

function onCpu(operations: number): ExecutorChoice {
  const size = `${rounded(operations / 1e6)} MFLOP a gradient step`
  return operations <= WASM_LIMIT
    ? { name: 'wasm', reason: `the WASM executor: ${size} is small` }
    : { name: 'onnx-cpu', reason: `onnxruntime on the CPU: ${size} is large` }
}

/** Two digits: 0.35, 3.5, 350. */
const rounded = (value: number): string => String(Number(value.toPrecision(2)))

async function askedGpu(api: GpuApi): Promise<ExecutorChoice> {
  const { works, reason } = await probeGpu(api)
  if (works) return { name: api, reason: `the GPU through ${api}, as asked` }
  throw new CarrotError(
    'unsupported',
    `The device ${api} cannot be used here. ${reason}`,
    'Use --device auto, cpu or wasm; carrot doctor tells what this machine has.',
  )
}

/** What `auto` takes: the GPU only where a step took less time on it. */
export function fastest(cpu: ExecutorChoice, { cpuSeconds, gpuSeconds }: Trials): ExecutorChoice {
  const times = Object.entries(gpuSeconds).sort(([, a], [, b]) => a - b)
  if (cpuSeconds === undefined || times.length === 0) return cpu
  const [[api, seconds]] = times
  const timed = `${milliseconds(seconds)} a step on the GPU, ${milliseconds(cpuSeconds)} on the CPU`
  return seconds < cpuSeconds
    ? { name: api as GpuApi, reason: `the GPU through ${api}: ${timed}` }
    : { ...cpu, reason: `${cpu.reason} (${timed})` }
}

const milliseconds = (seconds: number): string => `${(seconds * 1e3).toPrecision(2)} ms`

/** Sizes of a network and minibatch like the learner's. */
const trialSizes = ({ algorithm, settings }: Chosen, spec: PolicySpec): TrialSizes => ({
  rows: algorithm === 'ppo' ? settings.batch / settings.minibatches : settings.minibatch,
  inputs: spec.obsSize,
  hidden: spec.hidden,
  outputs: spec.actionSize,
})

/**
 * `threads`: what onnxruntime may use; the numbers do not depend on it. A GPU that is lost is left for the CPU, which
 * `onLost` hears of; without it, losing one is an error.
 */
export async function executorFor(
  name: ExecutorName,
  threads = 1,
  onLost?: (message: string) => void,
): Promise<Executor> {
  if (name === 'wasm') return wasmExecutor()
  const cpu = onnxExecutor({ threads })
  if (name === 'onnx-cpu') return cpu
  const gpu = name === 'webgpu' ? webgpuExecutor() : cudaExecutor()
  return onLost === undefined ? gpu : withFallback(gpu, cpu, onLost)
}
