/**
 * Divides a graph into units that run one after the other: fused loops, matrix products, joins and copies. Loops over
 * the same index space are merged along the edges between them wherever that leaves the units without a cycle.
 */
import type { Graph } from './graph.ts'
import { contiguousStrides, type Shape, sameShape } from './shape.ts'
import { type Tensor, throughStop } from './tensor.ts'

export interface Unit {
  readonly kind: 'loop' | 'matmul' | 'concat' | 'copy' | 'gather' | 'convolve' | 'spread'
  /** Index space of a loop. */
  readonly shape: Shape
  /** What it computes. A copy has one member: a reshape of something that is not contiguous. */
  readonly members: Set<Tensor>
}

/** Operands with stopGradient looked through. */
export function operandsOf(node: Tensor): Tensor[] {
  return node.inputs.map(throughStop)
}

/** Strides of a view on its owner, which is taken to be contiguous. */
function viewStrides(node: Tensor): number[] {
  const { operation, inputs } = node
  const x = throughStop(inputs[0] ?? node)
  switch (operation.op) {
    case 'transpose': {
      const strides = viewStrides(x)
      return operation.order.map(axis => strides[axis])
    }
    case 'slice':
      return viewStrides(x)
    case 'broadcast': {
      const strides = viewStrides(x)
      const missing = node.rank - x.rank
      return node.shape.map((size, axis) =>
        axis < missing || (x.shape[axis - missing] === 1 && size !== 1) ? 0 : strides[axis - missing],
      )
    }
    default:
      return contiguousStrides(node.shape)
  }
}

/** True where elements follow each other without gaps, whatever the strides of axes of size 1. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  const packed = contiguousStrides(shape)
  return shape.every((size, axis) => size === 1 || strides[axis] === packed[axis])
}

/** True for nodes that are another way to look at their operand's memory. */
export function isView(node: Tensor): boolean {
  switch (node.operation.op) {
    case 'transpose':
    case 'slice':
    case 'broadcast':
      return true
    case 'reshape': {
      const x = throughStop(node.inputs[0])
      return isContiguous(x.shape, viewStrides(x))
    }
    default:
      return false
  }
}

/** True for nodes whose elements are complete only when a whole loop has run. */
export function isReduction({ operation }: Tensor): boolean {
  return operation.op === 'sum' || operation.op === 'largest'
}

/** The node whose memory a tensor lies in. */
export function ownerOf(tensor: Tensor): Tensor {
  const node = throughStop(tensor)
  return isView(node) ? ownerOf(node.inputs[0]) : node
}

function newUnit(node: Tensor): Unit | undefined {
  const members = new Set([node])
  switch (node.operation.op) {
    case 'input':
    case 'state':
    case 'constant':
    case 'stop':
    case 'transpose':
    case 'slice':
    case 'broadcast':
      return undefined
    case 'matmul':
    case 'concat':
    case 'gather':
    case 'convolve':
    case 'spread':
      return { kind: node.operation.op, shape: node.shape, members }
    case 'reshape':
      return isView(node) ? undefined : { kind: 'copy', shape: node.inputs[0].shape, members }
    case 'sum':
    case 'largest':
      return { kind: 'loop', shape: node.inputs[0].shape, members }
    default:
      return { kind: 'loop', shape: node.shape, members }
  }
}

/** The units of a graph in an order of execution, late nodes late. */
export function fuse(graph: Graph): Unit[] {
  const unitOf = new Map<Tensor, Unit>()
  const nodes = graph.schedule()
  for (const node of nodes) {
    const unit = newUnit(node)
    if (unit) unitOf.set(node, unit)
  }
  for (const node of nodes) {
    for (const operand of operandsOf(node)) {
      const into = unitOf.get(operand)
      const unit = unitOf.get(node)
      if (!into || !unit || !mayMerge(into, unit, operand, unitOf)) continue
      for (const member of unit.members) {
        into.members.add(member)
        unitOf.set(member, into)
      }
    }
  }
  return inOrder(unitOf)
}

/** Units whose results a unit reads. */
function sources(unit: Unit, unitOf: ReadonlyMap<Tensor, Unit>): Set<Unit> {
  const found = new Set<Unit>()
  for (const member of unit.members) {
    for (const operand of member.inputs) {
      const source = unitOf.get(ownerOf(operand))
      if (source && source !== unit) found.add(source)
    }
  }
  return found
}

/** Whether the maker of `operand` and its reader can be one loop: equal index spaces, no other way between them. */
function mayMerge(maker: Unit, reader: Unit, operand: Tensor, unitOf: ReadonlyMap<Tensor, Unit>): boolean {
  if (maker === reader || maker.kind !== 'loop' || reader.kind !== 'loop') return false
  if (isReduction(operand) || !sameShape(maker.shape, reader.shape)) return false
  // A reduction or a view made by `maker` and read by `reader` must be complete before it is read.
  for (const member of reader.members) {
    for (const input of member.inputs) {
      const owner = ownerOf(input)
      const direct = throughStop(input) === owner && !isReduction(owner)
      if (unitOf.get(owner) === maker && !direct) return false
    }
  }
  return !reachesThroughOthers(reader, maker, unitOf)
}

function reachesThroughOthers(from: Unit, target: Unit, unitOf: ReadonlyMap<Tensor, Unit>): boolean {
  const seen = new Set<Unit>([from])
  const stack = [...sources(from, unitOf)].filter(unit => unit !== target)
  for (let unit = stack.pop(); unit; unit = stack.pop()) {
    if (seen.has(unit)) continue
    seen.add(unit)
    for (const source of sources(unit, unitOf)) {
      if (source === target) return true
      stack.push(source)
    }
  }
  return false
}

function inOrder(unitOf: ReadonlyMap<Tensor, Unit>): Unit[] {
  const last = (unit: Unit): number => Math.max(...[...unit.members].map(member => member.id))
  const waiting = [...new Set(unitOf.values())].sort((a, b) => last(a) - last(b))
  const needs = new Map(waiting.map(unit => [unit, sources(unit, unitOf)]))
  const done = new Set<Unit>()
  const order: Unit[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex(unit => [...needs.get(unit)!].every(source => done.has(source)))
    const [unit] = waiting.splice(next, 1)
    done.add(unit)
    order.push(unit)
  }
  return order
}
