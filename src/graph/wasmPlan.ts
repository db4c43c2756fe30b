/**
 * Turns a graph into steps over one linear memory. Parts of a join are computed where they end up; new states overwrite
 * old ones in place where nothing reads the old ones any more.
 */
import type { Graph } from './graph.ts'
import { broadcastStrides, contiguousStrides, type Shape, sameShape } from './shape.ts'
import { type Tensor, throughStop } from './tensor.ts'
import { fuse, isContiguous, isReduction, isView, operandsOf, ownerOf, type Unit } from './wasmFusion.ts'
import type { Loop } from './wasmLoop.ts'
import { addressOf, MemoryMap, type Span, touch, type View } from './wasmMemory.ts'
import { convolutionShapes, type Product, productSizes, windowStrides } from './wasmProduct.ts'

export interface Gather {
  readonly count: number
  readonly rowBytes: number
  /** Addresses. */
  readonly table: number
  readonly indices: number
  readonly to: number
}

export type Step =
  | { readonly loop: Loop }
  | { readonly product: Product }
  | { readonly gather: Gather }
  | { readonly clear: { readonly address: number; readonly bytes: number } }

export interface Plan {
  readonly steps: readonly Step[]
  readonly inputs: ReadonlyMap<string, Span>
  readonly states: ReadonlyMap<string, Span>
  readonly outputs: ReadonlyMap<string, Span>
  readonly constants: readonly { readonly span: Span; readonly data: Float32Array }[]
  /** First free byte. */
  readonly end: number
}

/** A plan whose memory starts at byte `base`. */
export function planGraph(graph: Graph, base: number): Plan {
  return new Planner(graph).plan(base)
}

class Planner {
  private readonly graph: Graph
  private readonly units: readonly Unit[]
  private readonly unitIndex = new Map<Tensor, number>()
  private readonly memory = new MemoryMap()
  private readonly readers = new Map<Tensor, Tensor[]>()
  private readonly constants: { span: Span; data: Float32Array }[] = []
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
    const inputs = new Map([...graph.inputs].map(([name, node]) => [name, this.memory.leaf(node)]))
    const states = new Map([...graph.states].map(([name, node]) => [name, this.memory.leaf(node)]))
    for (const node of graph.schedule()) {
      if (node.operation.op !== 'constant') continue
      this.constants.push({ span: this.memory.leaf(node), data: node.operation.data })
    }
    // Outputs that only show a leaf are copied before anything is overwritten.
    const outputs = new Map<string, Span>()
    for (const [name, value] of graph.outputs) {
      if (!this.unitIndex.has(ownerOf(value))) outputs.set(name, this.copied(value).span)
    }
    const held = [...graph.assignments]
      .filter(([state, value]) => throughStop(value) !== state && !this.unitIndex.has(ownerOf(value)))
      .map(([state, value]) => ({ state, value, from: this.copied(value) }))

