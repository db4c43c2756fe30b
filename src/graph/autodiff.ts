/**
 * Reverse-mode differentiation. Gradients are ordinary nodes of the same graph, so they run on every executor and can
 * be differentiated again. While they travel, gradients stay as narrow as they can: one of shape [] stands for a tensor
 * filled with that number.
 */
import { CarrotError } from '../core/errors.ts'
import { oneHot } from './functions.ts'
import type { Shape } from './shape.ts'
import { concat, type OperationOf, type OpName, type Tensor } from './tensor.ts'
import type { Window } from './window.ts'

/** One contribution to the gradient of a tensor: to all of it, or to a slice of it. */
type Contribution = { readonly gradient: Tensor } | SliceContribution
interface SliceContribution {
  readonly gradient: Tensor
  readonly axis: number
  readonly start: number
  readonly end: number
}

/**
 * Contributions to each operand (undefined: none), given the node and its gradient. The gradient's shape broadcasts to
 * the node's shape; so may the contributions'.
 */
type Rule<N extends OpName> = (
  node: Tensor & { readonly operation: OperationOf<N> },
  gradient: Tensor,
) => readonly (Contribution | Tensor | undefined)[]

/**
 * The gradient of an operand that was stretched from `shape` to `wide`: summed over the stretched axes. A gradient
 * that is itself narrow there is multiplied instead.
 */
function narrow(gradient: Tensor, wide: Shape, shape: Shape): Tensor {
  const missing = wide.length - shape.length
  const own = wide.length - gradient.rank
  const axes: number[] = []
  let factor = 1
  for (let axis = 0; axis < wide.length; axis++) {
    const stretched = axis < missing || (shape[axis - missing] === 1 && wide[axis] !== 1)
    if (!stretched) continue
    if (axis >= own && gradient.shape[axis - own] !== 1) axes.push(axis - own)
    else factor *= wide[axis]
  }
  let result = axes.length > 0 ? gradient.sum(axes, true) : gradient
  if (factor !== 1) result = result.mul(factor)
  // Leading axes the operand never had are all of size 1 by now.
  if (result.rank > shape.length) result = result.reshape(result.shape.slice(result.rank - shape.length))
  return result
}

/** A gradient with batch axes that its operand was stretched along, summed over them. */
const summed = (gradient: Tensor, shape: Shape): Tensor => narrow(gradient, gradient.shape, shape)

/**
 * The gradient of kernels [O, C, h, w]: images [N, C, H, W] convolved with what comes back [N, O, rows, columns]. Images
 * and channels change roles, and so do stride and dilation.
 */
function kernelGradient(
  images: Tensor,
  back: Tensor,
  { stride, pad, dilation }: Window,
  shape: Shape,
): Tensor {
  const turned = images.transpose([1, 0, 2, 3]).convolve(back.transpose([1, 0, 2, 3]), {
    stride: dilation,
    pad,
    dilation: stride,
  })
  return turned.slice(2, 0, shape[2]).slice(3, 0, shape[3]).transpose([1, 0, 2, 3])
}

/**
 * Elements start…end-1 along an axis. Those columns of a product are made from columns of its right operand, so that
 * the others are not computed where nobody wants them.
 */
function cut(x: Tensor, axis: number, start: number, end: number): Tensor {
  const { operation: made, inputs } = x
  const [a, b] = inputs
  if (axis < x.rank - 1) return x.slice(axis, start, end)
  if (made.op === 'sum' && made.keep && !made.axes.includes(axis))
    return cut(a, axis, start, end).sum(made.axes, true)
  if (made.op === 'reshape' && a.shape.at(-1) === x.shape[axis])
    return cut(a, a.rank - 1, start, end).reshape([...x.shape.slice(0, -1), end - start])
  if (made.op === 'matmul') return a.matmul(b.slice(made.transposeB ? -2 : -1, start, end), made)
  return x.slice(axis, start, end)
}

/** Gradient with the node's full shape. */
const full = (node: Tensor, gradient: Tensor): Tensor => gradient.broadcastTo(node.shape)

