/** One ONNX network in onnxruntime-node, on the first execution provider that takes it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import { CarrotError } from '../core/errors.ts'
import { loadRuntime, type Runtime } from '../graph/onnxruntime.ts'
import { halfOf, valueOfHalf } from './half.ts'

/** An execution provider that was asked and could not be used. */
export interface Refusal {
  readonly provider: string
  readonly reason: string
}

export interface SessionOptions {
  readonly threads: number
  /** In the order in which they are tried. */
  readonly providers: readonly string[]
}

/** What a network takes or gives; a size that may vary is given by name. */
export interface ValueInfo {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** Numbers with their shape. */
export interface Numbers<Data = Float32Array | Int32Array> {
  readonly data: Data
  readonly shape: readonly number[]
}

export class NetworkSession {
  readonly file: string
  readonly provider: string
  /** Providers tried before it. */
  readonly refused: readonly Refusal[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  private readonly session: InferenceSession
  private readonly runtime: Runtime

  private constructor(
    file: string,
    provider: string,
    refused: readonly Refusal[],
    session: InferenceSession,
    runtime: Runtime,
  ) {
    this.file = file
    this.provider = provider
    this.refused = refused
    this.session = session
    this.runtime = runtime
    this.inputs = valuesOf(session.inputMetadata)
    this.outputs = valuesOf(session.outputMetadata)
  }

  /** Throws CarrotError 'unsupported' without onnxruntime-node or a provider, and 'bad-file' for a file that is no network. */
  static async open(file: string, { threads, providers }: SessionOptions): Promise<NetworkSession> {
    const runtime = await loadRuntime()
    if (runtime === undefined) {
      throw new CarrotError(
        'unsupported',
        `The network ${file} needs onnxruntime-node, which is not installed, or has no build for this platform.`,
        'Run npm install onnxruntime-node with ONNXRUNTIME_NODE_INSTALL=skip set.',
      )
    }
    refuseNonsense(file)
    const refused: Refusal[] = []
    for (const provider of providers) {
      try {
        const session = await runtime.InferenceSession.create(file, {
          // One alone: onnxruntime-node gives up on a list as soon as one of it is missing.
          executionProviders: [provider],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          graphOptimizationLevel: 'all',
          // What goes wrong is thrown, and need not be printed as well.
          logSeverityLevel: 4,
          // Threads that wait by spinning starve the simulation beside them.
          extra: { session: { intra_op: { allow_spinning: '0' } } },
        })
        return new NetworkSession(file, provider, refused, session, runtime)
      } catch (error) {
        refused.push({ provider, reason: firstLine(error) })
      }
    }
    throw unopened(file, refused)
  }

  /** What the network makes of its inputs, by name, as one of its outputs; whole numbers and halves become what it takes. */
  async run(feeds: Readonly<Record<string, Numbers>>, output: string): Promise<Numbers<Float32Array>> {
    const tensors = Object.fromEntries(
      this.inputs.map(({ name, type }) => [name, this.tensor(feeds[name], type)]),
    )
    const results = await this.session.run(tensors, [output]).catch(error => {
      throw new CarrotError(
        'bad-model',
        `The network ${this.file} failed: ${firstLine(error)}.`,
        'Check that it fits the json files of its folder.',
      )
    })
    return numbersOf(results[output])
  }

  async close(): Promise<void> {
    await this.session.release()
  }

  private tensor({ data, shape }: Numbers, type: string): Tensor {
    const { Tensor } = this.runtime
    if (type === 'int64')
      return new Tensor(
        type,
        BigInt64Array.from(data, value => BigInt(value)),
        [...shape],
      )
    if (type === 'int32') return new Tensor(type, Int32Array.from(data), [...shape])
    if (type === 'float16') {
      const bits = Uint16Array.from(data, halfOf)
      const tensor = new Tensor(type, bits, [...shape])
      // From Node 24 on it turns the bits into an array of halves that it cannot read itself (microsoft/onnxruntime#32323).
      return Object.defineProperty(tensor, 'data', { value: bits })
    }
    if (type === 'bool') return new Tensor(type, Uint8Array.from(data), [...shape])
    return new Tensor('float32', data instanceof Float32Array ? data : Float32Array.from(data), [...shape])
  }
}

const valuesOf = (metadata: InferenceSession['inputMetadata']): ValueInfo[] =>
  metadata.map(entry => ({
    name: entry.name,
    type: entry.isTensor ? entry.type : 'none',
    shape: entry.isTensor ? entry.shape : [],
  }))

function numbersOf({ data, dims, type }: Tensor): Numbers<Float32Array> {
  if (type === 'float32') return { data: data as Float32Array, shape: dims }
  if (type === 'float16') {
    // Node 24 has an array of halves, older ones have their bits.
    const halves = data as unknown as ArrayLike<number>
    const values =
      data.constructor === Uint16Array ? Float32Array.from(halves, valueOfHalf) : Float32Array.from(halves)
    return { data: values, shape: dims }
  }
  return { data: Float32Array.from(data as ArrayLike<number>, Number), shape: dims }
}

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error)
    .split('\n')[0]
    .trim()
    .replace(/\.$/, '')

/** A network begins with the number of its format; a page of text that was saved in its place does not. */
function refuseNonsense(file: string): void {
  const start = Buffer.alloc(1)
  const handle = openSync(file, 'r')
  const size = statSync(file).size
  try {
    readSync(handle, start, 0, 1, 0)
  } finally {
    closeSync(handle)
  }
  if (size > 0 && start[0] === 0x08) return
  throw broken(file, size === 0 ? 'it is empty' : 'it does not begin as one')
}

const broken = (file: string, why: string): CarrotError =>
  new CarrotError(
    'bad-file',
    `${file} is not a whole ONNX network: ${why}.`,
    'Fetch it again, and compare its size with that of the original.',
  )

function unopened(file: string, refused: readonly Refusal[]): CarrotError {
  const last = refused.at(-1)
  if (last?.provider === 'cpu') return broken(file, last.reason)
  const tried = refused.map(({ provider, reason }) => `${provider} (${reason})`).join(', ')
  return new CarrotError(
    'unsupported',
    `${file} could not be loaded: no execution provider took it: ${tried || 'none was named'}.`,
    'Add cpu to the providers.',
  )
}