    this.placeStates()
    this.placeJoins()
    for (const unit of this.units) this.addUnit(unit)
    for (const [name, value] of graph.outputs) {
      if (!outputs.has(name)) outputs.set(name, this.shown(value).span)
    }
    for (const [state, value] of graph.assignments) {
      const computed = this.unitIndex.has(ownerOf(value))
      if (computed && this.memory.view(value).span !== this.memory.view(state).span) {
        this.addCopy(value, this.memory.view(value), this.memory.view(state))
      }
    }
    for (const { state, value, from } of held) this.addCopy(value, from, this.memory.view(state))
    const end = this.memory.allocate(base)
    const steps = this.steps.map(make => make())
    return { steps, inputs, states, outputs, constants: this.constants, end }
  }

  // Choosing places before the default ones are taken

  /** New states in place of the old: where the loop that makes them is the last to read the old. */
  private placeStates(): void {
    const shown = new Set([...this.graph.outputs.values()].map(ownerOf))
    for (const [state, value] of this.graph.assignments) {
      const node = throughStop(value)
      const index = this.unitIndex.get(node)
      if (index === undefined || shown.has(node) || this.memory.has(node)) continue
      const unit = this.units[index]
      const elementwise = unit.kind === 'loop' && !isReduction(node)
      if (elementwise && sameShape(unit.shape, state.shape) && this.lastReaderOf(state, index)) {
        this.memory.place(node, this.memory.view(state))
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
      const whole = this.memory.view(join)
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
    if (index === undefined || this.memory.has(node)) return
    // With gaps in between, neither sums nor products of several columns apart nor reshaped views work.
    const reshaped = this.feedsReshape(node)
    const plain = this.units[index].kind === 'loop' && !isReduction(node) && !reshaped
    const rows = node.operation.op === 'matmul' && place.strides.at(-1) === 1 && !reshaped
    if (packed || plain || rows) this.memory.place(node, place)
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
        this.addMatmul(first)
        break
      case 'gather':
        this.addGather(first)
        break
      case 'convolve':
        this.addConvolution(first)
        break
      case 'spread':
        this.addSpread(first)
        break
      case 'copy': {
        const x = throughStop(first.inputs[0])
        const to = { ...this.memory.view(first), strides: contiguousStrides(x.shape) }
        this.addCopy(x, this.memory.view(x), to)
        break
      }
      case 'concat':
        for (const { part, view } of this.partsOf(first, this.memory.view(first))) {
          const from = this.memory.view(part)
          const inPlace = from.span === view.span && from.offset === view.offset
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
      member => isReduction(member) || outside(member) || ends.has(member),
    )
    const reduced = made.filter(isReduction)
    const stored = made.filter(member => !isReduction(member))
    const read = [...unit.members].flatMap(operandsOf).filter(operand => !unit.members.has(operand))
    for (const tensor of [...made, ...read]) touch(this.memory.view(tensor), this.steps.length)
    const placeOf = (tensor: Tensor) => {
      const view = this.memory.view(tensor)
      return { address: addressOf(view), strides: broadcastStrides(tensor.shape, view.strides, unit.shape) }
    }
    this.steps.push(() => ({
      loop: {
        shape: unit.shape,
        members: unit.members,
        place: placeOf,
        stores: stored.map(value => ({ value, to: placeOf(value) })),
        reductions: reduced.map(node => ({
          op: node.operation.op === 'sum' ? 'add' : 'max',
          value: node.inputs[0],
          size: node.size,
          to: {
            address: addressOf(this.memory.view(node)),
            strides: reducedStrides(node, this.memory.view(node).strides),
          },
        })),
      },
    }))
  }

  private addMatmul(node: Tensor): void {
    if (node.operation.op !== 'matmul') return
    const { transposeA, transposeB } = node.operation
    const [left, right] = operandsOf(node)
    const c = this.memory.view(node)
    const batch = node.shape.slice(0, -2)
    /** Strides along the batch axes, then of rows and columns as multiplied. */
    const operand = (tensor: Tensor, turned: boolean): View => {
      const view = this.memory.view(tensor)
      const own = broadcastStrides(tensor.shape.slice(0, -2), view.strides.slice(0, -2), batch)
      const matrix = view.strides.slice(-2)
      return { ...view, strides: [...own, ...(turned ? matrix.reverse() : matrix)] }
    }
    const K = left.shape.at(transposeA ? -2 : -1)!
    this.addProduct(node.shape, K, operand(left, transposeA), operand(right, transposeB), c)
  }

  /** C = A·B, whose views have strides for every axis of C's shape [...batch, M, N]. */
  private addProduct(shape: Shape, K: number, a: View, b: View, c: View): void {
    for (const view of [a, b, c]) touch(view, this.steps.length)
    const sizes = productSizes(shape, K, a.strides, b.strides, c.strides)
    this.steps.push(() => ({ product: { ...sizes, a: addressOf(a), b: addressOf(b), c: addressOf(c) } }))
  }

  private addGather(node: Tensor): void {
    const [table, indices] = operandsOf(node).map(operand => this.packed(operand))
    const to = this.memory.view(node)
    for (const view of [table, indices, to]) touch(view, this.steps.length)
    const count = node.inputs[1].size
    const rowBytes = 4 * node.inputs[0].shape[1]
    this.steps.push(() => ({
      gather: { count, rowBytes, table: addressOf(table), indices: addressOf(indices), to: addressOf(to) },
    }))
  }

  /** Every place of the kernel as a column of a matrix, which the kernels multiply. */
  private addConvolution(node: Tensor): void {
    if (node.operation.op !== 'convolve') return
    const [images, kernels] = operandsOf(node)
    const shapes = convolutionShapes(images.shape, kernels.shape, node.shape, node.operation)
    const { padded, inside, windows, columns, results, K } = shapes
    let image = this.memory.view(images)
    if (node.operation.pad > 0) {
      image = this.memory.scratch(padded)
      this.addClear(image)
      const from = this.memory.view(images)
      this.addCopy(images, from, { ...image, offset: inside })
    }
    const unfolded = this.memory.scratch(windows)
    const from = { ...image, strides: windowStrides(image.strides, node.operation) }
    this.addCopy(images, from, unfolded, windows)
    const matrix = this.packed(kernels)
    const weights = { ...matrix, strides: [0, K, 1] }
    const to = this.memory.view(node)
    this.addProduct(
      results,
      K,
      weights,
      { ...unfolded, strides: contiguousStrides(columns) },
      { ...to, strides: contiguousStrides(results) },
    )
  }

  /** The other way round: the kernels make the columns, which are added up where the kernel was. */
  private addSpread(node: Tensor): void {
    if (node.operation.op !== 'spread') return
    const [images, kernels] = operandsOf(node)
    const shapes = convolutionShapes(node.shape, kernels.shape, images.shape, node.operation)
    const { padded, inside, windows, columns, results, K } = shapes
    const unfolded = this.memory.scratch(windows)
    const weights = { ...this.packed(kernels), strides: [0, 1, K] }
    const from = { ...this.packed(images), strides: contiguousStrides(results) }
    const made = { ...unfolded, strides: contiguousStrides(columns) }
    this.addProduct(columns, results[1], weights, from, made)
    const image = this.memory.scratch(padded)
    touch(unfolded, this.steps.length)
    touch(image, this.steps.length)
    const strides = windowStrides(image.strides, node.operation)
    this.steps.push(() => ({
      loop: {
        shape: windows,
        members: new Set(),
        place: () => ({ address: addressOf(unfolded), strides: unfolded.strides }),
        stores: [],
        reductions: [
          {
            op: 'add',
            value: node,
            to: { address: addressOf(image), strides },
            size: image.span.size,
            overlaps: true,
          },
        ],
      },
    }))
    this.addCopy(node, { ...image, offset: inside }, this.memory.view(node))
  }

  private addClear(view: View): void {
    touch(view, this.steps.length)
    this.steps.push(() => ({ clear: { address: addressOf(view), bytes: 4 * view.span.size } }))
  }

  /** Where a tensor lies without gaps: itself, or a copy. */
  private packed(tensor: Tensor): View {
    const view = this.memory.view(tensor)
    if (isContiguous(tensor.shape, view.strides)) return view
    const copy = this.memory.scratch(tensor.shape)
    this.addCopy(tensor, view, copy)
    return copy
  }

  /** Copies a tensor, which lies at `from`, or elements of it in another shape. */
  private addCopy(value: Tensor, from: View, to: View, shape: Shape = value.shape): void {
    touch(from, this.steps.length)
    touch(to, this.steps.length)
    const place = (view: View) => ({ address: addressOf(view), strides: view.strides })
    this.steps.push(() => ({
      loop: {
        shape,
        members: new Set(),
        place: () => place(from),
        stores: [{ value, to: place(to) }],
        reductions: [],
      },
    }))
  }

  /** A contiguous copy that nothing overwrites. */
  private copied(value: Tensor): View {
    const view = this.memory.fresh(value, true)
    this.addCopy(value, this.memory.view(value), view)
    return view
  }

  /** A computed value where it can be read after the run. */
  private shown(value: Tensor): View {
    const view = this.memory.view(value)
    const whole = view.offset === 0 && view.span.size === value.size
    if (!whole || !isContiguous(value.shape, view.strides)) return this.copied(value)
    view.span.last = Number.POSITIVE_INFINITY
    return view
  }
}

/** Strides of a reduction's result, seen from the index space it reduces. */
function reducedStrides(node: Tensor, strides: readonly number[]): number[] {
  if (node.operation.op !== 'sum' && node.operation.op !== 'largest') return []
  const { axes, keep } = node.operation
  let own = 0
  return node.inputs[0].shape.map((_, axis) => {
    if (!axes.includes(axis)) return strides[own++]
    if (keep) own++
    return 0
  })
}