const rules: { readonly [N in OpName]: Rule<N> } = {
  input: () => [],
  state: () => [],
  constant: () => [],
  stop: () => [],
  greater: () => [],
  neg: (_, g) => [g.neg()],
  exp: (y, g) => [g.mul(y)],
  log: (y, g) => [g.div(y.inputs[0])],
  tanh: (y, g) => [g.mul(y.graph.constant(1).sub(y.square()))],
  // A product: onnxruntime takes longer to choose.
  relu: (y, g) => [y.greater(0).mul(g)],
  sqrt: (y, g) => [g.mul(0.5).div(y)],
  abs: ({ inputs: [x] }, g) => [x.greater(0).where(g, x.neg().greater(0).where(g.neg(), 0))],
  clip: ({ inputs: [x], operation }, g) => {
    const below = x.graph.constant(operation.low).greater(x)
    return [below.where(0, x.greater(operation.high).where(0, g))]
  },
  add: ({ inputs: [a, b], shape }, g) => [narrow(g, shape, a.shape), narrow(g, shape, b.shape)],
  sub: ({ inputs: [a, b], shape }, g) => [narrow(g, shape, a.shape), narrow(g.neg(), shape, b.shape)],
  mul: ({ inputs: [a, b], shape }, g) => [narrow(g.mul(b), shape, a.shape), narrow(g.mul(a), shape, b.shape)],
  div: (y, g) => {
    const [a, b] = y.inputs
    const quotient = g.div(b)
    return [narrow(quotient, y.shape, a.shape), narrow(quotient.mul(y).neg(), y.shape, b.shape)]
  },
  max: ({ inputs: [a, b], shape }, g) => {
    const other = b.greater(a)
    return [narrow(other.where(0, g), shape, a.shape), narrow(other.where(g, 0), shape, b.shape)]
  },
  min: ({ inputs: [a, b], shape }, g) => {
    const other = a.greater(b)
    return [narrow(other.where(0, g), shape, a.shape), narrow(other.where(g, 0), shape, b.shape)]
  },
  where: ({ inputs: [mask, a, b], shape }, g) => [
    undefined,
    narrow(mask.where(g, 0), shape, a.shape),
    narrow(mask.where(0, g), shape, b.shape),
  ],
  sum: (y, g) => {
    if (g.rank === 0) return [g]
    const x = y.inputs[0]
    const kept = x.shape.map((size, axis) => (y.operation.axes.includes(axis) ? 1 : size))
    return [full(y, g).reshape(kept)]
  },
  largest: (y, g) => {
    const [x] = y.inputs
    const kept = x.shape.map((size, axis) => (y.operation.axes.includes(axis) ? 1 : size))
    const reached = x.graph.constant(1).sub(y.reshape(kept).greater(x))
    const share = reached.div(reached.sum(y.operation.axes, true))
    return [share.mul(g.rank === 0 ? g : full(y, g).reshape(kept))]
  },
  // C = A·B: dA = dC·Bᵀ, dB = Aᵀ·dC, with the transposes of the operands folded in.
  matmul: (y, narrowGradient) => {
    const [a, b] = y.inputs
    const { transposeA, transposeB } = y.operation
    const g = full(y, narrowGradient)
    const left = transposeA
      ? b.matmul(g, { transposeA: transposeB, transposeB: true })
      : g.matmul(b, { transposeB: !transposeB })
    // One matrix times many: one product over the rows of all, instead of many and their sum.
    const many = b.rank === 2 && a.rank > 2 && !transposeA
    const [rows, gradients] = many ? [a, g].map(x => x.reshape([-1, x.shape[x.rank - 1]])) : [a, g]
    const right = transposeB
      ? gradients.matmul(rows, { transposeA: true, transposeB: transposeA })
      : rows.matmul(gradients, { transposeA: !transposeA })
    return [summed(left, a.shape), summed(right, b.shape)]
  },
  convolve: (y, g) => {
    const [x, kernels] = y.inputs
    const whole = full(y, g)
    const [, , H, W] = x.shape
    return [whole.spread(kernels, y.operation, [H, W]), kernelGradient(x, whole, y.operation, kernels.shape)]
  },
  spread: (y, g) => {
    const [x, kernels] = y.inputs
    const whole = full(y, g)
    return [whole.convolve(kernels, y.operation), kernelGradient(whole, x, y.operation, kernels.shape)]
  },
  // As a product with a matrix of 0 and 1: its sums have one order on every device.
  gather: (y, g) => {
    const [table, indices] = y.inputs
    const marks = oneHot(indices.reshape([-1]), table.shape[0])
    return [marks.matmul(full(y, g).reshape([-1, table.shape[1]]), { transposeA: true }), undefined]
  },
  transpose: (y, g) => {
    const { order } = y.operation
    return [full(y, g).transpose(order.map((_, axis) => order.indexOf(axis)))]
  },
  reshape: (y, g) => [g.rank === 0 ? g : full(y, g).reshape(y.inputs[0].shape)],
  broadcast: (y, g) => [narrow(g, y.shape, y.inputs[0].shape)],
  slice: (y, g) => {
    const { axis, start, end } = y.operation
    return [{ gradient: full(y, g), axis, start, end }]
  },
  concat: (y, g) => {
    const whole = full(y, g)
    const { axis } = y.operation
    let start = 0
    return y.inputs.map(part => {
      const begin = start
      start += part.shape[axis]
      return cut(whole, axis, begin, start)
    })
  },
}

