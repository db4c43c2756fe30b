/**
 * Gives every value of a graph its place in one linear memory, once and for all. Values that do not live at the same
 * time share memory; parts of a join are computed where they end up; new states overwrite old ones in place where
 * nothing reads the old ones any more.
 */
import type { Graph } from './graph.ts'
import { broadcastStrides, contiguousStrides, sameShape } from './shape.ts'
import { type Tensor, throughStop } from './tensor.ts'
import { fuse, isContiguous, isView, operandsOf, ownerOf, type Unit } from './wasmFusion.ts'
import type { Loop } from './wasmLoop.ts'

/** A piece of memory. It is in use from step `first` to step `last`; buffers seen from outside always are. */
export interface Buffer {
  /** Elements. */
  readonly size: number
  first: number
  last: number
  /** In bytes; set when all lifetimes are known. */
  address: number
}

/** A tensor in memory; offset and strides in elements. */
interface View {
  readonly buffer: Buffer
  readonly offset: number
  readonly strides: readonly number[]
}

export interface Product {
  readonly M: number
  readonly N: number
  readonly K: number
  /** Addresses; strides in bytes, of rows and columns as multiplied. */
  readonly a: number
  readonly aStrides: readonly [number, number]
  readonly b: number
  readonly bStrides: readonly [number, number]
  readonly c: number
  readonly cStride: number
}

export type Step = { readonly loop: Loop } | { readonly product: Product }

export interface Plan {
  readonly steps: readonly Step[]
  readonly inputs: ReadonlyMap<string, Buffer>
  readonly states: ReadonlyMap<string, Buffer>
  readonly outputs: ReadonlyMap<string, Buffer>
  readonly constants: readonly { readonly buffer: Buffer; readonly data: Float32Array }[]
  /** First free byte. */
  readonly end: number
}

/** Bytes between buffers: vector loads may run past the end of one. */
const SLACK = 32
/** A cache line. */
const ALIGNMENT = 64

/** Plans from byte `base` on. */
export function planMemory(graph: Graph, base: number): Plan {
  return new Planner(graph).plan(base)
}

class Planner {
  private readonly graph: Graph
  private readonly units: readonly Unit[]
  private readonly unitIndex = new Map<Tensor, number>()
  private readonly buffers: Buffer[] = []
  private readonly views = new Map<Tensor, View>()
  private readonly readers = new Map<Tensor, Tensor[]>()
  private readonly constants: { buffer: Buffer; data: Float32Array }[] = []
  /** Made when all addresses are known. */
  private readonly steps: (() => Step)[] = []

  constructor(graph: Graph) {
    this.graph = graph
    this.units = fuse(graph)
    this.units.forEach((unit, i) => {
      for (const member of unit.members) this.unitIndex.set(member, i)
    })
    for (const node of graph.schedule()) {
      for (const operand of operandsOf(node)) {
        const list = this.readers.get(operand) ?? []
        list.push(node)
        this.readers.set(operand, list)
      }
    }
  }

  plan(base: number): Plan {
    const { graph } = this
    const inputs = new Map([...graph.inputs].map(([name, node]) => [name, this.leafBuffer(node)]))
    const states = new Map([...graph.states].map(([name, node]) => [name, this.leafBuffer(node)]))
    for (const node of graph.schedule()) {
      if (node.operation.op !== 'constant') continue
      this.constants.push({ buffer: this.leafBuffer(node), data: node.operation.data })
    }
    // Outputs that only show a leaf are copied before anything is overwritten.
    const outputs = new Map<string, Buffer>()
    for (const [name, value] of graph.outputs) {
      if (!this.unitIndex.has(ownerOf(value))) outputs.set(name, this.copied(value).buffer)
    }
    const held = [...graph.assignments]
      .filter(([state, value]) => throughStop(value) !== state && !this.unitIndex.has(ownerOf(value)))
      .map(([state, value]) => ({ state, value, from: this.copied(value) }))

    this.placeStates()
    this.placeJoins()
    for (const unit of this.units) this.addUnit(unit)
    for (const [name, value] of graph.outputs) {
      if (!outputs.has(name)) outputs.set(name, this.shown(value).buffer)
    }
    for (const [state, value] of graph.assignments) {
      const computed = this.unitIndex.has(ownerOf(value))
      if (computed && this.view(value).buffer !== this.view(state).buffer) {
        this.addCopy(value, this.view(value), this.view(state))
      }
    }
    for (const { state, value, from } of held) this.addCopy(value, from, this.view(state))
    const end = allocate(this.buffers, base)
    const steps = this.steps.map(make => make())
    return { steps, inputs, states, outputs, constants: this.constants, end }
  }

