/** Which executor runs the update graph, and why. */
import { CarrotError } from './core/errors.ts'
import type { PolicySpec } from './core/policy.ts'
import type { Executor } from './graph/executor.ts'
import { onnxAvailable, onnxExecutor } from './graph/onnxruntime.ts'
import { wasmExecutor } from './graph/wasm.ts'
import { type Chosen, stepOperations } from './learn/algorithms.ts'

export type ExecutorName = 'wasm' | 'onnx-cpu'

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

/** Resolves `--device`. Throws CarrotError 'unsupported' when what was asked for is not installed. */
export async function chooseExecutor(
  device: 'auto' | 'cpu' | 'wasm',
  chosen: Chosen,
  spec: PolicySpec,
): Promise<ExecutorChoice> {
  if (device === 'wasm') return { name: 'wasm', reason: 'WASM executor, as asked' }
  const available = await onnxAvailable()
  if (device === 'cpu') {
    if (available) return { name: 'onnx-cpu', reason: 'onnxruntime on the CPU, as asked' }
    throw new CarrotError(
      'unsupported',
      'The device cpu needs onnxruntime-node, which is not installed here.',
      'Use --device wasm (or auto), or run npm install onnxruntime-node.',
    )
  }
  if (!available) return { name: 'wasm', reason: 'WASM executor: onnxruntime-node is not installed' }
  const operations = stepOperations(chosen, spec)
  const size = `${(operations / 1e6).toPrecision(2)} MFLOP a gradient step`
  return operations <= WASM_LIMIT
    ? { name: 'wasm', reason: `WASM executor: ${size} is small` }
    : { name: 'onnx-cpu', reason: `onnxruntime on the CPU: ${size} is large` }
}

/** `threads`: what onnxruntime may use; the numbers do not depend on it. */
export async function executorFor(name: ExecutorName, threads = 1): Promise<Executor> {
  return name === 'wasm' ? wasmExecutor() : onnxExecutor({ threads })
}