/** Zeros of a shape. */
function zeros(like: Tensor, shape: Shape): Tensor {
  return like.graph.constant(0).broadcastTo(shape)
}

/** Slices of one axis side by side, in order, with zeros where there is none. */
function sideBySide(target: Tensor, slices: readonly SliceContribution[]): Tensor {
  const { axis } = slices[0]
  const gap = (length: number): Tensor[] => {
    const shape = target.shape.map((size, i) => (i === axis ? length : size))
    return length === 0 ? [] : [zeros(target, shape)]
  }
  let reached = 0
  const row = slices.flatMap(({ gradient, start, end }) => {
    const before = gap(start - reached)
    reached = end
    return [...before, gradient]
  })
  return concat([...row, ...gap(target.shape[axis] - reached)], axis)
}

/** The sum of slices: one join where they do not overlap, which is how parameters are cut from a vector. */
function joinSlices(target: Tensor, slices: readonly SliceContribution[]): Tensor {
  const parts = [...slices].sort((a, b) => a.start - b.start)
  const { axis } = parts[0]
  const apart = parts.every((part, i) => part.axis === axis && (i === 0 || part.start >= parts[i - 1].end))
  if (apart) return sideBySide(target, parts)
  return parts.map(part => sideBySide(target, [part])).reduce((sum, part) => sum.add(part))
}

/** The contributions' sum; its shape broadcasts to the target's. */
function total(target: Tensor, contributions: readonly Contribution[]): Tensor {
  const slices = contributions.filter(part => 'axis' in part)
  const whole = contributions.filter(part => !('axis' in part)).map(part => part.gradient)
  if (slices.length > 0) whole.push(joinSlices(target, slices))
  return whole.reduce((sum, part) => sum.add(part))
}

/**
 * Gradients of a scalar loss with respect to tensors it was computed from, each of that tensor's shape. A tensor the
 * loss does not depend on gets zeros. Throws CarrotError 'bad-argument' when the loss is not a scalar.
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (loss.size !== 1) {
    throw new CarrotError(
      'bad-argument',
      `Only a scalar can be differentiated, not a tensor of shape [${loss.shape}].`,
      'Reduce the loss with sum() or mean() first.',
    )
  }
  const targets = new Set(wanted)
  // Nodes between the loss and what is wanted, in order of creation.
  const reached = new Map<Tensor, boolean>()
  const leadsToTarget = (node: Tensor): boolean => {
    const known = reached.get(node)
    if (known !== undefined) return known
    // Every operand is visited, so that all nodes on the way are known.
    const below = node.inputs.map(leadsToTarget).includes(true)
    const result = below || targets.has(node)
    reached.set(node, result)
    return result
  }
  leadsToTarget(loss)
  const way = [...reached]
    .filter(([, leads]) => leads)
    .map(([node]) => node)
    .sort((a, b) => b.id - a.id)

  const contributions = new Map<Tensor, Contribution[]>([[loss, [{ gradient: loss.graph.constant(1) }]]])
  const result = new Map<Tensor, Tensor>()
  for (const node of way) {
    const parts = contributions.get(node)
    if (!parts) continue
    const gradient = total(node, parts)
    if (targets.has(node)) result.set(node, full(node, gradient))
    const rule = rules[node.operation.op] as Rule<OpName>
    rule(node as Tensor & { operation: OperationOf<OpName> }, gradient).forEach((part, i) => {
      const operand = node.inputs[i]
      if (!part || !reached.get(operand)) return
      const list = contributions.get(operand) ?? []
      contributions.set(operand, list)
      list.push('gradient' in part ? part : { gradient: part })
    })
  }
  return wanted.map(target => result.get(target) ?? zeros(target, target.shape))
}
