/**
 * A whole computation, traced once: loss, gradients, clipping and the optimiser's step together. Executors compile it
 * and run it many times. Shapes are fixed; numbers are float32.
 */
import { CarrotError } from '../core/errors.ts'
import { gradients } from './autodiff.ts'
import { type Shape, sameShape, sizeOf } from './shape.ts'
import { constantValue, type NodeFactory, type Operation, type OpName, Tensor } from './tensor.ts'

export { concat, Tensor } from './tensor.ts'

/**
 * Inputs are filled before each run, states persist between runs, outputs are read after a run. All assignments happen
 * together at the end of a run: every reader of a state sees the value from before the run.
 */
export class Graph implements NodeFactory {
  readonly name: string
  readonly inputs = new Map<string, Tensor>()
  readonly states = new Map<string, Tensor>()
  readonly outputs = new Map<string, Tensor>()
  /** State → its value after the run. */
  readonly assignments = new Map<Tensor, Tensor>()
  private readonly known = new Map<string, Tensor>()
  private count = 0

  constructor(name: string) {
    this.name = name
  }

  /** Filled by the caller before each run. */
  input(name: string, shape: Shape): Tensor {
    return this.leaf('input', this.inputs, name, shape)
  }

  /** Kept between runs; zeros until written. */
  state(name: string, shape: Shape): Tensor {
    return this.leaf('state', this.states, name, shape)
  }

  /** A number, or data of a shape (default: one axis). */
  constant(value: number | Float32Array, shape?: Shape): Tensor {
    const data = typeof value === 'number' ? Float32Array.of(value) : value.slice()
    const full = shape ?? (typeof value === 'number' ? [] : [data.length])
    if (sizeOf(full) !== data.length) {
      throw new CarrotError(
        'bad-argument',
        `${data.length} numbers do not fill a constant of shape [${full}] in graph '${this.name}'.`,
        'Give as many numbers as the shape has elements.',
      )
    }
    return this.node({ op: 'constant', data }, [], full)
  }

  /** After each run, `state` becomes `value` (of the same shape). */
  assign(state: Tensor, value: Tensor): void {
    if (
      state.operation.op !== 'state' ||
      this.assignments.has(state) ||
      !sameShape(state.shape, value.shape)
    ) {
      throw new CarrotError(
        'bad-argument',
        `Cannot assign a [${value.shape}] to ${describe(state)} in graph '${this.name}'.`,
        'The target must be a state of that shape which has no assignment yet.',
      )
    }
    this.assignments.set(state, value)
  }

  /** Makes a value readable after each run. */
  output(name: string, value: Tensor): void {
    this.checkNew(name)
    this.outputs.set(name, value)
  }

  /** d loss / d each of `wanted`, in their shapes; loss has one element. */
  grad(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
    return gradients(loss, wanted)
  }

  /** Appends an operation, unless an equal one exists or its result is known beforehand. */
  node(operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor {
    for (const operand of inputs) {
      if (operand.graph !== this) {
        throw new CarrotError(
          'protocol-misuse',
          `${describe(operand)} of another graph was used in graph '${this.name}'.`,
          'Pass values between graphs as inputs or states.',
        )
      }
    }
    const simpler = simplify(this, operation, inputs, shape)
    if (simpler) return simpler
    // Tables are not compared: they are few and long.
    const unique = operation.op === 'constant' && operation.data.length > 1
    const key = unique ? `constant ${this.count}` : keyOf(operation, inputs, shape)
    const same = this.known.get(key)
    if (same) return same
    const tensor = new Tensor(this, this.count++, operation, inputs, shape)
    this.known.set(key, tensor)
    return tensor
  }

  /** What outputs and assignments need, operands first. Inputs and states that nothing reads are not in it. */
  schedule(): Tensor[] {
    const live = new Set<Tensor>()
    const stack = [...this.outputs.values(), ...this.assignments.values()]
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (live.has(node)) continue
      live.add(node)
      stack.push(...node.inputs)
    }
    return [...live].sort((a, b) => a.id - b.id)
  }

