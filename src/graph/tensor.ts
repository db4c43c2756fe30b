/**
 * Nodes of the graph. A tensor is what one operation yields; its methods append operations to the graph that owns it.
 * Nothing is computed here: executors do that. Every operation listed has a WebGPU kernel in onnxruntime.
 */
import { CarrotError } from '../core/errors.ts'
import { broadcastShapes, normaliseAxis, type Shape, sameShape, sizeOf } from './shape.ts'
import { convolvedShape, spreadShape, type Window } from './window.ts'

export type UnaryOp = 'neg' | 'exp' | 'log' | 'tanh' | 'relu' | 'sqrt' | 'abs' | 'stop'
/** `greater` yields 1 where a > b, else 0. */
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'greater'

/** What a node does; `inputs` of the tensor are its operands in order. */
export type Operation =
  | { readonly op: 'input' | 'state'; readonly name: string }
  | { readonly op: 'constant'; readonly data: Float32Array }
  | { readonly op: UnaryOp }
  | { readonly op: BinaryOp }
  | { readonly op: 'clip'; readonly low: number; readonly high: number }
  /** Operands mask, a, b: a where the mask is not 0. */
  | { readonly op: 'where' }
  | ({ readonly op: 'sum' } & Reduced)
  | ({ readonly op: 'largest' } & Reduced)
  | { readonly op: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  | ({ readonly op: 'convolve' } & Window)
  /** The adjoint of `convolve` in its first operand: operands like convolve's result and its weights. */
  | ({ readonly op: 'spread' } & Window)
  /** Operands table [V, D] and indices: rows of the table. */
  | { readonly op: 'gather' }
  | { readonly op: 'transpose'; readonly order: readonly number[] }
  | { readonly op: 'reshape' | 'broadcast' }
  /** Elements start…end-1 along one axis. */
  | { readonly op: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  | { readonly op: 'concat'; readonly axis: number }

interface Reduced {
  readonly axes: readonly number[]
  /** Leaves them with size 1. */
  readonly keep: boolean
}

export type OpName = Operation['op']
/** The operation of a name, with its attributes. */
export type OperationOf<N extends OpName> = Extract<Operation, { readonly op: N }>

/** What a tensor needs of its graph. Equal operations on equal operands give the same tensor. */
export interface NodeFactory {
  node(operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor
  constant(value: number | Float32Array, shape?: Shape): Tensor
}

export type Operand = Tensor | number

export class Tensor {
  readonly graph: NodeFactory
  /** Place in the order of creation; operands come before their users. */
  readonly id: number
  readonly operation: Operation
  readonly inputs: readonly Tensor[]
  readonly shape: Shape

  constructor(graph: NodeFactory, id: number, operation: Operation, inputs: readonly Tensor[], shape: Shape) {
    this.graph = graph
    this.id = id
    this.operation = operation
    this.inputs = inputs
    this.shape = shape
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }
  get rank(): number {
    return this.shape.length
  }

  private unary(op: UnaryOp): Tensor {
    return this.graph.node({ op }, [this], this.shape)
  }
  private binary(op: BinaryOp, other: Operand): Tensor {
    const b = this.operand(other)
    return this.graph.node({ op }, [this, b], broadcastShapes(this.shape, b.shape))
  }
  private operand(value: Operand): Tensor {
    return typeof value === 'number' ? this.graph.constant(value) : value
  }

  // Elementwise; operands broadcast.
  add(other: Operand): Tensor {
    return this.binary('add', other)
  }
  sub(other: Operand): Tensor {
    return this.binary('sub', other)
  }
  mul(other: Operand): Tensor {
    return this.binary('mul', other)
  }
  div(other: Operand): Tensor {
    return this.binary('div', other)
  }
  /** The larger; where equal, the gradient goes to this tensor. */
  max(other: Operand): Tensor {
    return this.binary('max', other)
  }
  /** The smaller; where equal, the gradient goes to this tensor. */
  min(other: Operand): Tensor {
    return this.binary('min', other)
  }
  /** 1 where this > other, else 0. No gradient. */
  greater(other: Operand): Tensor {
    return this.binary('greater', other)
  }
  neg(): Tensor {
    return this.unary('neg')
  }
  exp(): Tensor {
    return this.unary('exp')
  }
  log(): Tensor {
    return this.unary('log')
  }
  tanh(): Tensor {
    return this.unary('tanh')
  }
  relu(): Tensor {
    return this.unary('relu')
  }
  sqrt(): Tensor {
    return this.unary('sqrt')
  }
  abs(): Tensor {
    return this.unary('abs')
  }
  square(): Tensor {
    return this.mul(this)
  }
  /** Bounded by two numbers; the gradient is 0 outside and 1 at the bounds. */
  clip(low: number, high: number): Tensor {
    return this.graph.node({ op: 'clip', low, high }, [this], this.shape)
  }
  /** With this tensor as a mask of 0 and 1: `a` where it is not 0, else `b`. No gradient to the mask. */
  where(a: Operand, b: Operand): Tensor {
    const x = this.operand(a)
    const y = this.operand(b)
    const shape = broadcastShapes(this.shape, broadcastShapes(x.shape, y.shape))
    return this.graph.node({ op: 'where' }, [this, x, y], shape)
  }
  /** The same value, through which no gradient flows. */
  stopGradient(): Tensor {
    return this.unary('stop')
  }

  /** Over all axes, or the given ones; `keep` leaves them with size 1. */
  sum(axes?: number | readonly number[], keep = false): Tensor {
    return this.reduce('sum', axes, keep)
  }
  /** The largest element over all axes, or the given ones; where equal ones share it, so does the gradient. */
  largest(axes?: number | readonly number[], keep = false): Tensor {
    return this.reduce('largest', axes, keep)
  }
  private reduce(op: 'sum' | 'largest', axes: number | readonly number[] | undefined, keep: boolean): Tensor {
    const list =
      axes === undefined ? this.shape.map((_, axis) => axis) : typeof axes === 'number' ? [axes] : axes
    const reduced = [...new Set(list.map(axis => normaliseAxis(axis, this.rank)))].sort((a, b) => a - b)
    if (reduced.length === 0) return this
    const shape = keep
      ? this.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size))
      : this.shape.filter((_, axis) => !reduced.includes(axis))
    return this.graph.node({ op, axes: reduced, keep }, [this], shape)
  }
  mean(axes?: number | readonly number[], keep = false): Tensor {
    const total = this.sum(axes, keep)
    return total.mul(total.size / this.size)
  }

  /**
   * Matrix product over the last two axes, either operand read transposed; the axes before them broadcast, so that
   * [B, I] times [E, I, O] is [E, B, O].
   */
  matmul(other: Tensor, options: { transposeA?: boolean; transposeB?: boolean } = {}): Tensor {
    const { transposeA = false, transposeB = false } = options
    const [rows, inner] = matrixSizes(this.shape, transposeA)
    const [otherInner, columns] = matrixSizes(other.shape, transposeB)
    if (this.rank < 2 || other.rank < 2 || inner !== otherInner) {
      throw new CarrotError(
        'bad-argument',
        `Cannot multiply [${this.shape}]${transposeA ? 'ᵀ' : ''} by [${other.shape}]${transposeB ? 'ᵀ' : ''}.`,
        'Both must be matrices whose inner sizes agree.',
      )
    }
    const batch = broadcastShapes(this.shape.slice(0, -2), other.shape.slice(0, -2))
    return this.graph.node({ op: 'matmul', transposeA, transposeB }, [this, other], [...batch, rows, columns])
  }
  /** Images [N, C, H, W] under kernels [O, C, h, w]: [N, O, rows, columns], as ONNX's Conv. */
  convolve(kernels: Tensor, window: Partial<Window> = {}): Tensor {
    const full = windowOf(window)
    return this.graph.node({ op: 'convolve', ...full }, [this, kernels], convolvedShape(this, kernels, full))
  }
  /**
   * Spreads every element of [N, O, rows, columns] over an image by kernels [O, C, h, w], as ONNX's ConvTranspose:
   * [N, C, H, W]. `size` is H and W; by default the smallest that convolves to this shape.
   */
  spread(kernels: Tensor, window: Partial<Window> = {}, size?: readonly [number, number]): Tensor {
    const full = windowOf(window)
    const shape = spreadShape(this, kernels, full, size)
    return this.graph.node({ op: 'spread', ...full }, [this, kernels], shape)
  }
  /**
   * Rows of this table [V, D] at indices of any shape, whole numbers from 0 to V-1 (those outside count as the nearest):
   * [...indices, D].
   */
  gather(indices: Tensor): Tensor {
    if (this.rank !== 2) {
      throw new CarrotError(
        'bad-argument',
        `Rows are gathered from a table of rank 2, not from [${this.shape}].`,
        'Reshape it to [entries, width].',
      )
    }
    const within = indices.clip(0, this.shape[0] - 1)
    return this.graph.node({ op: 'gather' }, [this, within], [...indices.shape, this.shape[1]])
  }
  /** Axis i of the result is axis order[i] of this tensor; without an order the axes are reversed. */
  transpose(order: readonly number[] = this.shape.map((_, axis) => this.rank - 1 - axis)): Tensor {
    const axes = order.map(axis => normaliseAxis(axis, this.rank))
    if (axes.length !== this.rank || new Set(axes).size !== this.rank) {
      throw new CarrotError(
        'bad-argument',
        `[${order}] is not an order of ${this.rank} axes.`,
        'Name every axis once.',
      )
    }
    return this.graph.node(
      { op: 'transpose', order: axes },
      [this],
      axes.map(axis => this.shape[axis]),
    )
  }
  /** One size may be -1: what is left. */
  reshape(shape: Shape): Tensor {
    const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1)
    const full = shape.map(size => (size === -1 ? this.size / known : size))
    if (sizeOf(full) !== this.size || full.some(size => !Number.isInteger(size))) {
      throw new CarrotError(
        'bad-argument',
        `A tensor of shape [${this.shape}] cannot take the shape [${shape}].`,
        'The number of elements must stay the same.',
      )
    }
    return sameShape(full, this.shape) ? this : this.graph.node({ op: 'reshape' }, [this], full)
  }
  /** Stretched to a broader shape. */
  broadcastTo(shape: Shape): Tensor {
    if (sameShape(shape, this.shape)) return this
    if (!sameShape(broadcastShapes(this.shape, shape), shape)) {
      throw new CarrotError(
        'bad-argument',
        `[${this.shape}] does not stretch to [${shape}].`,
        'Only axes of size 1 stretch.',
      )
    }
    return this.graph.node({ op: 'broadcast' }, [this], shape)
  }
  /** Elements start…end-1 along one axis. */
  slice(axis: number, start: number, end: number): Tensor {
    const along = normaliseAxis(axis, this.rank)
    const length = this.shape[along]
    if (!(start >= 0 && start < end && end <= length)) {
      throw new CarrotError(
        'bad-argument',
        `Elements ${start} to ${end} do not exist along axis ${axis} of [${this.shape}].`,
        `Stay within 0 and ${length}, and take at least one.`,
      )
    }
    if (start === 0 && end === length) return this
    const shape = this.shape.map((size, i) => (i === along ? end - start : size))
    return this.graph.node({ op: 'slice', axis: along, start, end }, [this], shape)
  }
  /** This tensor followed by others along one axis. */
  concat(axis: number, ...others: readonly Tensor[]): Tensor {
    return concat([this, ...others], axis)
  }

  toString(): string {
    return `%${this.id}[${this.shape}]`
  }
}

