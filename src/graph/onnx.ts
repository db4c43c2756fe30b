/**
 * Writes graphs as ONNX models (onnx.ai/onnx/repo-docs/IR.html), for onnxruntime and for anyone who wants a trained
 * policy as a plain file.
 */
import type { Graph } from './graph.ts'
import { ProtobufWriter } from './protobuf.ts'
import { rowsOf } from './rows.ts'
import { type Shape, sizeOf } from './shape.ts'
import { type BinaryOp, type OperationOf, type Tensor, throughStop, type UnaryOp } from './tensor.ts'
import { type StateView, stateViews } from './views.ts'
import { spreadShape, type Window } from './window.ts'

const OPSET = 17
const IR_VERSION = 8
const FLOAT = 1
const INT64 = 7
const BOOL = 9

export interface OnnxOptions {
  /**
   * Gives axis 0 of all inputs, and of what is made of them, this name and lets it vary, whatever size the graph was
   * made for. Only for graphs that treat rows alike; throws CarrotError 'unsupported' otherwise.
   */
  readonly batchAxis?: string
  /** Inputs that hold whole numbers, and are to be int64 in the file. */
  readonly integers?: readonly string[]
  /** Avoids what onnxruntime's WebGPU provider computes wrongly. */
  readonly webgpu?: boolean
  /** Makes inputs of their own of what is cut from states (see stateViews), instead of copying it in every run. */
  readonly views?: boolean
}

/** The name under which a model gives the next value of a state. */
export function nextStateName(state: string): string {
  return `${state}/next`
}