  /** One line an operation, for people. */
  dump(): string {
    const lines = this.schedule().map(node => `  %${node.id} = ${describe(node)}`)
    for (const [name, value] of this.outputs) lines.push(`  output ${name} = ${value}`)
    for (const [state, value] of this.assignments) lines.push(`  ${describe(state)} := ${value}`)
    return `graph ${this.name}\n${lines.join('\n')}\n`
  }

  private leaf(op: 'input' | 'state', table: Map<string, Tensor>, name: string, shape: Shape): Tensor {
    this.checkNew(name)
    const tensor = this.node({ op, name }, [], [...shape])
    table.set(name, tensor)
    return tensor
  }

  private checkNew(name: string): void {
    if (name === '' || name.startsWith('%') || name.endsWith('/next')) {
      throw new CarrotError(
        'bad-argument',
        `'${name}' cannot be a name in graph '${this.name}'.`,
        "Names are not empty, do not start with % and do not end in '/next': executors use those.",
      )
    }
    if (this.inputs.has(name) || this.states.has(name) || this.outputs.has(name)) {
      throw new CarrotError(
        'bad-argument',
        `Graph '${this.name}' has '${name}' already.`,
        'Inputs, states and outputs share one set of names; choose another.',
      )
    }
  }
}

/** 'mul %3 %4 [64,17]' */
function describe(node: Tensor): string {
  const { operation } = node
  const attributes = Object.entries(operation)
    .filter(([key]) => key !== 'op')
    .map(([key, value]) => {
      if (!(value instanceof Float32Array)) return key === 'name' ? value : `${key}=${value}`
      return value.length === 1 ? value[0] : `${value.length} numbers`
    })
  const operands = node.inputs.map(operand => `%${operand.id}`)
  return [operation.op, ...operands, ...attributes, `[${node.shape}]`].join(' ')
}

/** Equal for operations that yield the same. */
function keyOf(operation: Operation, inputs: readonly Tensor[], shape: Shape): string {
  const attributes = Object.values(operation).map(value => String(value))
  return `${attributes.join('|')}#${inputs.map(operand => operand.id)}#${shape}`
}

/** What operations do to numbers that are known while the graph is built. */
const UNARY: Partial<Record<OpName, (a: number) => number>> = {
  neg: a => -a,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  relu: a => Math.max(a, 0),
  sqrt: Math.sqrt,
  abs: Math.abs,
}
const BINARY: Partial<Record<OpName, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  greater: (a, b) => (a > b ? 1 : 0),
}
/** The second operand that changes nothing; of sums and products, the first too. */
const NEUTRAL: Partial<Record<OpName, number>> = { add: 0, sub: 0, mul: 1, div: 1 }

/** A tensor that already holds the result: neutral elements dropped, arithmetic on single numbers done. */
function simplify(
  graph: Graph,
  { op }: Operation,
  inputs: readonly Tensor[],
  shape: Shape,
): Tensor | undefined {
  const [a, b] = inputs
  if (op === 'neg' && a.operation.op === 'neg') return a.inputs[0]
  const [x, y] = inputs.map(constantValue)
  const known = (value: number): Tensor => graph.constant(Float32Array.of(value), shape)
  const unary = UNARY[op]
  if (unary !== undefined && x !== undefined) return known(unary(x))
  const binary = BINARY[op]
  if (binary !== undefined && x !== undefined && y !== undefined) return known(binary(x, y))
  if (op === 'reshape' && x !== undefined) return known(x)
  const neutral = NEUTRAL[op]
  if (neutral === undefined) return undefined
  if (y === neutral && sameShape(a.shape, shape)) return a
  if (x === neutral && (op === 'add' || op === 'mul') && sameShape(b.shape, shape)) return b
  return undefined
}
