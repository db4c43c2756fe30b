/**
 * Writes graphs as ONNX models (onnx.ai/onnx/repo-docs/IR.html), for onnxruntime and for anyone who wants a trained
 * policy as a plain file.
 */
import { CarrotError } from '../core/errors.ts'
import type { Graph } from './graph.ts'
import { ProtobufWriter } from './protobuf.ts'
import { type Shape, sizeOf } from './shape.ts'
import type { BinaryOp, Tensor, UnaryOp } from './tensor.ts'

const OPSET = 17
const IR_VERSION = 8
const FLOAT = 1
const INT64 = 7
const BOOL = 9

export interface OnnxOptions {
  /** States with fixed values: they become weights inside the model, and are not updated. */
  readonly frozen?: Readonly<Record<string, Float32Array>>
  /**
   * Gives axis 0 of all inputs and outputs this name and lets it vary, whatever size the graph was made for. Only for
   * graphs that treat rows alike; throws CarrotError 'unsupported' otherwise.
   */
  readonly batchAxis?: string
}

/** The name under which a model gives the next value of a state. */
export function nextStateName(state: string): string {
  return `${state}/next`
}

/** An ONNX file. States are inputs, and their next values outputs, unless frozen. */
export function onnxModel(graph: Graph, options: OnnxOptions = {}): Uint8Array<ArrayBuffer> {
  return new ModelWriter(graph, options).model()
}

/** Operations that ONNX has under another name, on the same operands. */
const SAME = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  max: 'Max',
  min: 'Min',
  neg: 'Neg',
  exp: 'Exp',
  log: 'Log',
  tanh: 'Tanh',
  relu: 'Relu',
  sqrt: 'Sqrt',
  abs: 'Abs',
} as const satisfies { readonly [op in Exclude<UnaryOp | BinaryOp, 'greater' | 'stop'>]: string }

type Attributes = Readonly<Record<string, number | readonly number[]>>

class ModelWriter {
  private readonly graph: Graph
  private readonly options: OnnxOptions
  private readonly nodes = new ProtobufWriter()
  private readonly initializers = new ProtobufWriter()
  private readonly names = new Map<Tensor, string>()
  private readonly masks = new Map<Tensor, string>()
  private readonly written = new Set<string>()
  private readonly readers = new Map<Tensor, Tensor[]>()
  /** Values known now: frozen states and what is cut from them. */
  private readonly fixed = new Map<Tensor, Float32Array>()

  constructor(graph: Graph, options: OnnxOptions) {
    this.graph = graph
    this.options = options
  }

  model(): Uint8Array<ArrayBuffer> {
    const { graph, options } = this
    const schedule = graph.schedule()
    for (const node of schedule) {
      for (const operand of node.inputs)
        this.readers.set(operand, [...(this.readers.get(operand) ?? []), node])
    }
    const results = new Map(graph.outputs)
    for (const [state, value] of graph.assignments) {
      const name = stateName(state)
      if (!(name in (options.frozen ?? {}))) results.set(nextStateName(name), value)
    }
    // A computed value carries the first result's name; everything else reaches its result through Identity.
    for (const [name, value] of results) {
      const { op } = value.operation
      const leaf = op === 'input' || op === 'state' || op === 'constant' || op === 'stop'
      if (!leaf && !this.names.has(value)) this.names.set(value, name)
    }
    if (options.batchAxis !== undefined) checkRowsAlike(graph, schedule)
    const inputs = schedule.filter(node => this.isInput(node))
    for (const node of schedule) this.node(node)
    for (const [name, value] of results) {
      if (this.names.get(value) !== name || this.fixed.has(value))
        this.emit('Identity', [this.name(value)], name)
    }
    const file = new ProtobufWriter().integer(1, IR_VERSION).text(2, 'carrot')
    file.message(7, body => {
      body.append(this.nodes).text(2, graph.name).append(this.initializers)
      for (const input of inputs) this.signature(body, 11, this.name(input), input)
      for (const [name, value] of results) this.signature(body, 12, name, value)
    })
    return file.message(8, opset => opset.text(1, '').integer(2, OPSET)).finish()
  }

  private isInput({ operation }: Tensor): boolean {
    return (
      operation.op === 'input' ||
      (operation.op === 'state' && !(operation.name in (this.options.frozen ?? {})))
    )
  }

