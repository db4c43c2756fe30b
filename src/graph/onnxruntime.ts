/**
 * Runs graphs in onnxruntime-node: native kernels on the CPU for medium and large networks, and GPUs. The package is optional;
 * importing this file never fails. A run blocks the thread inside native code, so learners use it in a worker.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { CarrotError } from '../core/errors.ts'
import { type Executor, fillState, gpuLost, gpuRefused, lookUp, type Session } from './executor.ts'
import type { Graph } from './graph.ts'
import { nextStateName, onnxModel } from './onnx.ts'
import { sizeOf } from './shape.ts'
import type { Tensor } from './tensor.ts'
import { type StateView, stateViews } from './views.ts'
import { webgpuSession } from './webgpu.ts'

export type Runtime = typeof import('onnxruntime-common')

let loading: Promise<Runtime | undefined> | undefined

/** The package, or undefined where it is not installed or has no build for this platform. */
export function loadRuntime(): Promise<Runtime | undefined> {
  // A name that bundlers do not see: there is nothing to bundle for a page.
  const name = 'onnxruntime-node'
  loading ??= import(/* @vite-ignore */ name).then(
    module => module as Runtime,
    () => undefined,
  )
  return loading
}

/** Whether onnxruntime-node is installed and loads here. */
export async function onnxAvailable(): Promise<boolean> {
  return (await loadRuntime()) !== undefined
}

export interface OnnxExecutorOptions {
  /** Threads of one operation; the numbers do not depend on it. */
  readonly threads?: number
}

async function neededRuntime(): Promise<Runtime> {
  const runtime = await loadRuntime()
  if (runtime !== undefined) return runtime
  throw new CarrotError(
    'unsupported',
    'onnxruntime-node is not installed, or has no build for this platform.',
    'Run npm install onnxruntime-node with ONNXRUNTIME_NODE_INSTALL=skip set, or use the WASM executor.',
  )
}

/** Runs graphs on a GPU through WebGPU. compile() throws CarrotError 'unsupported' where none can be used. */
export function webgpuExecutor(): Executor {
  return { name: 'webgpu', compile: async graph => webgpuSession(await neededRuntime(), graph) }
}

/** Runs graphs on an NVIDIA GPU; states travel with every run. compile() throws as webgpuExecutor's. */
export function cudaExecutor(): Executor {
  return {
    name: 'cuda',
    compile: async graph => {
      const runtime = await neededRuntime()
      // Never beside 'cpu': a missing CUDA is then an error, and what CUDA lacks runs on the CPU anyway.
      const options = { executionProviders: ['cuda'], logSeverityLevel: 3 } as const
      const session = await runtime.InferenceSession.create(onnxModel(graph), options).catch(error => {
        throw gpuRefused(graph, 'cuda', error)
      })
      return new OnnxSession(graph, session, runtime, 'cuda')
    },
  }
}

/** Throws CarrotError 'unsupported' from compile() where onnxruntime-node is absent. */
export function onnxExecutor({ threads = 1 }: OnnxExecutorOptions = {}): Executor {
  return {
    name: 'onnx-cpu',
    compile: async graph => {
      const runtime = await neededRuntime()
      const session = await runtime.InferenceSession.create(onnxModel(graph, { views: true }), {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        // Spinning threads starve the environments that run beside the learner; denormals are slow and mean nothing here.
        extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: '1' } },
      })
      return new OnnxSession(graph, session, runtime)
    },
  }
}

/** Inputs, states and outputs are arrays that the runtime reads and writes in place; nothing is copied. */
class OnnxSession implements Session {
  private readonly graph: Graph
  private readonly session: InferenceSession
  private readonly inputs: Map<string, OrtTensor>
  private readonly states: Map<string, OrtTensor>
  private readonly outputs: Map<string, OrtTensor>
  private readonly feeds: Record<string, OrtTensor> = {}
  private readonly fetches: Record<string, OrtTensor> = {}
  private readonly assigned: string[]
  /** Inputs that point into a state, by the array that holds it. */
  private readonly views = new Map<OrtTensor, Record<string, OrtTensor>>()
  private readonly gpu: 'cuda' | undefined
  private disposed = false

