/** What a fused loop does in one step: reads up to four elements of every operand, computes, and writes. */
import { constantValue, type Tensor, throughStop } from './tensor.ts'
import { V128 } from './wasmAssembler.ts'
import { apply, exp, log, type MathWriter, select, tanh } from './wasmMath.ts'

/** Places with equal strides move together: they share one offset, and the address is part of the instruction. */
export interface Mover {
  readonly strides: readonly number[]
}
export interface Operand {
  readonly address: number
  readonly mover: Mover
}

/** Values of one step of the innermost loop: up to four elements. */
export class LoopBody {
  private readonly w: MathWriter
  private readonly offsets: ReadonlyMap<Mover, number>
  private readonly axis: number
  private readonly members: ReadonlySet<Tensor>
  private readonly operands: ReadonlyMap<Tensor, Operand>
  /** Operands that do not move along the innermost axis. */
  private readonly fixed = new Map<Tensor, number>()
  private values = new Map<Tensor, number>()
  private masks = new Map<Tensor, number>()
  private element = 0
  private lanes = 4

  constructor(
    w: MathWriter,
    offsets: ReadonlyMap<Mover, number>,
    axis: number,
    members: ReadonlySet<Tensor>,
    operands: ReadonlyMap<Tensor, Operand>,
  ) {
    this.w = w
    this.offsets = offsets
    this.axis = axis
    this.members = members
    this.operands = operands
  }

  splatFixed(): void {
    for (const [tensor, { address, mover }] of this.operands) {
      if (mover.strides[this.axis] !== 0) continue
      const local = this.w.code.local(V128)
      this.w.code.get(this.offsets.get(mover)!).access('loadSplat', address).set(local)
      this.fixed.set(tensor, local)
    }
  }

  /** Starts a step `element` elements past the offsets. */
  begin(element: number, lanes: number): void {
    this.values = new Map()
    this.masks = new Map()
    this.element = element
    this.lanes = lanes
  }

  value(tensor: Tensor): number {
    const node = throughStop(tensor)
    const number = constantValue(node)
    if (number !== undefined) return this.w.constant(number)
    const known = this.values.get(node) ?? this.fixed.get(node)
    if (known !== undefined) return known
    const local = this.members.has(node) ? this.compute(node) : this.load(this.operands.get(node)!)
    this.values.set(node, local)
    return local
  }

  /** All bits set where the tensor is not 0. */
  private mask(tensor: Tensor): number {
    const node = throughStop(tensor)
    const known = this.masks.get(node)
    if (known !== undefined) return known
    const compares = node.operation.op === 'greater' && this.members.has(node)
    const local = compares
      ? apply(this.w, 'greater', ...node.inputs.map(input => this.value(input)))
      : apply(this.w, 'notEqual', this.value(node), this.w.constant(0))
    this.masks.set(node, local)
    return local
  }

  private compute(node: Tensor): number {
    const { w } = this
    const { operation, inputs } = node
    const operand = (i: number) => this.value(inputs[i])
    switch (operation.op) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'div':
        return apply(w, operation.op, operand(0), operand(1))
      case 'max':
      case 'min':
        return this.extreme(operation.op, inputs)
      case 'greater':
        return apply(w, 'and', this.mask(node), w.constant(1))
      case 'neg':
      case 'sqrt':
      case 'abs':
        return apply(w, operation.op, operand(0))
      case 'exp':
        return exp(w, operand(0))
      case 'log':
        return log(w, operand(0))
      case 'tanh':
        return tanh(w, operand(0))
      case 'relu':
        return apply(w, 'pmax', operand(0), w.constant(0))
      case 'clip': {
        const raised = apply(w, 'pmax', operand(0), w.constant(operation.low))
        return apply(w, 'pmin', raised, w.constant(operation.high))
      }
      case 'where':
        return select(w, this.mask(inputs[0]), operand(1), operand(2))
      default:
        throw new Error(`'${operation.op}' is not elementwise`)
    }
  }

  /** Where one operand is a number, the other's NaN stays with the fast instruction too. */
  private extreme(op: 'max' | 'min', inputs: readonly Tensor[]): number {
    const isNumber = (tensor: Tensor) => !Number.isNaN(constantValue(throughStop(tensor)) ?? Number.NaN)
    const [a, b] = isNumber(inputs[0]) ? [inputs[1], inputs[0]] : inputs
    return apply(this.w, isNumber(b) ? `p${op}` : op, this.value(a), this.value(b))
  }

  private load({ address, mover }: Operand): number {
    const { code } = this.w
    const stride = mover.strides[this.axis]
    const offset = this.offsets.get(mover)!
    const at = address + 4 * this.element * stride
    const local = code.local(V128)
    if (stride === 1) {
      code.get(offset).access('load', at).set(local)
      return local
    }
    code.get(offset).access('loadSplat', at).set(local)
    for (let lane = 1; lane < this.lanes; lane++) {
      code
        .get(offset)
        .get(local)
        .access('loadLane32', at + 4 * lane * stride, lane)
        .set(local)
    }
    return local
  }

  store(value: number, { address, mover }: Operand): void {
    const { code } = this.w
    const stride = mover.strides[this.axis]
    const offset = this.offsets.get(mover)!
    const at = address + 4 * this.element * stride
    if (stride === 1 && this.lanes === 4) {
      code.get(offset).get(value).access('store', at)
      return
    }
    const pair = stride === 1 && this.lanes >= 2
    if (pair) code.get(offset).get(value).access('storeLane64', at, 0)
    for (let lane = pair ? 2 : 0; lane < this.lanes; lane++) {
      code
        .get(offset)
        .get(value)
        .access('storeLane32', at + 4 * lane * stride, lane)
    }
  }

  /** Adds to what is there (or keeps the larger), or writes where nothing was before. */
  accumulate(op: 'add' | 'max', value: number, to: Operand, fresh: boolean): void {
    this.store(fresh ? value : apply(this.w, op, this.load(to), value), to)
  }
}
