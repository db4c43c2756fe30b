/**
 * Sessions of onnxruntime on a GPU through WebGPU, in Node and in pages alike. States stay in the GPU's memory between runs; inputs go
 * there and outputs come back with every run.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { CarrotError } from '../core/errors.ts'
import { fillState, gpuLost, gpuRefused, lookUp, type Session } from './executor.ts'
import { Graph } from './graph.ts'
import { nextStateName, onnxModel } from './onnx.ts'
import type { Tensor } from './tensor.ts'

type Runtime = Pick<typeof import('onnxruntime-common'), 'InferenceSession' | 'Tensor'>

/** Throws CarrotError 'unsupported' where onnxruntime finds no GPU. */
export async function webgpuSession(runtime: Runtime, graph: Graph): Promise<Session> {
  const assigned = [...graph.states].filter(([, state]) => graph.assignments.has(state)).map(([name]) => name)
  const create = (made: Graph, kept: readonly string[]): Promise<InferenceSession> =>
    runtime.InferenceSession.create(onnxModel(made, { webgpu: true }), {
      // What it has no kernel for runs on the CPU.
      executionProviders: ['webgpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      preferredOutputLocation: Object.fromEntries(kept.map(name => [nextStateName(name), 'gpu-buffer'])),
    })
  try {
    const session = await create(graph, assigned)
    const reader = assigned.length > 0 ? await create(identities(graph, assigned), []) : undefined
    return new WebgpuSession({ graph, runtime, session, reader, assigned })
  } catch (error) {
    throw gpuRefused(graph, 'webgpu', error)
  }
}

/** Each state as an output. Fetching a tensor from the GPU in any other way aborts Node (onnxruntime-node 1.30). */
function identities(graph: Graph, names: readonly string[]): Graph {
  const copies = new Graph(`${graph.name}-states`)
  for (const name of names) copies.output(copyName(name), copies.input(name, graph.states.get(name)!.shape))
  return copies
}

const copyName = (state: string): string => `copy of ${state}`

interface Parts {
  readonly graph: Graph
  readonly runtime: Runtime
  readonly session: InferenceSession
  /** Gives the states back that live on the GPU. */
  readonly reader: InferenceSession | undefined
  /** States that a run replaces. */
  readonly assigned: readonly string[]
}

class WebgpuSession implements Session {
  private readonly parts: Parts
  private readonly inputs: ReadonlyMap<string, OrtTensor>
  private readonly outputs: ReadonlyMap<string, Float32Array>
  /** What runs read: on the GPU after a run, in memory where written since. */
  private readonly states: Map<string, OrtTensor>
  /** States in memory; those of `stale` are older than what is on the GPU. */
  private readonly home: ReadonlyMap<string, Float32Array<ArrayBuffer>>
  private readonly stale = new Set<string>()
  private readonly feeds: Record<string, OrtTensor> = {}
  private disposed = false

  constructor(parts: Parts) {
    const { graph, session } = parts
    const arrays = (tensors: ReadonlyMap<string, Tensor>) =>
      new Map([...tensors].map(([name, { size }]) => [name, new Float32Array(size)]))
    this.parts = parts
    this.outputs = arrays(graph.outputs)
    this.home = arrays(graph.states)
    this.inputs = new Map([...graph.inputs].map(([name, input]) => [name, this.tensor(input)]))
    this.states = new Map(
      [...graph.states].map(([name, state]) => [name, this.tensor(state, this.home.get(name))]),
    )
    const used = new Set(session.inputNames)
    for (const [name, tensor] of [...this.inputs, ...this.states])
      if (used.has(name)) this.feeds[name] = tensor
  }

  private tensor({ size, shape }: Tensor, data = new Float32Array(size)): OrtTensor {
    return new this.parts.runtime.Tensor('float32', data, [...shape])
  }

  input(name: string): Float32Array {
    return lookUp(this.parts.graph, 'input', this.inputs, name).data as Float32Array
  }

  async run(): Promise<void> {
    const { session, assigned } = this.parts
    const results = await this.guarded(session.run(this.feeds))
    for (const [name, array] of this.outputs) array.set(results[name].data as Float32Array)
    for (const name of assigned) {
      this.replace(name, results[nextStateName(name)])
      this.stale.add(name)
    }
  }

  /** Takes a tensor as the state, and frees the one before. */
  private replace(name: string, next: OrtTensor): void {
    const old = this.states.get(name)!
    if (old.location === 'gpu-buffer') old.dispose()
    this.states.set(name, next)
    if (name in this.feeds) this.feeds[name] = next
  }

  async settle(): Promise<void> {
    const { reader } = this.parts
    if (reader === undefined || this.stale.size === 0) return
    const wanted = [...this.stale]
    const feeds = Object.fromEntries(reader.inputNames.map(name => [name, this.states.get(name)!]))
    const copies = await this.guarded(reader.run(feeds, wanted.map(copyName)))
    for (const name of wanted) this.home.get(name)!.set(copies[copyName(name)].data as Float32Array)
    this.stale.clear()
  }

  /** The GPU may go away at any time: a driver restarts, a computer sleeps. */
  private guarded<T>(work: Promise<T>): Promise<T> {
    return work.catch(error => {
      throw gpuLost(this.parts.graph, 'webgpu', error)
    })
  }

  output(name: string): Float32Array {
    return lookUp(this.parts.graph, 'output', this.outputs, name)
  }

  readState(name: string): Float32Array {
    const { graph } = this.parts
    const data = lookUp(graph, 'state', this.home, name)
    if (this.stale.has(name)) {
      throw new CarrotError(
        'protocol-misuse',
        `State '${name}' of graph '${graph.name}' is read while its value is on the GPU.`,
        'Await settle() between run() and readState().',
      )
    }
    return data.slice()
  }

  writeState(name: string, data: ArrayLike<number>): void {
    const { graph } = this.parts
    const home = lookUp(graph, 'state', this.home, name)
    fillState(graph, name, home, data)
    this.stale.delete(name)
    this.replace(name, this.tensor(graph.states.get(name)!, home))
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    for (const tensor of this.states.values()) if (tensor.location === 'gpu-buffer') tensor.dispose()
    void this.parts.session.release()
    void this.parts.reader?.release()
  }
  [Symbol.dispose](): void {
    this.dispose()
  }
}
