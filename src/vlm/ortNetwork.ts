/** Networks in onnxruntime-node. */
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import { CarrotError } from '../core/errors.ts'
import type { Runtime } from '../graph/onnxruntime.ts'
import { halfOf, valueOfHalf } from './half.ts'
import { firstLine, type Network, type Numbers, type ValueInfo } from './network.ts'

/** Throws what onnxruntime does. */
export async function openOrtNetwork(
  runtime: Runtime,
  file: string,
  provider: string,
  threads: number,
): Promise<Network> {
  const session = await runtime.InferenceSession.create(file, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // What goes wrong is thrown, and need not be printed as well.
    logSeverityLevel: 4,
    // Threads that wait by spinning starve the simulation beside them.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  return new OrtNetwork(file, session, runtime)
}

class OrtNetwork implements Network {
  readonly file: string
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  private readonly session: InferenceSession
  private readonly runtime: Runtime

  constructor(file: string, session: InferenceSession, runtime: Runtime) {
    this.file = file
    this.session = session
    this.runtime = runtime
    this.inputs = valuesOf(session.inputMetadata)
    this.outputs = valuesOf(session.outputMetadata)
  }

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