  /** Name and type of an input or output. */
  private signature(body: ProtobufWriter, field: number, name: string, { shape, operation }: Tensor): void {
    const batchAxis = operation.op === 'state' ? undefined : this.options.batchAxis
    body.message(field, info =>
      info.text(1, name).message(2, type =>
        type.message(1, tensor =>
          tensor.integer(1, FLOAT).message(2, dimensions => {
            shape.forEach((size, axis) => {
              dimensions.message(1, dimension => {
                if (axis === 0 && batchAxis !== undefined) dimension.text(2, batchAxis)
                else dimension.integer(1, size)
              })
            })
          }),
        ),
      ),
    )
  }

  /** The name of a value; a constant is written when first asked for. */
  private name(tensor: Tensor): string {
    if (tensor.operation.op === 'stop') return this.name(tensor.inputs[0])
    const { operation } = tensor
    const fixed = this.fixed.get(tensor)
    if (fixed) return this.floats(`w${tensor.id}`, tensor.shape, fixed)
    if (operation.op === 'constant') return this.floats(`c${tensor.id}`, tensor.shape, operation.data)
    if (operation.op === 'input' || operation.op === 'state') return operation.name
    const known = this.names.get(tensor)
    if (known) return known
    const name = `v${tensor.id}`
    this.names.set(tensor, name)
    return name
  }

  private floats(name: string, shape: Shape, data: Float32Array): string {
    return this.initializer(name, FLOAT, shape, data)
  }
  private integers(values: readonly number[]): string {
    const name = `i${values.join('_')}`
    return this.initializer(name, INT64, [values.length], BigInt64Array.from(values, BigInt))
  }
  private initializer(name: string, type: number, shape: Shape, data: Float32Array | BigInt64Array): string {
    if (this.written.has(name)) return name
    this.written.add(name)
    this.initializers.message(5, tensor => {
      for (const size of shape) tensor.integer(1, size)
      tensor.integer(2, type).text(8, name)
      tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    })
    return name
  }

  private emit(op: string, inputs: readonly string[], output: string, attributes: Attributes = {}): void {
    this.nodes.message(1, node => {
      for (const input of inputs) node.text(1, input)
      node.text(2, output).text(4, op)
      for (const [key, value] of Object.entries(attributes)) {
        node.message(5, attribute => {
          attribute.text(1, key)
          if (typeof value === 'number') attribute.integer(3, value).integer(20, 2)
          else {
            for (const item of value) attribute.integer(8, item)
            attribute.integer(20, 7)
          }
        })
      }
    })
  }

  private node(node: Tensor): void {
    if (this.fixes(node)) return
    const { operation, inputs } = node
    const output = this.name(node)
    const operands = () => inputs.map(operand => this.name(operand))
    switch (operation.op) {
      case 'input':
      case 'state':
      case 'constant':
      case 'stop':
        break
      case 'add': {
        const product = this.foldedProduct(node)
        if (product) this.product(product.matmul, output, this.name(product.bias))
        else this.emit('Add', operands(), output)
        break
      }
      case 'matmul': {
        const [reader] = this.readers.get(node) ?? []
        const folded = reader !== undefined && this.foldedProduct(reader)?.matmul === node
        if (!folded) this.product(node, output)
        break
      }
      case 'greater':
        this.greater(node, operands(), output)
        break
      case 'clip': {
        const bounds = [operation.low, operation.high].map(value =>
          this.floats(`f${value}`, [], Float32Array.of(value)),
        )
        this.emit('Clip', [...operands(), ...bounds], output)
        break
      }
      case 'where':
        this.emit('Where', [this.mask(inputs[0]), ...operands().slice(1)], output)
        break
      case 'sum': {
        const keepdims = operation.keep ? 1 : 0
        this.emit('ReduceSum', [...operands(), this.integers(operation.axes)], output, { keepdims })
        break
      }
      case 'transpose':
        this.emit('Transpose', operands(), output, { perm: operation.order })
        break
      case 'reshape': {
        // 0 copies the operand's size: the batch axis may vary.
        const batched = this.options.batchAxis !== undefined && node.shape[0] === inputs[0].shape[0]
        const shape = batched ? [0, ...node.shape.slice(1)] : node.shape
        this.emit('Reshape', [...operands(), this.integers(shape)], output)
        break
      }
      case 'broadcast':
        this.emit('Expand', [...operands(), this.integers(node.shape)], output)
        break
      case 'slice': {
        const { axis, start, end } = operation
        const ranges = [[start], [end], [axis]].map(value => this.integers(value))
        this.emit('Slice', [...operands(), ...ranges], output)
        break
      }
      case 'concat':
        this.emit('Concat', operands(), output, { axis: operation.axis })
        break
      default:
        this.emit(SAME[operation.op], operands(), output)
    }
  }

