/**
 * Reads ONNX models back as graphs, so that what `onnxModel` wrote runs where there is no onnxruntime. Knows the
 * operations that it writes, and no others.
 */
import { CarrotError } from '../core/errors.ts'
import { Graph, type Tensor } from './graph.ts'
import { protobufFields } from './protobuf.ts'
import { spreadShape, type Window } from './window.ts'

const FLOAT = 1
const INT64 = 7

/**
 * `rows` stands for every size that may vary. Whole numbers come in as float32. Throws CarrotError 'unsupported' for
 * other people's models, and RangeError for what is no whole model.
 */
export function readOnnx(bytes: Uint8Array, rows: number): Graph {
  const model = [...protobufFields(bytes)].find(({ field }) => field === 7)?.value
  if (!(model instanceof Uint8Array)) throw new RangeError('There is no graph in it.')
  return new ModelReader(rows).read(model)
}

interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: ReadonlyMap<string, readonly number[]>
}

/** Operations on tensors that have one method of the same meaning. */
const SAME: Readonly<Record<string, (operands: readonly Tensor[]) => Tensor>> = {
  Add: ([a, b]) => a.add(b),
  Sub: ([a, b]) => a.sub(b),
  Mul: ([a, b]) => a.mul(b),
  Div: ([a, b]) => a.div(b),
  Max: ([a, b]) => a.max(b),
  Min: ([a, b]) => a.min(b),
  Greater: ([a, b]) => a.greater(b),
  Where: ([mask, a, b]) => mask.where(a, b),
  Neg: ([x]) => x.neg(),
  Exp: ([x]) => x.exp(),
  Log: ([x]) => x.log(),
  Tanh: ([x]) => x.tanh(),
  Relu: ([x]) => x.relu(),
  Sqrt: ([x]) => x.sqrt(),
  Abs: ([x]) => x.abs(),
  MatMul: ([a, b]) => a.matmul(b),
  // Every number here is a float32, and a comparison's are 0 and 1.
  Cast: ([x]) => x,
  Identity: ([x]) => x,
}

class ModelReader {
  private readonly rows: number
  private readonly graph = new Graph('model')
  private readonly values = new Map<string, Tensor>()
  /** Whole numbers, such as shapes and axes. */
  private readonly integers = new Map<string, readonly number[]>()

  constructor(rows: number) {
    this.rows = rows
  }

  read(model: Uint8Array): Graph {
    const parts = [...protobufFields(model)]
    const of = (wanted: number) =>
      parts.flatMap(({ field, value }) => (field === wanted && value instanceof Uint8Array ? [value] : []))
    for (const weight of of(5)) this.weight(weight)
    for (const input of of(11)) {
      const { name, shape } = this.signature(input)
      if (!this.values.has(name)) this.values.set(name, this.graph.input(name, shape))
    }
    for (const node of of(1)) this.node(nodeOf(node))
    for (const output of of(12)) {
      const { name } = this.signature(output)
      this.graph.output(name, this.value(name))
    }
    return this.graph
  }

  private weight(bytes: Uint8Array): void {
    const shape: number[] = []
    let type = 0
    let name = ''
    let raw = new Uint8Array()
    for (const { field, value } of protobufFields(bytes)) {
      if (field === 1) shape.push(integerOf(value))
      else if (field === 2) type = integerOf(value)
      else if (field === 8) name = textOf(value)
      else if (field === 9) raw = Uint8Array.from(value as Uint8Array)
    }
    if (type === FLOAT) this.values.set(name, this.graph.constant(new Float32Array(raw.buffer), shape))
    else if (type === INT64) this.integers.set(name, Array.from(new BigInt64Array(raw.buffer), Number))
    else throw foreign(`weights of type ${type}`)
  }

  private signature(bytes: Uint8Array): { name: string; shape: number[] } {
    const fields = [...protobufFields(bytes)]
    const tensor = inside(fields.find(({ field }) => field === 2)?.value, 1)
    const dimensions = [...protobufFields(inside(tensor, 2))].map(({ value }) => {
      const [size] = [...protobufFields(value as Uint8Array)]
      return size?.field === 1 ? Number(size.value) : this.rows
    })
    return { name: textOf(fields.find(({ field }) => field === 1)?.value), shape: dimensions }
  }

