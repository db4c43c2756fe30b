/**
 * Runs graphs in WebAssembly on the calling thread. A graph becomes one generated module: fused loops, and calls of the
 * matrix product, over fixed addresses; a run is one call. For acting and for small updates: no native code, no
 * promise, the same numbers every time. Fused multiply-add is used where the engine has it, so numbers differ in the
 * last bit between machines with and without.
 */
import { CarrotError } from '../core/errors.ts'
import { fillState, lookUp, type SyncExecutor, type SyncSession } from './executor.ts'
import type { Graph } from './graph.ts'
import { relaxedSimd, simd } from './kernels/modules.ts'
import { assemble, FunctionWriter, I32 } from './wasmAssembler.ts'
import { compileLoop } from './wasmLoop.ts'
import type { Span } from './wasmMemory.ts'
import { type Gather, type Plan, planGraph } from './wasmPlan.ts'
import type { Product } from './wasmProduct.ts'

const PAGE = 65536
/** Bytes left free at the start; address 0 stays unused. */
const BASE = 64

interface Kernels {
  readonly module: WebAssembly.Module
  /** Built with fused multiply-add. */
  readonly fma: boolean
}
const loaded = new Map<boolean, Kernels>()

function loadKernels(wanted: boolean): Kernels {
  const known = loaded.get(wanted)
  if (known) return known
  const relaxed = decode(relaxedSimd)
  const fma = wanted && WebAssembly.validate(relaxed)
  const bytes = fma ? relaxed : decode(simd)
  if (!WebAssembly.validate(bytes)) {
    throw new CarrotError(
      'unsupported',
      'This engine has no WebAssembly SIMD.',
      'Use Node 18 or a browser of 2023 or later.',
    )
  }
  const kernels = { module: new WebAssembly.Module(bytes), fma }
  loaded.set(wanted, kernels)
  return kernels
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}

export interface WasmExecutorOptions {
  /** Use fused multiply-add where the engine has it; without, numbers are the same on every machine. */
  readonly fma?: boolean
}

export function wasmExecutor({ fma = true }: WasmExecutorOptions = {}): SyncExecutor {
  return {
    name: 'wasm',
    compile: async graph => compileGraph(graph, fma),
    compileSync: graph => compileGraph(graph, fma),
  }
}

function compileGraph(graph: Graph, wanted: boolean): SyncSession {
  const { module, fma } = loadKernels(wanted)
  const plan = planGraph(graph, BASE)
  const products = plan.steps.flatMap(step => ('product' in step ? [step.product] : []))
  const pages = Math.ceil((plan.end + workspaceBytes(products)) / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const { gemm } = new WebAssembly.Instance(module, { env: { memory } }).exports
  const bytes = assemble([{ name: 'gemm', parameters: GEMM_PARAMETERS }], pages, functionsOf(plan, fma))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, gemm } })
  for (const { span, data } of plan.constants) floats(memory, span).set(data)
  return new WasmSession(graph, plan, memory, instance.exports.run as () => void)
}

const GEMM_PARAMETERS = 12

/** One function for every loop and gather, and `run`, the last, which calls them. */
function functionsOf(plan: Plan, fma: boolean): FunctionWriter[] {
  const run = new FunctionWriter()
  const functions: FunctionWriter[] = []
  const call = (body: FunctionWriter): void => {
    functions.push(body)
    run.call(functions.length) // function 0 is gemm
  }
  for (const step of plan.steps) {
    if ('loop' in step) call(compileLoop(step.loop, fma))
    else if ('gather' in step) call(compileGather(step.gather))
    else if ('clear' in step) run.i32(step.clear.address).i32(0).i32(step.clear.bytes).memoryFill()
    else callProduct(run, step.product, plan.end)
  }
  return [...functions, run]
}

/** Calls gemm once for every index of the batch. */
function callProduct(run: FunctionWriter, product: Product, workspace: number): void {
  const { M, N, K, a, aStrides, b, bStrides, c, cStride, batch } = product
  if (batch.length === 0) {
    for (const argument of [M, N, K, a, ...aStrides, b, ...bStrides, c, cStride, workspace]) run.i32(argument)
    run.call(0)
    return
  }
  const nest = (axis: number, [left, right, result]: readonly number[]): void => {
    if (axis === batch.length) {
      for (const argument of [M, N, K]) run.i32(argument)
      run.get(left).i32(aStrides[0]).i32(aStrides[1])
      run.get(right).i32(bStrides[0]).i32(bStrides[1])
      run.get(result).i32(cStride).i32(workspace).call(0)
      return
    }
    const { count, ...steps } = batch[axis]
    const here = [left, right, result].map(outer => {
      const local = run.local(I32)
      run.get(outer).set(local)
      return local
    })
    run.repeat(count, () => {
      nest(axis + 1, here)
      here.forEach((local, i) => {
        run.get(local).i32([steps.a, steps.b, steps.c][i]).addI32().set(local)
      })
    })
  }
  const start = [a, b, c].map(address => {
    const local = run.local(I32)
    run.i32(address).set(local)
    return local
  })
  nest(0, start)
}

/** Copies the row of every index. */
function compileGather({ count, rowBytes, table, indices, to }: Gather): FunctionWriter {
  const code = new FunctionWriter()
  const [index, target] = [code.local(I32), code.local(I32)]
  code.i32(indices).set(index).i32(to).set(target)
  return code.repeat(count, () => {
    code.get(target)
    code.get(index).loadF32(0).truncateF32().i32(rowBytes).multiplyI32().i32(table).addI32()
    code.i32(rowBytes).memoryCopy()
    code.get(index).i32(4).addI32().set(index)
    code.get(target).i32(rowBytes).addI32().set(target)
  })
}

/** What gemm.ts asks for, for the largest product. */
function workspaceBytes(products: readonly Product[]): number {
  const bytes = ({ N, K }: Product) => 4 * Math.min(K, 256) * (8 * Math.ceil(N / 8) + 64) + 64
  return Math.max(0, ...products.map(bytes))
}

function floats(memory: WebAssembly.Memory, { address, size }: Span): Float32Array {
  return new Float32Array(memory.buffer, address, size)
}

class WasmSession implements SyncSession {
  private readonly graph: Graph
  private readonly inputs: ReadonlyMap<string, Float32Array>
  private readonly states: ReadonlyMap<string, Float32Array>
  private readonly outputs: ReadonlyMap<string, Float32Array>
  readonly run: () => void

  constructor(graph: Graph, plan: Plan, memory: WebAssembly.Memory, run: () => void) {
    const views = (spans: ReadonlyMap<string, Span>) =>
      new Map([...spans].map(([name, span]) => [name, floats(memory, span)]))
    this.graph = graph
    this.inputs = views(plan.inputs)
    this.states = views(plan.states)
    this.outputs = views(plan.outputs)
    this.run = run
  }

  input(name: string): Float32Array {
    return lookUp(this.graph, 'input', this.inputs, name)
  }
  output(name: string): Float32Array {
    return lookUp(this.graph, 'output', this.outputs, name)
  }
  readState(name: string): Float32Array {
    return lookUp(this.graph, 'state', this.states, name).slice()
  }
  writeState(name: string, data: ArrayLike<number>): void {
    fillState(this.graph, name, lookUp(this.graph, 'state', this.states, name), data)
  }
  settle(): void {}
  /** The memory goes when the session is no longer referenced; there is nothing else to free. */
  dispose(): void {}
  [Symbol.dispose](): void {}
}
