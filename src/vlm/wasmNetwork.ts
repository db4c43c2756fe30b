/** Networks that carrot wrote itself, on its own executor: the embedded model works where there is no onnxruntime. */
import { readFileSync } from 'node:fs'
import type { Session } from '../graph/executor.ts'
import type { Graph, Tensor } from '../graph/graph.ts'
import { readOnnx } from '../graph/readOnnx.ts'
import { wasmExecutor } from '../graph/wasm.ts'
import type { Network, Numbers, ValueInfo } from './network.ts'

/** Rows of every run: the executor knows one size. */
const ROWS = 16

/** Throws CarrotError 'unsupported' for other people's networks. */
export function openWasmNetwork(file: string): Network {
  const graph = readOnnx(readFileSync(file), ROWS)
  return new WasmNetwork(file, graph, wasmExecutor().compileSync(graph))
}

class WasmNetwork implements Network {
  readonly file: string
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  private readonly graph: Graph
  private readonly session: Session

  constructor(file: string, graph: Graph, session: Session) {
    this.file = file
    this.graph = graph
    this.session = session
    this.inputs = valuesOf(graph.inputs)
    this.outputs = valuesOf(graph.outputs)
  }

  async run(feeds: Readonly<Record<string, Numbers>>, output: string): Promise<Numbers<Float32Array>> {
    for (const { name } of this.inputs) this.session.input(name).set(feeds[name].data)
    await this.session.run()
    return { data: this.session.output(output).slice(), shape: this.graph.outputs.get(output)!.shape }
  }

  async close(): Promise<void> {
    this.session.dispose()
  }
}

const valuesOf = (tensors: ReadonlyMap<string, Tensor>): ValueInfo[] =>
  [...tensors].map(([name, { shape }]) => ({ name, type: 'float32', shape }))
