/** Parts of states that lie in memory as they are: an executor that can point into an array need not copy them. */
import type { Graph } from './graph.ts'
import { type Shape, sizeOf } from './shape.ts'
import { type Tensor, throughStop } from './tensor.ts'

/** A contiguous part of a state, in a shape of its own. */
export interface StateView {
  /** The same for equal views; no name in a graph starts like it. */
  readonly name: string
  readonly state: string
  /** First element. */
  readonly offset: number
  readonly shape: Shape
}

/** What is cut from states along their first axis, or reshaped, by node. */
export function stateViews(graph: Graph): Map<Tensor, StateView> {
  const views = new Map<Tensor, StateView>()
  for (const node of graph.schedule()) {
    const { operation, inputs, shape } = node
    const cut = operation.op === 'slice' && operation.axis === 0
    if (!cut && operation.op !== 'reshape') continue
    const from = viewed(throughStop(inputs[0]), views)
    if (from === undefined) continue
    const offset = from.offset + (cut ? operation.start * sizeOf(shape.slice(1)) : 0)
    views.set(node, { name: `%${from.state}@${offset}[${shape}]`, state: from.state, offset, shape })
  }
  return views
}

/** Where a node's numbers lie in a state, if they do. */
function viewed(
  node: Tensor,
  views: ReadonlyMap<Tensor, StateView>,
): { readonly state: string; readonly offset: number } | undefined {
  return node.operation.op === 'state' ? { state: node.operation.name, offset: 0 } : views.get(node)
}