  // Buffers and views

  private newBuffer(size: number, permanent: boolean): Buffer {
    const buffer = {
      size,
      first: permanent ? 0 : Number.POSITIVE_INFINITY,
      last: permanent ? Number.POSITIVE_INFINITY : -1,
      address: -1,
    }
    this.buffers.push(buffer)
    return buffer
  }

  private leafBuffer(node: Tensor): Buffer {
    const known = this.views.get(node)
    if (known) return known.buffer
    const buffer = this.newBuffer(node.size, true)
    this.views.set(node, { buffer, offset: 0, strides: contiguousStrides(node.shape) })
    return buffer
  }

  /** Where a tensor lies; computed ones get a buffer at the first call. */
  private view(tensor: Tensor): View {
    const node = throughStop(tensor)
    const known = this.views.get(node)
    if (known) return known
    const view = isView(node)
      ? this.derive(node)
      : { buffer: this.newBuffer(node.size, false), offset: 0, strides: contiguousStrides(node.shape) }
    this.views.set(node, view)
    return view
  }

  private derive(node: Tensor): View {
    const { operation } = node
    const x = throughStop(node.inputs[0])
    const { buffer, offset, strides } = this.view(x)
    switch (operation.op) {
      case 'transpose':
        return { buffer, offset, strides: operation.order.map(axis => strides[axis]) }
      case 'slice':
        return { buffer, offset: offset + operation.start * strides[operation.axis], strides }
      case 'broadcast':
        return { buffer, offset, strides: broadcastStrides(x.shape, strides, node.shape) }
      default:
        return { buffer, offset, strides: contiguousStrides(node.shape) }
    }
  }

  // Choosing places before the default ones are taken

  /** New states in place of the old: where the loop that makes them is the last to read the old. */
  private placeStates(): void {
    const shown = new Set([...this.graph.outputs.values()].map(ownerOf))
    const assigned = [...this.graph.assignments.values()].map(ownerOf)
    for (const [state, value] of this.graph.assignments) {
      const node = throughStop(value)
      const index = this.unitIndex.get(node)
      if (index === undefined || shown.has(node) || this.views.has(node) || assigned.includes(state)) continue
      const unit = this.units[index]
      const elementwise = unit.kind === 'loop' && node.operation.op !== 'sum'
      if (elementwise && sameShape(unit.shape, state.shape) && this.lastReaderOf(state, index)) {
        this.views.set(node, this.view(state))
      }
    }
  }

  /** True where every reader of a state runs before step `index`, or at it and reads element i to make element i. */
  private lastReaderOf(state: Tensor, index: number): boolean {
    const check = (node: Tensor): boolean =>
      (this.readers.get(node) ?? []).every(reader => {
        if (reader.operation.op === 'stop') return true // its readers are listed as this node's
        if (isView(reader)) return check(reader) && !this.readsView(reader, index)
        return this.unitIndex.get(reader)! <= index
      })
    return check(state)
  }

  private readsView(view: Tensor, index: number): boolean {
    return (this.readers.get(view) ?? []).some(reader =>
      isView(reader) ? this.readsView(reader, index) : this.unitIndex.get(reader) === index,
    )
  }

