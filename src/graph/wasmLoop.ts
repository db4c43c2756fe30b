/**
 * Compiles a set of elementwise operations and sums over the same index space into one loop nest, four elements at a
 * time: every operand is read once, intermediate values stay in registers, and only what others need is stored.
 */
import type { Shape } from './shape.ts'
import { constantValue, type Tensor, throughStop } from './tensor.ts'
import { FunctionWriter, I32, V128 } from './wasmAssembler.ts'
import { LoopBody, type Mover, type Operand } from './wasmBody.ts'
import { apply, type MathWriter } from './wasmMath.ts'

/** Where a tensor lies in memory: element (i, j, …) is at address + 4·(i·strides[0] + j·strides[1] + …). */
export interface Place {
  readonly address: number
  /** One for every axis of the loop's shape; 0 where it does not move. */
  readonly strides: readonly number[]
}

export interface Loop {
  /** The index space. */
  readonly shape: Shape
  /** What is computed here; everything else is read from memory. */
  readonly members: ReadonlySet<Tensor>
  /** Where an operand from outside lies, seen from the index space. */
  place(tensor: Tensor): Place
  readonly stores: readonly { readonly value: Tensor; readonly to: Place }[]
  readonly reductions: readonly Reduction<Place>[]
}

/** The sum or the largest of values. */
export interface Reduction<To> {
  readonly op: 'add' | 'max'
  readonly value: Tensor
  /** Strides are 0 along reduced axes. */
  readonly to: To
  /** Elements that are written, without gaps. */
  readonly size: number
  /** Several iterations write the same element, whatever the strides. */
  readonly overlaps?: boolean
}

/** Sum loops keep this many partial sums apart, to hide the latency of additions. */
const PARTIAL_SUMS = 4

export function compileLoop(loop: Loop, fma: boolean): FunctionWriter {
  return new LoopCompiler(loop, fma).compile()
}

class LoopCompiler implements MathWriter {
  readonly code = new FunctionWriter()
  readonly fma: boolean
  private readonly loop: Loop
  private readonly constants = new Map<string, number>()
  private readonly movers: Mover[] = []
  private readonly operands = new Map<Tensor, Operand>()
  private readonly stores: { value: Tensor; to: Operand }[]
  private readonly reductions: readonly Reduction<Operand>[]
  private readonly sizes: readonly number[]

  constructor(loop: Loop, fma: boolean) {
    this.loop = loop
    this.fma = fma
    const outside = this.outsideOperands()
    const places = outside.map(tensor => loop.place(tensor))
    const all = [...places, ...loop.stores.map(({ to }) => to), ...loop.reductions.map(({ to }) => to)]
    const { sizes, strides } = collapse(
      loop.shape,
      all.map(place => place.strides),
    )
    this.sizes = sizes
    const operands = all.map(({ address }, i) => ({ address, mover: this.mover(strides[i]) }))
    outside.forEach((tensor, i) => {
      this.operands.set(tensor, operands[i])
    })
    const rest = operands.slice(outside.length)
    this.stores = loop.stores.map(({ value }, i) => ({ value, to: rest[i] }))
    this.reductions = loop.reductions.map((reduction, i) => ({
      ...reduction,
      to: rest[loop.stores.length + i],
    }))
  }

  compile(): FunctionWriter {
    for (const reduction of this.reductions) {
      if (!this.visitsOnce(reduction)) this.fill(reduction)
    }
    const start = new Map(this.movers.map(mover => [mover, this.code.local(I32)]))
    this.nest(0, start)
    return this.code
  }

  constant(value: number): number {
    return this.hoisted(`f${Object.is(value, -0) ? '-0' : value}`, () => this.code.splatF32(value))
  }
  integer(value: number): number {
    return this.hoisted(`i${value}`, () => this.code.constantI32(value, value, value, value))
  }
  private hoisted(key: string, write: () => void): number {
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const local = this.code.local(V128)
    this.code.first(() => {
      write()
      this.code.set(local)
    })
    this.constants.set(key, local)
    return local
  }

  private mover(strides: readonly number[]): Mover {
    const known = this.movers.find(mover => mover.strides.every((stride, axis) => stride === strides[axis]))
    if (known) return known
    const mover = { strides }
    this.movers.push(mover)
    return mover
  }

  /** Operands that must be read from memory, in the order of first use. */
  private outsideOperands(): Tensor[] {
    const found = new Set<Tensor>()
    const visit = (tensor: Tensor): void => {
      const node = throughStop(tensor)
      if (found.has(node) || constantValue(node) !== undefined) return
      if (this.loop.members.has(node)) node.inputs.forEach(visit)
      else found.add(node)
    }
    for (const { value } of [...this.loop.stores, ...this.loop.reductions]) visit(value)
    return [...found]
  }

  /** True where no two iterations of the outer axes write the same element. */
  private visitsOnce({ to, overlaps = false }: Reduction<Operand>): boolean {
    return !overlaps && to.mover.strides.slice(0, -1).every(stride => stride !== 0)
  }

  /** What changes nothing when it is added to, or compared with. */
  private neutral(op: Reduction<Operand>['op']): number {
    return this.constant(op === 'add' ? 0 : Number.NEGATIVE_INFINITY)
  }

  private fill({ op, to, size }: Reduction<Operand>): void {
    const { code } = this
    if (op === 'add') {
      code
        .i32(to.address)
        .i32(0)
        .i32(4 * size)
        .memoryFill()
      return
    }
    const at = code.local(I32)
    const value = this.neutral(op)
    code.i32(to.address).set(at)
    code.repeat(size, () => {
      code.get(at).get(value).access('storeLane32', 0, 0)
      this.advance(at, 4)
    })
  }