/**
 * An ONNX file. States are inputs, and their next values outputs. Constants, and what is cut from them, are weights.
 */
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
  private readonly batchAxis: string | undefined
  private readonly webgpu: boolean
  private readonly integerInputs: readonly string[]
  private readonly nodes = new ProtobufWriter()
  private readonly initializers = new ProtobufWriter()
  /** What the model gives, by name; stopGradient is looked through here and everywhere. */
  private readonly results: ReadonlyMap<string, Tensor>
  /** Values whose axis 0 varies. */
  private readonly rows: ReadonlySet<Tensor>
  private readonly readers = new Map<Tensor, Tensor[]>()
  private readonly names = new Map<Tensor, string>()
  private readonly masks = new Map<Tensor, string>()
  private readonly written = new Set<string>()
  private readonly views: ReadonlyMap<Tensor, StateView>
  /** Those that the model has as inputs, by name. */
  private readonly usedViews = new Map<string, Tensor>()
  /** Values known now: constants and what is cut from them. */
  private readonly fixed = new Map<Tensor, Float32Array>()

  constructor(graph: Graph, { batchAxis, integers = [], webgpu = false, views = false }: OnnxOptions) {
    this.graph = graph
    this.views = views ? stateViews(graph) : new Map()
    this.batchAxis = batchAxis
    this.webgpu = webgpu
    this.integerInputs = integers
    this.rows = batchAxis === undefined ? new Set() : rowsOf(graph)
    const next = [...graph.assignments].map(
      ([state, value]) => [nextStateName(nameOf(state)), value] as const,
    )
    this.results = new Map([...graph.outputs, ...next].map(([name, value]) => [name, throughStop(value)]))
  }

  model(): Uint8Array<ArrayBuffer> {
    const schedule = this.graph.schedule().filter(({ operation }) => operation.op !== 'stop')
    for (const node of schedule) {
      this.fix(node)
      for (const input of node.inputs) {
        const operand = throughStop(input)
        this.readers.set(operand, [...(this.readers.get(operand) ?? []), node])
      }
    }
    // A computed value carries the first result's name; everything else reaches its result through Identity.
    for (const [name, value] of this.results) {
      const computed = !isLeaf(value) && !this.fixed.has(value) && !this.views.has(value)
      if (computed && !this.names.has(value)) this.names.set(value, name)
    }
    for (const node of schedule.filter(node => this.isInteger(node))) {
      const name = `%${nameOf(node)}`
      this.emit('Cast', [nameOf(node)], name, { to: FLOAT })
      this.names.set(node, name)
    }
    for (const node of schedule) this.node(node)
    for (const [name, value] of this.results) {
      if (this.names.get(value) !== name) this.emit('Identity', [this.name(value)], name)
    }
    const file = new ProtobufWriter().integer(1, IR_VERSION).text(2, 'carrot')
    file.message(7, body => {
      body.append(this.nodes).text(2, this.graph.name).append(this.initializers)
      for (const input of schedule.filter(isLeaf)) this.signature(body, 11, nameOf(input), input)
      for (const [name, node] of this.usedViews) this.signature(body, 11, name, node)
      for (const [name, value] of this.results) this.signature(body, 12, name, value)
    })
    return file.message(8, opset => opset.text(1, '').integer(2, OPSET)).finish()
  }

  private isInteger({ operation }: Tensor): boolean {
    return operation.op === 'input' && this.integerInputs.includes(operation.name)
  }

  /** Name and type of an input or output. */
  private signature(body: ProtobufWriter, field: number, name: string, value: Tensor): void {
    const batchAxis = this.rows.has(value) ? this.batchAxis : undefined
    body.message(field, info =>
      info.text(1, name).message(2, type =>
        type.message(1, tensor =>
          tensor.integer(1, this.isInteger(value) ? INT64 : FLOAT).message(2, dimensions => {
            value.shape.forEach((size, axis) => {
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

  /** The name of a value; what is known now is written when first asked for. */
  private name(tensor: Tensor): string {
    const node = throughStop(tensor)
    if (isLeaf(node)) return this.names.get(node) ?? nameOf(node)
    const view = this.views.get(node)
    if (view) {
      this.usedViews.set(view.name, node)
      return view.name
    }
    const fixed = this.fixed.get(node)
    return fixed ? this.floats(`%${node.id}`, node.shape, fixed) : (this.names.get(node) ?? `%${node.id}`)
  }

  private floats(name: string, shape: Shape, data: Float32Array): string {
    return this.initializer(name, FLOAT, shape, data)
  }
  private integers(values: readonly number[]): string {
    const name = `%[${values}]`
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
    if (this.fixed.has(node) || this.views.has(node)) return
    const { operation, inputs } = node
    const output = this.name(node)
    const operands = () => inputs.map(operand => this.name(operand))
    switch (operation.op) {
      case 'input':
      case 'state':
      case 'constant':
      case 'stop':
        break // have no operation in the model
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
          this.floats(`%(${value})`, [], Float32Array.of(value)),
        )
        this.emit('Clip', [...operands(), ...bounds], output)
        break
      }
      case 'where':
        this.emit('Where', [this.mask(inputs[0]), ...operands().slice(1)], output)
        break
      case 'sum':
        this.sum(node, operation, output)
        break
      case 'largest': {
        // Up to opset 17 the axes of this one are an attribute.
        const keepdims = operation.keep ? 1 : 0
        this.emit('ReduceMax', operands(), output, { axes: operation.axes, keepdims })
        break
      }
      case 'convolve':
        this.emit('Conv', this.safeImages(node), output, windowAttributes(operation, inputs[1].shape))
        break
      case 'spread': {
        const attributes = windowAttributes(operation, inputs[1].shape)
        // What is past the last kernel position.
        const least = spreadShape(inputs[0], inputs[1], operation)
        const rest = [2, 3].map(axis => node.shape[axis] - least[axis])
        this.emit('ConvTranspose', operands(), output, { ...attributes, output_padding: rest })
        break
      }
      case 'gather': {
        const [table, indices] = operands()
        this.emit('Cast', [indices], `%#${output}`, { to: INT64 })
        this.emit('Gather', [table, `%#${output}`], output, { axis: 0 })
        break
      }
      case 'transpose':
        this.emit('Transpose', operands(), output, { perm: operation.order })
        break
      case 'reshape': {
        // 0 copies the operand's size: the batch axis may vary.
        const shape = this.rows.has(node) ? [0, ...node.shape.slice(1)] : node.shape
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

  /** Down the columns of a matrix: a product with a row of ones, as the CPU kernel for sums takes several times as long. */
  private sum({ inputs: [x] }: Tensor, { axes, keep }: OperationOf<'sum'>, output: string): void {
    const operand = this.name(x)
    const columns = x.rank === 2 && axes.length === 1 && axes[0] === 0 && keep && !this.rows.has(x)
    if (columns && !this.webgpu) {
      const [rows] = x.shape
      const ones = this.floats(`%1[${rows}]`, [1, rows], new Float32Array(rows).fill(1))
      this.emit('MatMul', [ones, operand], output)
    } else {
      this.emit('ReduceSum', [operand, this.integers(axes)], output, { keepdims: keep ? 1 : 0 })
    }
  }

  private product(node: Tensor, output: string, bias?: string): void {
    if (node.operation.op !== 'matmul') return
    const { transposeA, transposeB } = node.operation
    const operands = node.inputs.map(operand => this.name(operand))
    if (node.inputs.some(operand => operand.rank > 2)) {
      const turned = [transposeA, transposeB].map((turn, i) => {
        if (!turn) return operands[i]
        const name = `%ᵀ${i}${output}`
        const { rank } = node.inputs[i]
        const perm = Array.from({ length: rank }, (_, axis) => axis)
        this.emit('Transpose', [operands[i]], name, { perm: [...perm.slice(0, -2), rank - 1, rank - 2] })
        return name
      })
      this.emit('MatMul', turned, output)
      return
    }
    this.emit('Gemm', bias === undefined ? operands : [...operands, bias], output, {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
    })
  }

  /**
   * Operands of a convolution. The WebGPU provider (1.30) gives wrong numbers for 6 channels, in the path it takes for
   * multiples of 3 (microsoft/onnxruntime#29651): zeros make them multiples of 4.
   */
  private safeImages(node: Tensor): string[] {
    const operands = node.inputs.map(operand => this.name(operand))
    const [O, C] = node.inputs[1].shape
    const unsafe = this.webgpu && C > 3 && C % 3 === 0 && C % 4 !== 0 && O % 4 === 0
    if (!unsafe) return operands
    return node.inputs.map(({ shape }, i) => {
      const [outer, , ...rest] = shape
      const gap = [outer, 4 - (C % 4), ...rest]
      const zeros = this.floats(`%0[${gap}]`, gap, new Float32Array(sizeOf(gap)))
      const name = `%+${i}${this.name(node)}`
      this.emit('Concat', [operands[i], zeros], name, { axis: 1 })
      return name
    })
  }

  /** A sum that one Gemm can make: a product nobody else reads plus one number a column. */
  private foldedProduct(node: Tensor): { matmul: Tensor; bias: Tensor } | undefined {
    if (node.operation.op !== 'add') return undefined
    const [matmul, bias] = node.inputs.map(throughStop)
    if (matmul.operation.op !== 'matmul' || matmul.inputs.some(({ rank }) => rank > 2)) return undefined
    const fits = bias.rank === 1 && bias.shape[0] === matmul.shape[1]
    const alone = this.readers.get(matmul)?.length === 1 && !this.isResult(matmul)
    return fits && alone ? { matmul, bias } : undefined
  }

  private isResult(tensor: Tensor): boolean {
    return [...this.results.values()].includes(tensor)
  }

  /** Comparisons are booleans in ONNX; the 0 and 1 of ours are written only where somebody computes with them. */
  private greater(node: Tensor, operands: readonly string[], output: string): void {
    const mask = maskName(output)
    this.emit('Greater', operands, mask)
    this.masks.set(node, mask)
    const asNumber = (this.readers.get(node) ?? []).some(
      reader => reader.operation.op !== 'where' || reader.inputs.slice(1).map(throughStop).includes(node),
    )
    if (asNumber || this.isResult(node)) this.emit('Cast', [mask], output, { to: FLOAT })
  }

  private mask(tensor: Tensor): string {
    const node = throughStop(tensor)
    const known = this.masks.get(node)
    if (known) return known
    const name = maskName(this.name(node))
    this.emit('Cast', [this.name(node)], name, { to: BOOL })
    this.masks.set(node, name)
    return name
  }

  /** Constants, and contiguous parts of them, are computed here: the file holds plain weights. */
  private fix(node: Tensor): void {
    const { operation, inputs } = node
    if (operation.op === 'constant') this.fixed.set(node, operation.data)
    const source = inputs.length === 1 ? this.fixed.get(throughStop(inputs[0])) : undefined
    if (!source) return
    if (operation.op === 'reshape') this.fixed.set(node, source)
    if (operation.op === 'slice' && operation.axis === 0) {
      const row = sizeOf(node.shape.slice(1))
      this.fixed.set(node, source.subarray(operation.start * row, operation.end * row))
    }
  }
}

function isLeaf({ operation }: Tensor): boolean {
  return operation.op === 'input' || operation.op === 'state'
}

/** Our own names start with %, which no name in a graph does. */
function maskName(value: string): string {
  return `%?${value}`
}

function windowAttributes({ stride, pad, dilation }: Window, [, , h, w]: Shape): Attributes {
  return {
    kernel_shape: [h, w],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [dilation, dilation],
  }
}

/** The name of an input or state. */
function nameOf({ operation }: Tensor): string {
  return operation.op === 'input' || operation.op === 'state' ? operation.name : ''
}