  constructor(graph: Graph, session: InferenceSession, runtime: Runtime, gpu?: 'cuda') {
    this.gpu = gpu
    const allocate = (tensor: Tensor) =>
      new runtime.Tensor('float32', new Float32Array(tensor.size), [...tensor.shape])
    const table = (tensors: ReadonlyMap<string, Tensor>) =>
      new Map([...tensors].map(([name, tensor]) => [name, allocate(tensor)]))
    this.graph = graph
    this.session = session
    this.inputs = table(graph.inputs)
    this.states = table(graph.states)
    this.outputs = table(graph.outputs)
    const used = new Set(session.inputNames)
    for (const [name, tensor] of [...this.inputs, ...this.states])
      if (used.has(name)) this.feeds[name] = tensor
    for (const [name, tensor] of this.outputs) this.fetches[name] = tensor
    this.assigned = [...graph.states]
      .filter(([, state]) => graph.assignments.has(state))
      .map(([name]) => name)
    for (const name of this.assigned) this.fetches[nextStateName(name)] = allocate(graph.states.get(name)!)
    const views = [...stateViews(graph).values()].filter(({ name }) => used.has(name))
    for (const [name, holder] of this.states) {
      for (const array of [holder, this.fetches[nextStateName(name)] ?? holder])
        this.views.set(array, this.into(array, name, views, runtime))
      Object.assign(this.feeds, this.views.get(holder))
    }
  }

  /** Views of a state in the array that holds it. */
  private into(
    holder: OrtTensor,
    state: string,
    views: readonly StateView[],
    runtime: Runtime,
  ): Record<string, OrtTensor> {
    const data = holder.data as Float32Array
    const own = views.filter(view => view.state === state)
    return Object.fromEntries(
      own.map(({ name, offset, shape }) => {
        const part = data.subarray(offset, offset + sizeOf(shape))
        return [name, new runtime.Tensor('float32', part, [...shape])]
      }),
    )
  }

  input(name: string): Float32Array {
    return lookUp(this.graph, 'input', this.inputs, name).data as Float32Array
  }

  async run(): Promise<void> {
    const copies = await this.session.run(this.feeds, this.fetches).catch(error => {
      throw this.gpu === undefined ? error : gpuLost(this.graph, this.gpu, error)
    })
    this.discard(copies)
    // The arrays of old and new state change places.
    for (const name of this.assigned) {
      const next = this.fetches[nextStateName(name)]
      this.fetches[nextStateName(name)] = this.states.get(name)!
      this.states.set(name, next)
      if (name in this.feeds) this.feeds[name] = next
      Object.assign(this.feeds, this.views.get(next))
    }
  }

  /**
   * Besides filling our arrays, the runtime returns a new copy of each. Their memory is given back at once: left to the
   * garbage collector, megabytes a run make it collect all the time, and every run starts on pages not yet mapped.
   */
  private discard(copies: InferenceSession.ReturnType): void {
    for (const [name, { data }] of Object.entries(copies)) {
      const { buffer } = data as Float32Array<ArrayBuffer>
      if (buffer !== (this.fetches[name].data as Float32Array).buffer) buffer.transfer(0)
    }
  }

  settle(): void {}
  output(name: string): Float32Array {
    return lookUp(this.graph, 'output', this.outputs, name).data as Float32Array
  }
  readState(name: string): Float32Array {
    return (lookUp(this.graph, 'state', this.states, name).data as Float32Array).slice()
  }
  writeState(name: string, data: ArrayLike<number>): void {
    fillState(this.graph, name, lookUp(this.graph, 'state', this.states, name).data as Float32Array, data)
  }
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    void this.session.release()
  }
  [Symbol.dispose](): void {
    this.dispose()
  }
}
