/** A tree of boxes over a mesh's triangles, as the ray caster walks it (kernels/layout.ts). */

/** Triangles in a box that is not divided any more. */
const LEAF = 4
/** Places where a division is tried, along each axis. */
const BINS = 12

export interface Tree {
  /** [nodes, 8] words: box from, first child or triangle; box to, count of triangles or -1 less the axis. */
  readonly nodes: ArrayBuffer
  /** [F] the triangles in the tree's order. */
  readonly order: Uint32Array
}

/** Divides where boxes times triangles are least (the surface area heuristic). `vertices` [V, 3], `faces` [F, 3]. */
export function buildTree(vertices: Float32Array, faces: Uint32Array): Tree {
  const count = faces.length / 3
  const boxes = boxesOf(vertices, faces)
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const nodes = new ArrayBuffer(32 * Math.max(1, 2 * count))
  const floats = new Float32Array(nodes)
  const words = new Int32Array(nodes)
  let used = 1
  const pending: [node: number, from: number, to: number][] = [[0, 0, count]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, from, to] = next
    floats.set(boundsOf(boxes, order, from, to).from, 8 * node)
    floats.set(boundsOf(boxes, order, from, to).to, 8 * node + 4)
    const cut = to - from > LEAF ? divide(boxes, order, from, to) : undefined
    if (cut === undefined) {
      words[8 * node + 3] = from
      words[8 * node + 7] = to - from
      continue
    }
    words[8 * node + 3] = used
    words[8 * node + 7] = -1 - cut.axis
    pending.push([used, from, cut.at], [used + 1, cut.at, to])
    used += 2
  }
  return { nodes: nodes.slice(0, 32 * used), order }
}

/** [F, 6] least and greatest x y z of each triangle. */
function boxesOf(vertices: Float32Array, faces: Uint32Array): Float32Array {
  const boxes = new Float32Array(2 * faces.length)
  for (let f = 0; f < faces.length / 3; f++) {
    for (let k = 0; k < 3; k++) {
      const a = vertices[3 * faces[3 * f] + k]
      const b = vertices[3 * faces[3 * f + 1] + k]
      const c = vertices[3 * faces[3 * f + 2] + k]
      boxes[6 * f + k] = Math.min(a, b, c)
      boxes[6 * f + 3 + k] = Math.max(a, b, c)
    }
  }
  return boxes
}

function boundsOf(boxes: Float32Array, order: Uint32Array, from: number, to: number) {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const most = least.map(x => -x)
  for (let i = from; i < to; i++) {
    for (let k = 0; k < 3; k++) {
      least[k] = Math.min(least[k], boxes[6 * order[i] + k])
      most[k] = Math.max(most[k], boxes[6 * order[i] + 3 + k])
    }
  }
  return { from: least, to: most }
}

const middle = (boxes: Float32Array, f: number, axis: number): number =>
  boxes[6 * f + axis] + boxes[6 * f + 3 + axis]

/** Reorders the triangles so that one part comes before `at`; undefined when their middles are all in one place. */
function divide(boxes: Float32Array, order: Uint32Array, from: number, to: number) {
  const least = [0, 1, 2].map(axis => minimum(order, from, to, f => middle(boxes, f, axis)))
  const most = [0, 1, 2].map(axis => -minimum(order, from, to, f => -middle(boxes, f, axis)))
  let best = { cost: Number.POSITIVE_INFINITY, axis: -1, bin: 0 }
  for (let axis = 0; axis < 3; axis++) {
    if (!(most[axis] > least[axis])) continue
    const binOf = (f: number) => bin(middle(boxes, f, axis), least[axis], most[axis])
    costs(boxes, order, from, to, binOf).forEach((cost, bin) => {
      if (cost < best.cost) best = { cost, axis, bin }
    })
  }
  if (best.axis < 0) return undefined
  const { axis } = best
  const isFirst = (f: number) => bin(middle(boxes, f, axis), least[axis], most[axis]) <= best.bin
  const part = order.subarray(from, to)
  const first = part.filter(isFirst)
  const second = part.filter(f => !isFirst(f))
  part.set(first)
  part.set(second, first.length)
  return { axis, at: from + first.length }
}

function minimum(order: Uint32Array, from: number, to: number, of: (f: number) => number): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = from; i < to; i++) least = Math.min(least, of(order[i]))
  return least
}

const bin = (x: number, least: number, most: number): number =>
  Math.min(BINS - 1, Math.floor((BINS * (x - least)) / (most - least)))

/** [BINS - 1] of a division after each bin; infinite where a side would be empty. */
function costs(
  boxes: Float32Array,
  order: Uint32Array,
  from: number,
  to: number,
  binOf: (f: number) => number,
): number[] {
  const counts = new Array<number>(BINS).fill(0)
  const bounds = counts.map(() => [1, 1, 1, -1, -1, -1].map(x => x * Number.POSITIVE_INFINITY))
  for (let i = from; i < to; i++) {
    const b = binOf(order[i])
    counts[b]++
    widen(bounds[b], boxes, 6 * order[i])
  }
  const sweep = (bins: readonly number[]) => {
    const box = [1, 1, 1, -1, -1, -1].map(x => x * Number.POSITIVE_INFINITY)
    let n = 0
    return bins.map(b => {
      n += counts[b]
      widen(box, bounds[b], 0)
      return n === 0 ? Number.POSITIVE_INFINITY : n * halfArea(box)
    })
  }
  const bins = counts.map((_, b) => b)
  const left = sweep(bins)
  const right = sweep(bins.toReversed()).toReversed()
  return bins.slice(1).map(b => left[b - 1] + right[b])
}

function widen(box: number[], by: ArrayLike<number>, at: number): void {
  for (let k = 0; k < 3; k++) {
    box[k] = Math.min(box[k], by[at + k])
    box[3 + k] = Math.max(box[3 + k], by[at + 3 + k])
  }
}

function halfArea(box: readonly number[]): number {
  const [x, y, z] = [box[3] - box[0], box[4] - box[1], box[5] - box[2]]
  return x * y + y * z + z * x
}
