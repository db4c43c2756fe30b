/** Which values of a graph hold one row for every row of its inputs, so that the number of rows may vary. */
import { CarrotError } from '../core/errors.ts'
import type { Graph } from './graph.ts'
import type { Tensor } from './tensor.ts'

/**
 * Everything whose axis 0 is the inputs' axis 0, each row made of that row of the inputs alone. Throws CarrotError
 * 'unsupported' when something that depends on inputs is not like that.
 */
export function rowsOf(graph: Graph): ReadonlySet<Tensor> {
  const rows = new Set<Tensor>()
  const [count] = [...graph.inputs.values()].flatMap(({ shape }) => shape.slice(0, 1))
  for (const node of graph.schedule()) {
    const { op } = node.operation
    const depends = op === 'input' ? node.rank > 0 : node.inputs.some(input => rows.has(input))
    if (!depends) continue
    if (op === 'input' ? node.shape[0] !== count : !keepsRows(node, rows)) {
      throw new CarrotError(
        'unsupported',
        `Graph '${graph.name}' cannot be written for any number of rows: ${op} ${node} mixes or fixes them.`,
        'Write it without a batch axis, or compute every row by itself.',
      )
    }
    rows.add(node)
  }
  return rows
}

function keepsRows(node: Tensor, rows: ReadonlySet<Tensor>): boolean {
  const { operation, inputs } = node
  switch (operation.op) {
    case 'matmul':
      if (node.rank > 2)
        return inputs.every(input => (rows.has(input) ? input.rank === node.rank : leaves(input, node)))
      return rows.has(inputs[0]) && !operation.transposeA && !rows.has(inputs[1])
    case 'convolve':
    case 'spread':
      return !rows.has(inputs[1])
    case 'gather':
      return !rows.has(inputs[0])
    case 'transpose':
      return operation.order[0] === 0
    case 'sum':
    case 'largest':
      return !operation.axes.includes(0)
    case 'slice':
      return operation.axis !== 0
    case 'concat':
      return operation.axis !== 0 && inputs.every(input => rows.has(input))
    case 'reshape':
      return node.shape[0] === inputs[0].shape[0]
    case 'broadcast':
      return false
    default:
      // Rows must stay axis 0. What is shared by all rows has a lower rank, or is one row.
      return inputs.every(input => (rows.has(input) ? input.rank === node.rank : leaves(input, node)))
  }
}

/** True where an operand that all rows share leaves axis 0 to the rows. */
function leaves(input: Tensor, node: Tensor): boolean {
  return input.rank < node.rank || input.shape[0] === 1
}
