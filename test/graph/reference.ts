/**
 * Runs graphs in float64, one element after the other, straight from what every operation means: what executors and
 * gradients are held against.
 */
import type { Graph } from '../../src/graph/graph.ts'
import { contiguousStrides, type Shape, sizeOf } from '../../src/graph/shape.ts'
import type { Tensor } from '../../src/graph/tensor.ts'

/** Numbers of inputs and states, by name. */
export type Feeds = Readonly<Record<string, ArrayLike<number>>>

export interface Evaluation {
  value(tensor: Tensor): Float64Array
  /** Outputs and, after the run, states; by name. */
  readonly outputs: Readonly<Record<string, Float64Array>>
  readonly states: Readonly<Record<string, Float64Array>>
}

/**
 * One run. Inputs and states that are not given are zeros. What stopGradient gives is taken from another run where one
 * is given: no derivative goes through it.
 */
export function evaluate(graph: Graph, feeds: Feeds, stops?: Evaluation): Evaluation {
  const values = new Map<Tensor, Float64Array>()
  const value = (tensor: Tensor): Float64Array => {
    const known = values.get(tensor)
    if (known) return known
    const result =
      stops && tensor.operation.op === 'stop'
        ? stops.value(tensor)
        : compute(tensor, tensor.inputs.map(value), feeds)
    values.set(tensor, result)
    return result
  }
  const states = [...graph.states].map(([name, state]) => [
    name,
    value(graph.assignments.get(state) ?? state),
  ])
  const outputs = [...graph.outputs].map(([name, tensor]) => [name, value(tensor)])
  return { value, outputs: Object.fromEntries(outputs), states: Object.fromEntries(states) }
}

const UNARY = {
  neg: (x: number) => -x,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  relu: (x: number) => Math.max(x, 0),
  sqrt: Math.sqrt,
  abs: Math.abs,
  stop: (x: number) => x,
}

const BINARY = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  max: Math.max,
  min: Math.min,
  greater: (a: number, b: number) => (a > b ? 1 : 0),
}

function compute(node: Tensor, operands: readonly Float64Array[], feeds: Feeds): Float64Array {
  const { operation, inputs, shape } = node
  const [x] = operands
  /** The result element by element, from its index along every axis. */
  const each = (element: (index: readonly number[]) => number): Float64Array =>
    Float64Array.from(indices(shape), element)
  /** Operand i, stretched to the result's shape. */
  const operand = (i: number, index: readonly number[]): number => operands[i][broadcastAt(inputs[i], index)]
  switch (operation.op) {
    case 'input':
    case 'state':
      return Float64Array.from(feeds[operation.name] ?? new Float64Array(node.size))
    case 'constant':
      return Float64Array.from(operation.data)
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'max':
    case 'min':
    case 'greater':
      return each(index => BINARY[operation.op](operand(0, index), operand(1, index)))
    case 'clip':
      return x.map(value => Math.min(Math.max(value, operation.low), operation.high))
    case 'where':
      return each(index => (operand(0, index) !== 0 ? operand(1, index) : operand(2, index)))
    case 'sum': {
      const { axes, keep } = operation
      const result = new Float64Array(node.size)
      for (const [i, index] of indices(inputs[0].shape).entries()) {
        const kept = keep
          ? index.map((k, axis) => (axes.includes(axis) ? 0 : k))
          : index.filter((_, axis) => !axes.includes(axis))
        result[flat(shape, kept)] += x[i]
      }
      return result
    }
    case 'largest': {
      const { axes, keep } = operation
      const result = new Float64Array(node.size).fill(Number.NEGATIVE_INFINITY)
      for (const [i, index] of indices(inputs[0].shape).entries()) {
        const kept = keep
          ? index.map((k, axis) => (axes.includes(axis) ? 0 : k))
          : index.filter((_, axis) => !axes.includes(axis))
        const at = flat(shape, kept)
        result[at] = Math.max(result[at], x[i])
      }
      return result
    }
    case 'matmul': {
      const { transposeA, transposeB } = operation
      const [a] = inputs
      const inner = a.shape.at(transposeA ? -2 : -1)!
      return each(index => {
        const batch = index.slice(0, -2)
        const [row, column] = index.slice(-2)
        let sum = 0
        for (let k = 0; k < inner; k++) {
          const left = operand(0, [...batch, ...(transposeA ? [k, row] : [row, k])])
          sum += left * operand(1, [...batch, ...(transposeB ? [column, k] : [k, column])])
        }
        return sum
      })
    }
    case 'convolve': {
      const [images, kernels] = inputs
      const [, C, h, w] = kernels.shape
      return each(([n, o, row, column]) => {
        let sum = 0
        for (const [c, i, j] of indices([C, h, w])) {
          const y = row * operation.stride + i * operation.dilation - operation.pad
          const z = column * operation.stride + j * operation.dilation - operation.pad
          if (y < 0 || z < 0 || y >= images.shape[2] || z >= images.shape[3]) continue
          sum +=
            operands[0][flat(images.shape, [n, c, y, z])] * operands[1][flat(kernels.shape, [o, c, i, j])]
        }
        return sum
      })
    }
    case 'spread': {
      const [images, kernels] = inputs
      const [, C, h, w] = kernels.shape
      const result = new Float64Array(node.size)
      for (const [at, [n, o, row, column]] of indices(images.shape).entries()) {
        for (const [c, i, j] of indices([C, h, w])) {
          const y = row * operation.stride + i * operation.dilation - operation.pad
          const z = column * operation.stride + j * operation.dilation - operation.pad
          if (y < 0 || z < 0 || y >= shape[2] || z >= shape[3]) continue
          result[flat(shape, [n, c, y, z])] += x[at] * operands[1][flat(kernels.shape, [o, c, i, j])]
        }
      }
      return result
    }
    case 'gather':
      return each(index => {
        const row = operands[1][flat(inputs[1].shape, index.slice(0, -1))]
        return x[flat(inputs[0].shape, [row, index.at(-1)!])]
      })
    case 'transpose':
      return each(index => {
        const from = new Array<number>(index.length)
        operation.order.forEach((axis, i) => {
          from[axis] = index[i]
        })
        return x[flat(inputs[0].shape, from)]
      })
    case 'reshape':
      return x.slice()
    case 'broadcast':
      return each(index => operand(0, index))
    case 'slice':
      return each(
        index =>
          x[
            flat(
              inputs[0].shape,
              index.map((k, axis) => (axis === operation.axis ? k + operation.start : k)),
            )
          ],
      )
    case 'concat':
      return each(index => {
        let part = 0
        let along = index[operation.axis]
        while (along >= inputs[part].shape[operation.axis]) along -= inputs[part++].shape[operation.axis]
        return operands[part][flat(inputs[part].shape, index.with(operation.axis, along))]
      })
    default:
      return x.map(UNARY[operation.op])
  }
}

/** Every index of a shape, in row-major order. */
function indices(shape: Shape): number[][] {
  const strides = contiguousStrides(shape)
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    shape.map((size, axis) => Math.floor(i / strides[axis]) % size),
  )
}

function flat(shape: Shape, index: readonly number[]): number {
  return contiguousStrides(shape).reduce((sum, stride, axis) => sum + stride * index[axis], 0)
}

/** Where `index` of a broader tensor reads this one. */
function broadcastAt({ shape }: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length)
  return flat(
    shape,
    shape.map((size, axis) => (size === 1 ? 0 : own[axis])),
  )
}