/** Tensors joined along one axis; the other sizes must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 0) {
    throw new CarrotError('bad-argument', 'concat needs at least one tensor.', 'Give it one or more.')
  }
  const first = parts[0]
  if (parts.length === 1) return first
  const along = normaliseAxis(axis, first.rank)
  for (const part of parts) {
    if (part.rank !== first.rank || part.shape.some((size, i) => i !== along && size !== first.shape[i])) {
      throw new CarrotError(
        'bad-argument',
        `[${part.shape}] does not join [${first.shape}] along axis ${axis}.`,
        'All other axes must have the same size.',
      )
    }
  }
  const length = parts.reduce((sum, part) => sum + part.shape[along], 0)
  const shape = first.shape.map((size, i) => (i === along ? length : size))
  return first.graph.node({ op: 'concat', axis: along }, parts, shape)
}

const windowOf = ({ stride = 1, pad = 0, dilation = 1 }: Partial<Window>): Window => ({
  stride,
  pad,
  dilation,
})

/** Rows and columns of the matrices in a tensor. */
function matrixSizes(shape: Shape, transposed: boolean): number[] {
  const sizes = shape.slice(-2)
  return transposed ? sizes.reverse() : sizes
}

/** What an operand holds: the tensor behind any stopGradient. */
export function throughStop(tensor: Tensor): Tensor {
  return tensor.operation.op === 'stop' ? throughStop(tensor.inputs[0]) : tensor
}

/** The number a constant of one element holds. */
export function constantValue({ operation }: Tensor): number | undefined {
  return operation.op === 'constant' && operation.data.length === 1 ? operation.data[0] : undefined
}