  private node({ op, inputs, output, attributes }: Node): void {
    const attribute = (name: string, otherwise: number) => attributes.get(name)?.[0] ?? otherwise
    const operand = (i: number) => this.value(inputs[i])
    const numbers = (i: number) => this.integers.get(inputs[i]) ?? missing(inputs[i])
    const same = SAME[op]
    const value = (): Tensor => {
      if (same !== undefined) return same(inputs.map(name => this.value(name)))
      switch (op) {
        case 'Clip':
          return operand(0).clip(numberOf(operand(1)), numberOf(operand(2)))
        case 'ReduceSum':
          return operand(0).sum(numbers(1), attribute('keepdims', 1) === 1)
        case 'ReduceMax':
          return operand(0).largest(attributes.get('axes'), attribute('keepdims', 1) === 1)
        case 'Gemm': {
          const [transposeA, transposeB] = ['transA', 'transB'].map(name => attribute(name, 0) === 1)
          const product = operand(0).matmul(operand(1), { transposeA, transposeB })
          return inputs.length > 2 ? product.add(operand(2)) : product
        }
        case 'Transpose':
          return operand(0).transpose(attributes.get('perm'))
        case 'Reshape':
          return operand(0).reshape(
            numbers(1).map((size, axis) => (size === 0 ? operand(0).shape[axis] : size)),
          )
        case 'Expand':
          return operand(0).broadcastTo(numbers(1))
        case 'Slice':
          return operand(0).slice(numbers(3)[0], numbers(1)[0], numbers(2)[0])
        case 'Concat':
          return operand(0).concat(attribute('axis', 0), ...inputs.slice(1).map(name => this.value(name)))
        case 'Gather':
          if (attribute('axis', 0) !== 0) throw foreign('Gather along another axis')
          return operand(0).gather(operand(1))
        case 'Conv':
          return operand(0).convolve(operand(1), windowOf(attributes))
        case 'ConvTranspose': {
          const window = windowOf(attributes)
          const least = spreadShape(operand(0), operand(1), window)
          const [high, wide] = [0, 1].map(i => least[2 + i] + (attributes.get('output_padding')?.[i] ?? 0))
          return operand(0).spread(operand(1), window, [high, wide])
        }
        default:
          throw foreign(op)
      }
    }
    this.values.set(output, value())
  }

  private value(name: string): Tensor {
    return this.values.get(name) ?? missing(name)
  }
}

function nodeOf(bytes: Uint8Array): Node {
  const inputs: string[] = []
  const attributes = new Map<string, readonly number[]>()
  let output = ''
  let op = ''
  for (const { field, value } of protobufFields(bytes)) {
    if (field === 1) inputs.push(textOf(value))
    else if (field === 2) output = textOf(value)
    else if (field === 4) op = textOf(value)
    else if (field === 5) {
      const parts = [...protobufFields(value as Uint8Array)]
      const name = textOf(parts.find(part => part.field === 1)?.value)
      attributes.set(
        name,
        parts.filter(part => part.field === 3 || part.field === 8).map(part => integerOf(part.value)),
      )
    }
  }
  return { op, inputs, output, attributes }
}

/** Ours stand alone; other writers pack them together. */
function integerOf(value: number | Uint8Array): number {
  if (typeof value === 'number') return value
  throw foreign('packed numbers')
}

/** A nested message. */
function inside(bytes: number | Uint8Array | undefined, wanted: number): Uint8Array {
  const found =
    bytes instanceof Uint8Array && [...protobufFields(bytes)].find(({ field }) => field === wanted)
  return found && found.value instanceof Uint8Array ? found.value : new Uint8Array()
}

const textOf = (value: number | Uint8Array | undefined): string =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : ''

/** Kernels move alike along both axes here. */
function windowOf(attributes: Node['attributes']): Window {
  const first = (name: string, otherwise: number) => attributes.get(name)?.[0] ?? otherwise
  return { stride: first('strides', 1), pad: first('pads', 0), dilation: first('dilations', 1) }
}

function numberOf({ operation }: Tensor): number {
  if (operation.op === 'constant' && operation.data.length === 1) return operation.data[0]
  throw foreign('Clip between bounds that are computed')
}

function missing(name: string): never {
  throw foreign(`the value ${name}, which nothing gives`)
}

const foreign = (what: string): CarrotError =>
  new CarrotError(
    'unsupported',
    `The model has ${what}, which only onnxruntime can run.`,
    'Install onnxruntime-node.',
  )