  private product(node: Tensor, output: string, bias?: string): void {
    if (node.operation.op !== 'matmul') return
    const { transposeA, transposeB } = node.operation
    const operands = node.inputs.map(operand => this.name(operand))
    this.emit('Gemm', bias === undefined ? operands : [...operands, bias], output, {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
    })
  }

  /** A sum that one Gemm can make: a product nobody else reads plus one number a column. */
  private foldedProduct(node: Tensor): { matmul: Tensor; bias: Tensor } | undefined {
    if (node.operation.op !== 'add') return undefined
    const [matmul, bias] = node.inputs
    const columns = node.shape[1]
    const fits = bias.rank === 1 && bias.shape[0] === columns
    const alone = this.readers.get(matmul)?.length === 1 && !this.isResult(matmul)
    return matmul.operation.op === 'matmul' && fits && alone ? { matmul, bias } : undefined
  }

  private isResult(tensor: Tensor): boolean {
    return [...this.graph.outputs.values(), ...this.graph.assignments.values()].includes(tensor)
  }

  /** Comparisons are booleans in ONNX; the 0 and 1 of ours are written only where somebody computes with them. */
  private greater(node: Tensor, operands: readonly string[], output: string): void {
    this.emit('Greater', operands, `${output}?`)
    this.masks.set(node, `${output}?`)
    const asNumber = (this.readers.get(node) ?? []).some(
      reader => reader.operation.op !== 'where' || reader.inputs.slice(1).includes(node),
    )
    if (asNumber || this.isResult(node)) this.emit('Cast', [`${output}?`], output, { to: FLOAT })
  }

  private mask(tensor: Tensor): string {
    const known = this.masks.get(tensor)
    if (known) return known
    const name = `${this.name(tensor)}?`
    this.emit('Cast', [this.name(tensor)], name, { to: BOOL })
    this.masks.set(tensor, name)
    return name
  }

  /** Frozen states, and contiguous parts of them, are computed here: the file holds plain weights. */
  private fixes(node: Tensor): boolean {
    const { operation } = node
    if (operation.op === 'state') {
      const data = this.options.frozen?.[operation.name]
      if (!data) return false
      if (data.length !== node.size) {
        throw new CarrotError(
          'bad-argument',
          `The frozen value of state '${operation.name}' has ${data.length} numbers, not ${node.size}.`,
          'Freeze a state with a value of its own size.',
        )
      }
      this.fixed.set(node, data)
      return true
    }
    const source = node.inputs.length === 1 ? this.fixed.get(node.inputs[0]) : undefined
    if (!source) return false
    if (operation.op === 'reshape') this.fixed.set(node, source)
    else if (operation.op === 'slice' && operation.axis === 0) {
      const row = sizeOf(node.shape.slice(1))
      this.fixed.set(node, source.subarray(operation.start * row, operation.end * row))
    } else return false
    return true
  }
}

function stateName(state: Tensor): string {
  return state.operation.op === 'state' ? state.operation.name : ''
}

/** Throws unless axis 0 of everything that depends on an input is the inputs' axis 0. */
function checkRowsAlike(graph: Graph, schedule: readonly Tensor[]): void {
  const rows = new Set<Tensor>()
  const keepsRows = (node: Tensor): boolean => {
    const { operation, inputs } = node
    switch (operation.op) {
      case 'matmul':
        return rows.has(inputs[0]) && !operation.transposeA && !rows.has(inputs[1])
      case 'transpose':
        return operation.order[0] === 0
      case 'sum':
        return !operation.axes.includes(0)
      case 'slice':
        return operation.axis !== 0
      case 'concat':
        return operation.axis !== 0 && inputs.every(input => rows.has(input))
      case 'reshape':
        return node.shape[0] === inputs[0].shape[0]
      case 'broadcast':
        return false
      default:
        // An operand of lower rank is shared by all rows; one of the same rank must be one row.
        return inputs.every(input => rows.has(input) || input.rank < node.rank || input.shape[0] === 1)
    }
  }
  for (const node of schedule) {
    const { op } = node.operation
    if (op !== 'input' && !node.inputs.some(input => rows.has(input))) continue
    if (op !== 'input' && !keepsRows(node)) {
      throw new CarrotError(
        'unsupported',
        `Graph '${graph.name}' cannot be written for any number of rows: ${op} %${node.id} mixes or fixes them.`,
        'Write it without a batch axis, or compute every row by itself.',
      )
    }
    rows.add(node)
  }
}