  /** Loops over axis `axis` and those within, with the movers' offsets in the given locals. */
  private nest(axis: number, offsets: ReadonlyMap<Mover, number>): void {
    if (axis === this.sizes.length - 1) {
      this.innermost(offsets)
      return
    }
    const here = new Map<Mover, number>()
    for (const [mover, offset] of offsets) {
      const local = this.code.local(I32)
      this.code.get(offset).set(local)
      here.set(mover, local)
    }
    this.code.repeat(this.sizes[axis], () => {
      this.nest(axis + 1, here)
      for (const [mover, local] of here) this.advance(local, 4 * mover.strides[axis])
    })
  }

  private advance(local: number, bytes: number): void {
    if (bytes !== 0) this.code.get(local).i32(bytes).addI32().set(local)
  }

  private innermost(rowOffsets: ReadonlyMap<Mover, number>): void {
    const axis = this.sizes.length - 1
    const length = this.sizes[axis]
    const stride = (operand: Operand) => operand.mover.strides[axis]
    const offsets = new Map<Mover, number>()
    for (const [mover, offset] of rowOffsets) {
      const local = this.code.local(I32)
      this.code.get(offset).set(local)
      offsets.set(mover, local)
    }
    const body = new LoopBody(this, offsets, axis, this.loop.members, this.operands)
    body.splatFixed()

    const folded = this.reductions.filter(({ to }) => stride(to) === 0)
    const vectors = length >> 2
    const unroll = folded.length > 0 && vectors >= 4 * PARTIAL_SUMS ? PARTIAL_SUMS : 1
    const partial = folded.map(({ op }) =>
      Array.from({ length: unroll }, () => this.copyOf(this.neutral(op))),
    )
    const emit = (step: number, lanes: number): void => {
      body.begin(4 * step, lanes)
      const stored = this.stores.map(({ value }) => body.value(value))
      const reduced = this.reductions.map(({ value }) => body.value(value))
      // All reads come before the first write: a result may replace an operand in place.
      this.stores.forEach(({ to }, i) => {
        body.store(stored[i], to)
      })
      this.reductions.forEach((reduction, i) => {
        const { op, to } = reduction
        if (stride(to) !== 0) body.accumulate(op, reduced[i], to, this.visitsOnce(reduction))
        else this.addLanes(op, partial[folded.indexOf(reduction)][step % unroll], reduced[i], lanes)
      })
    }
    const rounds = Math.floor(vectors / unroll)
    if (rounds > 0) {
      this.code.repeat(rounds, () => {
        for (let step = 0; step < unroll; step++) emit(step, 4)
        for (const [mover, local] of offsets) this.advance(local, 16 * unroll * mover.strides[axis])
      })
    }
    const left = vectors - rounds * unroll
    for (let step = 0; step < left; step++) emit(step, 4)
    if (length % 4 > 0) emit(left, length % 4)
    folded.forEach((reduction, i) => {
      this.finish(reduction, partial[i], offsets.get(reduction.to.mover)!)
    })
  }

  private copyOf(value: number): number {
    const local = this.code.local(V128)
    this.code.get(value).set(local)
    return local
  }

  private addLanes(op: 'add' | 'max', sum: number, value: number, lanes: number): void {
    this.code.get(sum).get(value)
    if (lanes < 4) {
      const mask = this.hoisted(`mask${lanes}`, () =>
        this.code.constantI32(-1, lanes > 1 ? -1 : 0, lanes > 2 ? -1 : 0, 0),
      )
      this.code.get(this.neutral(op)).get(mask).simd('bitselect')
    }
    this.code.simd(op).set(sum)
  }

  /** Brings partial results and lanes together and writes the one element, or adds to it. */
  private finish(reduction: Reduction<Operand>, partial: readonly number[], offset: number): void {
    const { op, to } = reduction
    const join = () => (op === 'add' ? this.code.addF32() : this.code.maxF32())
    const total = partial.reduce((a, b) => apply(this, op, a, b))
    this.code.get(offset)
    for (const lane of [0, 1]) this.code.get(total).simd('extractLane', lane)
    join()
    for (const lane of [2, 3]) this.code.get(total).simd('extractLane', lane)
    join()
    join()
    if (!this.visitsOnce(reduction)) {
      this.code.get(offset).loadF32(to.address)
      join()
    }
    this.code.storeF32(to.address)
  }
}

/**
 * Drops axes of size 1 and joins neighbours that every place walks through as one. Leaves at least one axis.
 */
function collapse(
  shape: Shape,
  strides: readonly (readonly number[])[],
): { sizes: number[]; strides: number[][] } {
  const sizes: number[] = []
  const joined: number[][] = strides.map(() => [])
  shape.forEach((size, axis) => {
    if (size === 1) return
    const last = sizes.length - 1
    const joins = last >= 0 && strides.every((stride, i) => joined[i][last] === stride[axis] * size)
    if (!joins) {
      sizes.push(size)
      strides.forEach((stride, i) => {
        joined[i].push(stride[axis])
      })
      return
    }
    sizes[last] *= size
    strides.forEach((stride, i) => {
      joined[i][last] = stride[axis]
    })
  })
  if (sizes.length > 0) return { sizes, strides: joined }
  return { sizes: [1], strides: strides.map(() => [0]) }
}