  /** Parts of joins inside the joined tensor; outer joins first, as they may hold inner ones. */
  private placeJoins(): void {
    const joins = this.units.filter(unit => unit.kind === 'concat').map(unit => [...unit.members][0])
    for (const join of joins.sort((a, b) => b.id - a.id)) {
      const whole = this.view(join)
      this.partsOf(join, whole).forEach(({ part, view }) => {
        this.placePart(part, view)
      })
    }
  }

  private partsOf(join: Tensor, whole: View): { part: Tensor; view: View }[] {
    const axis = join.operation.op === 'concat' ? join.operation.axis : 0
    let start = 0
    return operandsOf(join).map(part => {
      const view = { ...whole, offset: whole.offset + start * whole.strides[axis] }
      start += part.shape[axis]
      return { part, view }
    })
  }

  private placePart(part: Tensor, view: View): void {
    const packed = isContiguous(part.shape, view.strides)
    let node = part
    let place = view
    while (packed && node.operation.op === 'reshape' && isView(node)) {
      node = throughStop(node.inputs[0])
      place = { ...view, strides: contiguousStrides(node.shape) }
    }
    const index = this.unitIndex.get(node)
    if (index === undefined || this.views.has(node)) return
    // With gaps in between, neither sums nor products of several columns apart nor reshaped views work.
    const reshaped = this.feedsReshape(node)
    const plain = this.units[index].kind === 'loop' && node.operation.op !== 'sum' && !reshaped
    const rows = node.operation.op === 'matmul' && place.strides[1] === 1 && !reshaped
    if (packed || plain || rows) this.views.set(node, place)
  }

  /** True where a view of the node is seen in another shape, which needs it without gaps. */
  private feedsReshape(node: Tensor): boolean {
    return (this.readers.get(node) ?? []).some(
      reader => reader.operation.op === 'reshape' || (isView(reader) && this.feedsReshape(reader)),
    )
  }

  // Steps

  private addUnit(unit: Unit): void {
    const [first] = unit.members
    switch (unit.kind) {
      case 'loop':
        this.addLoop(unit)
        break
      case 'matmul':
        this.addProduct(first)
        break
      case 'copy': {
        const x = throughStop(first.inputs[0])
        const to = { ...this.view(first), strides: contiguousStrides(x.shape) }
        this.addCopy(x, this.view(x), to)
        break
      }
      case 'concat':
        for (const { part, view } of this.partsOf(first, this.view(first))) {
          const from = this.view(part)
          const inPlace = from.buffer === view.buffer && from.offset === view.offset
          if (!inPlace) this.addCopy(part, from, view)
        }
    }
  }

  private addLoop(unit: Unit): void {
    const outside = (node: Tensor): boolean =>
      (this.readers.get(node) ?? []).some(
        reader => reader.operation.op !== 'stop' && !unit.members.has(reader),
      )
    const ends = new Set(
      [...this.graph.outputs.values(), ...this.graph.assignments.values()].map(throughStop),
    )
    const made = [...unit.members].filter(
      member => member.operation.op === 'sum' || outside(member) || ends.has(member),
    )
    const sums = made.filter(member => member.operation.op === 'sum')
    const stored = made.filter(member => member.operation.op !== 'sum')
    const read = [...unit.members].flatMap(operandsOf).filter(operand => !unit.members.has(operand))
    for (const tensor of [...made, ...read]) this.touch(this.view(tensor))
    const placeOf = (tensor: Tensor) => {
      const view = this.view(tensor)
      return { address: addressOf(view), strides: broadcastStrides(tensor.shape, view.strides, unit.shape) }
    }
    this.steps.push(() => ({
      loop: {
        shape: unit.shape,
        members: unit.members,
        place: placeOf,
        stores: stored.map(value => ({ value, to: placeOf(value) })),
        sums: sums.map(sum => ({
          value: sum.inputs[0],
          size: sum.size,
          to: { address: addressOf(this.view(sum)), strides: sumStrides(sum, this.view(sum).strides) },
        })),
      },
    }))
  }

