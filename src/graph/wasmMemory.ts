/**
 * Where the tensors of a graph lie in one linear memory. Spans get their addresses at the end, when it is known
 * from when to when each is in use: those that are not in use together share memory.
 */
import { broadcastStrides, contiguousStrides, type Shape, sizeOf } from './shape.ts'
import { type Tensor, throughStop } from './tensor.ts'
import { isView } from './wasmFusion.ts'

/** A piece of memory. It is in use from step `first` to step `last`; spans seen from outside always are. */
export interface Span {
  /** Elements. */
  readonly size: number
  first: number
  last: number
  /** In bytes; set when all lifetimes are known. */
  address: number
}

/** A tensor in memory; offset and strides in elements. */
export interface View {
  readonly span: Span
  readonly offset: number
  readonly strides: readonly number[]
}

/** Bytes between spans: vector loads may run past the end of one. */
const SLACK = 32
/** A cache line. */
const ALIGNMENT = 64

export class MemoryMap {
  private readonly spans: Span[] = []
  private readonly views = new Map<Tensor, View>()

  /** A new place for a tensor, in use from its first to its last step, or always. */
  fresh({ shape }: { readonly shape: Shape }, permanent: boolean): View {
    const span = {
      size: sizeOf(shape),
      first: permanent ? 0 : Number.POSITIVE_INFINITY,
      last: permanent ? Number.POSITIVE_INFINITY : -1,
      address: -1,
    }
    this.spans.push(span)
    return { span, offset: 0, strides: contiguousStrides(shape) }
  }

  /** A new place for what is no tensor of the graph. */
  scratch(shape: Shape): View {
    return this.fresh({ shape }, false)
  }

  /** Where an input, state or constant lies. */
  leaf(node: Tensor): Span {
    const view = this.views.get(node) ?? this.fresh(node, true)
    this.views.set(node, view)
    return view.span
  }

  /** Where a tensor lies; computed ones get a place at the first call. */
  view(tensor: Tensor): View {
    const node = throughStop(tensor)
    const view = this.views.get(node) ?? (isView(node) ? this.derive(node) : this.fresh(node, false))
    this.views.set(node, view)
    return view
  }

  /** Whether a computed tensor has its place already. */
  has(node: Tensor): boolean {
    return this.views.has(node)
  }

  /** Decides where a computed tensor will lie. */
  place(node: Tensor, view: View): void {
    this.views.set(node, view)
  }

  private derive(node: Tensor): View {
    const { operation } = node
    const x = throughStop(node.inputs[0])
    const { span, offset, strides } = this.view(x)
    switch (operation.op) {
      case 'transpose':
        return { span, offset, strides: operation.order.map(axis => strides[axis]) }
      case 'slice':
        return { span, offset: offset + operation.start * strides[operation.axis], strides }
      case 'broadcast':
        return { span, offset, strides: broadcastStrides(x.shape, strides, node.shape) }
      default:
        return { span, offset, strides: contiguousStrides(node.shape) }
    }
  }

  /** Gives every span in use an address ≥ base; returns the first free byte. */
  allocate(base: number): number {
    const bytes = (span: Span) => Math.ceil((4 * span.size + SLACK) / ALIGNMENT) * ALIGNMENT
    const placed: Span[] = []
    let end = base
    const order = this.spans
      .filter(span => span.first <= span.last)
      .sort((a, b) => a.first - b.first || b.size - a.size)
    for (const span of order) {
      const neighbours = placed
        .filter(other => other.first <= span.last && span.first <= other.last)
        .sort((a, b) => a.address - b.address)
      let address = Math.ceil(base / ALIGNMENT) * ALIGNMENT
      for (const other of neighbours) {
        if (address + bytes(span) <= other.address) break
        address = Math.max(address, other.address + bytes(other))
      }
      span.address = address
      placed.push(span)
      end = Math.max(end, address + bytes(span))
    }
    return end
  }
}

/** Notes that a step uses a view. */
export function touch({ span }: View, step: number): void {
  span.first = Math.min(span.first, step)
  span.last = Math.max(span.last, step)
}

/** In bytes, once memory is allocated. */
export function addressOf({ span, offset }: View): number {
  return span.address + 4 * offset
}