  private addProduct(node: Tensor): void {
    if (node.operation.op !== 'matmul') return
    const { transposeA, transposeB } = node.operation
    const [left, right] = operandsOf(node)
    const [a, b, c] = [this.view(left), this.view(right), this.view(node)]
    for (const view of [a, b, c]) this.touch(view)
    const [M, N] = node.shape
    const K = left.size / M
    const bytes = (view: View, turned: boolean): [number, number] => {
      const [rows, columns] = view.strides.map(stride => 4 * stride)
      return turned ? [columns, rows] : [rows, columns]
    }
    const aStrides = bytes(a, transposeA)
    const bStrides = bytes(b, transposeB)
    // An axis of size 1 has no stride: choose the one that the fast paths want.
    if (K === 1) aStrides[1] = 4
    if (N === 1) bStrides[1] = 4
    const cStride = 4 * c.strides[0]
    this.steps.push(() => ({
      product: { M, N, K, a: addressOf(a), aStrides, b: addressOf(b), bStrides, c: addressOf(c), cStride },
    }))
  }

  /** Copies a tensor, which lies at `from`. */
  private addCopy(value: Tensor, from: View, to: View): void {
    this.touch(from)
    this.touch(to)
    const place = (view: View) => ({ address: addressOf(view), strides: view.strides })
    this.steps.push(() => ({
      loop: {
        shape: value.shape,
        members: new Set(),
        place: () => place(from),
        stores: [{ value, to: place(to) }],
        sums: [],
      },
    }))
  }

  /** A contiguous copy that nothing overwrites. */
  private copied(value: Tensor): View {
    const view = {
      buffer: this.newBuffer(value.size, true),
      offset: 0,
      strides: contiguousStrides(value.shape),
    }
    this.addCopy(value, this.view(value), view)
    return view
  }

  /** A computed value where it can be read after the run. */
  private shown(value: Tensor): View {
    const view = this.view(value)
    const whole = view.offset === 0 && view.buffer.size === value.size
    if (!whole || !isContiguous(value.shape, view.strides)) return this.copied(value)
    view.buffer.last = Number.POSITIVE_INFINITY
    return view
  }

  /** Notes that the step about to be added uses a view. */
  private touch({ buffer }: View): void {
    buffer.first = Math.min(buffer.first, this.steps.length)
    buffer.last = Math.max(buffer.last, this.steps.length)
  }
}

function addressOf({ buffer, offset }: View): number {
  return buffer.address + 4 * offset
}

/** Strides of a sum's result, seen from the index space it sums over. */
function sumStrides(sum: Tensor, strides: readonly number[]): number[] {
  if (sum.operation.op !== 'sum') return []
  const { axes, keep } = sum.operation
  let own = 0
  return sum.inputs[0].shape.map((_, axis) => {
    if (!axes.includes(axis)) return strides[own++]
    if (keep) own++
    return 0
  })
}

/** Gives every buffer in use an address ≥ base, sharing memory between those that are not in use together. */
function allocate(buffers: readonly Buffer[], base: number): number {
  const bytes = (buffer: Buffer) => Math.ceil((4 * buffer.size + SLACK) / ALIGNMENT) * ALIGNMENT
  const placed: Buffer[] = []
  let end = base
  const order = buffers
    .filter(buffer => buffer.first <= buffer.last)
    .sort((a, b) => a.first - b.first || b.size - a.size)
  for (const buffer of order) {
    const neighbours = placed
      .filter(other => other.first <= buffer.last && buffer.first <= other.last)
      .sort((a, b) => a.address - b.address)
    let address = Math.ceil(base / ALIGNMENT) * ALIGNMENT
    for (const other of neighbours) {
      if (address + bytes(buffer) <= other.address) break
      address = Math.max(address, other.address + bytes(other))
    }
    buffer.address = address
    placed.push(buffer)
    end = Math.max(end, address + bytes(buffer))
  }
  return end
}
