/** At least one use of every operation, on shapes that stretch, shrink and leave odd remainders. */

import { argmax } from '../../src/graph/functions.ts'
import { concat, type Graph } from '../../src/graph/graph.ts'
import type { Shape } from '../../src/graph/shape.ts'
import type { OpName, Tensor } from '../../src/graph/tensor.ts'
import { convolvedShape, type Window } from '../../src/graph/window.ts'

export interface Case {
  readonly title: string
  /** Shapes of the inputs x0, x1, … */
  readonly shapes: readonly Shape[]
  build(x: readonly Tensor[], g: Graph): Tensor
  /** Range of all inputs; default -1 to 1. */
  readonly range?: readonly [low: number, high: number]
}

/** `shapes` as '[3,5] [5] []'. */
function one(title: string, shapes: string, build: Case['build'], range?: Case['range']): Case {
  return { title, shapes: JSON.parse(`[${shapes.replaceAll('] [', '],[')}]`), build, range }
}

/** Two operands of equal shape, stretched from the left, from the right, both ways, and by a number. */
function binary(apply: (a: Tensor, b: Tensor | number) => Tensor, range?: Case['range']): Case[] {
  const both: Case['build'] = ([a, b]) => apply(a, b)
  return [
    one('equal shapes', '[3,5] [3,5]', both, range),
    one('a row', '[4,7] [7]', both, range),
    one('a column', '[4,7] [4,1]', both, range),
    one('row by column', '[1,6] [5,1]', both, range),
    one('rank 3 by rank 2', '[2,3,4] [3,1]', both, range),
    one('a scalar', '[] [9]', both, range),
    one('a number', '[6]', ([a]) => apply(a, 0.75), range),
    one('itself', '[2,5]', ([a]) => apply(a, a), range),
  ]
}

function unary(apply: (x: Tensor) => Tensor, range?: Case['range']): Case[] {
  return [
    one('matrix', '[3,7]', ([x]) => apply(x), range),
    one('long vector', '[83]', ([x]) => apply(x), range),
    one('scalar', '[]', ([x]) => apply(x), range),
    one('transposed', '[3,5]', ([x]) => apply(x.transpose()), range),
  ]
}

const POSITIVE = [0.2, 3] as const

function products(): Case[] {
  const cases: Case[] = []
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const options = { transposeA, transposeB }
      const turned = (size: string, turn: boolean) => (turn ? size.split(',').reverse().join() : size)
      for (const [a, b] of ['3,5 5,4', '9,3 3,1', '1,2 2,6'].map(sizes => sizes.split(' '))) {
        const shapes = `[${turned(a, transposeA)}] [${turned(b, transposeB)}]`
        const title = `${shapes} ${JSON.stringify(options)}`
        cases.push(one(title, shapes, ([x, y]) => x.matmul(y, options)))
      }
    }
  }
  return [
    ...cases,
    one('by its own transpose', '[4,3]', ([x]) => x.matmul(x, { transposeB: true })),
    one('of a stretched row', '[1,5] [5,3]', ([x, y]) => x.broadcastTo([4, 5]).matmul(y)),
    one('many by many', '[2,3,4] [2,4,5]', ([x, y]) => x.matmul(y)),
    one('many by one', '[2,3,4] [4,5]', ([x, y]) => x.matmul(y)),
    one('many by one, turned', '[3,2,4] [5,4]', ([x, y]) => x.matmul(y, { transposeB: true })),
    one('many turned, by one', '[2,4,3] [4,5]', ([x, y]) => x.matmul(y, { transposeA: true })),
    one('one by many', '[3,4] [2,4,5]', ([x, y]) => x.matmul(y)),
    one('rows by many', '[2,1,4] [2,4,3]', ([x, y]) => x.matmul(y)),
    one('many by many, turned', '[2,4,3] [2,5,4]', ([x, y]) =>
      x.matmul(y, { transposeA: true, transposeB: true }),
    ),
    one('with two axes before, stretched', '[2,1,3,2] [3,2,4]', ([x, y]) => x.matmul(y).exp()),
    one('of heads', '[2,3,4] [2,3,4]', ([x, y]) => {
      const heads = (t: Tensor) => t.reshape([2, 3, 2, 2]).transpose([0, 2, 1, 3])
      return heads(x).matmul(heads(y), { transposeB: true })
    }),
    one('of slices', '[6,8] [8,6]', ([x, y]) => {
      const left = x.slice(1, 2, 7).slice(0, 1, 6)
      return left.matmul(y.slice(0, 0, 5).slice(1, 3, 6))
    }),
    one('with a bias', '[3,2] [2,5] [5]', ([x, y, bias]) => x.matmul(y).add(bias)),
    one('with a bias, and read again', '[3,2] [2,5] [5]', ([x, y, bias]) => {
      const product = x.matmul(y)
      return product.add(bias).mul(product)
    }),
    one('of one column, with a wider bias', '[3,2] [2,1] [5]', ([x, y, bias]) => x.matmul(y).add(bias)),
    one('with a bias that looks away', '[3,2] [2,5] [5]', ([x, y, bias]) =>
      x.matmul(y).stopGradient().add(bias).mul(x.sum()),
    ),
  ]
}

function sums(op: 'sum' | 'largest'): Case[] {
  const axes = [undefined, 0, 1, -1, [0, 2], [1, 2], [0, 1, 2]]
  return [
    ...axes.flatMap(list =>
      [false, true].map(keep =>
        one(`over ${list ?? 'all'}${keep ? ', kept' : ''}`, '[3,2,5]', ([x]) => x[op](list, keep)),
      ),
    ),
    one('over nothing', '[4]', ([x]) => x[op]([]).mul(x[op]())),
    one('of a long vector', '[150]', ([x]) => x[op]()),
    one('mean', '[3,7]', ([x]) => (op === 'sum' ? x.mean([0]) : x[op](0).mean())),
    one('of squares, by columns', '[17,5]', ([x]) => x.square()[op](0)),
    one('read again with what was summed', '[3,5]', ([x]) => x.exp().div(x.exp()[op]([1], true))),
  ]
}

/** Images and kernels; `build` convolves, or spreads, the one with the other. */
function windows(op: 'convolve' | 'spread'): Case[] {
  const cases: [title: string, shapes: string, window: Partial<Window>, size?: [number, number]][] = [
    ['plain', '[2,2,4,5] [3,2,3,2]', {}],
    ['with a margin', '[1,2,4,5] [3,2,3,3]', { pad: 1 }],
    ['by steps', '[1,2,6,6] [2,2,4,4]', { stride: 2, pad: 1 }],
    ['by steps that leave rows over', '[1,2,6,7] [2,2,3,2]', { stride: 3, pad: 1 }],
    ['wide', '[1,1,7,6] [2,1,2,3]', { dilation: 2, pad: 1 }],
    ['by points', '[2,3,2,1] [5,3,1,1]', {}],
  ]
  const turned = (shapes: string, window: Partial<Window>): { shapes: string; size: [number, number] } => {
    const [images, kernels] = JSON.parse(`[${shapes.replaceAll('] [', '],[')}]`)
    const full = { stride: 1, pad: 0, dilation: 1, ...window }
    const result = convolvedShape({ shape: images }, { shape: kernels }, full)
    return { shapes: `[${result}] [${kernels}]`, size: [images[2], images[3]] }
  }
  return [
    ...cases.map(([title, shapes, window]) => {
      if (op === 'convolve') return one(title, shapes, ([x, w]) => x.convolve(w, window))
      const spread = turned(shapes, window)
      return one(title, spread.shapes, ([x, w]) => x.spread(w, window, spread.size))
    }),
    one('of views', '[4,4,3,2] [2,2,3,3]', ([x, w]) =>
      x
        .transpose([3, 2, 0, 1])
        .slice(1, 0, 2)
        [op](w.transpose([1, 0, 3, 2]), { pad: 1 }),
    ),
  ]
}

export const CASES: { readonly [op in OpName]: readonly Case[] } = {
  input: [one('alone', '[3,2]', ([x]) => x)],
  state: [one('with an input', '[5]', ([x], g) => x.mul(g.state('s', [5]).add(2)))],
  constant: [
    one('of several numbers', '[2,3]', ([x], g) =>
      x.mul(g.constant(Float32Array.of(1, -2, 3.5))).add(g.constant(Float32Array.of(4, 5), [2, 1])),
    ),
    one('cut and stretched', '[2,3]', ([x], g) => {
      const table = g.constant(Float32Array.of(1, 2, 3, 4, 5, 6), [6])
      return x.matmul(table.slice(0, 1, 4).reshape([3, 1])).add(table.slice(0, 4, 6))
    }),
  ],
  neg: unary(x => x.neg()),
  exp: unary(x => x.exp(), [-4, 4]),
  log: unary(x => x.log(), POSITIVE),
  tanh: unary(x => x.tanh(), [-3, 3]),
  relu: unary(x => x.relu()),
  sqrt: unary(x => x.sqrt(), POSITIVE),
  abs: unary(x => x.abs()),
  stop: [
    one('one factor of two', '[6]', ([x]) => x.stopGradient().mul(x)),
    one('as a mask', '[7]', ([x]) => x.greater(0.1).stopGradient().where(x, x.mul(3))),
    one('of a product read twice', '[2,3] [3,4]', ([x, y]) => {
      const product = x.matmul(y)
      return product.stopGradient().add(product.mul(product))
    }),
  ],
  clip: unary(x => x.clip(-0.4, 0.5)),
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b), POSITIVE),
  max: binary((a, b) => a.max(b)),
  min: binary((a, b) => a.min(b)),
  greater: binary((a, b) => a.greater(b).mul(a)),
  where: [
    one('by a comparison', '[3,5] [5] [3,1]', ([m, a, b]) => m.greater(0).where(a, b)),
    one('by a narrow mask', '[3,1] [3,5] [5]', ([m, a, b]) => m.greater(0.2).where(a, b)),
    one('of numbers', '[9]', ([m]) => m.greater(0).where(2, -1).mul(m)),
    one('by a mask of numbers', '[4] [4]', ([m, a], g) =>
      g.constant(Float32Array.of(0, 1, 2, 0)).where(a, m.mul(a)),
    ),
    one('by a mask that is computed with', '[8] [8]', ([m, a]) => {
      const mask = m.greater(0)
      return mask.where(a, m).add(mask)
    }),
  ],
  sum: sums('sum'),
  largest: sums('largest'),
  matmul: products(),
  convolve: windows('convolve'),
  spread: windows('spread'),
  gather: [
    one('rows', '[4,3]', ([x], g) => x.gather(g.constant(Float32Array.of(3, 0, 3))).exp()),
    one('for a matrix of indices', '[5,2]', ([x], g) =>
      x.exp().gather(g.constant(Float32Array.of(4, 0, 1, 1, 2, 4), [2, 3])),
    ),
    one('of a transpose, and outside of it', '[2,4]', ([x], g) =>
      x.transpose().gather(g.constant(Float32Array.of(-1, 9, 2))),
    ),
    one('at computed indices', '[3,4] [6]', ([x, i]) => x.gather(argmax(x).reshape([3])).mul(i.sum())),
  ],
  transpose: [
    one('a matrix', '[3,5]', ([x]) => x.transpose().exp()),
    one('three axes', '[2,3,4]', ([x]) => x.transpose([2, 0, 1]).exp()),
    one('and back', '[3,5]', ([x]) => x.exp().transpose().tanh().transpose()),
    one('alone', '[2,3]', ([x]) => x.transpose()),
  ],
  reshape: [
    one('flat', '[3,4]', ([x]) => x.exp().reshape([-1])),
    one('of a transpose', '[3,4]', ([x]) => x.transpose().reshape([2, 6]).exp()),
    one('of a slice', '[3,6]', ([x]) => x.slice(1, 1, 5).reshape([4, 3]).exp()),
    one('of a stretched row', '[1,3]', ([x]) => x.broadcastTo([4, 3]).reshape([12])),
    one('of a scalar', '[]', ([x]) => x.reshape([1, 1]).add(1)),
  ],
  broadcast: [
    one('a row', '[4]', ([x]) => x.broadcastTo([3, 4]).square()),
    one('a column', '[3,1]', ([x]) => x.broadcastTo([2, 3, 4]).exp()),
    one('alone', '[1,3]', ([x]) => x.broadcastTo([2, 3])),
    one('a scalar', '[]', ([x]) => x.broadcastTo([2, 2])),
  ],
  slice: [
    one('rows', '[5,3]', ([x]) => x.slice(0, 1, 4).exp()),
    one('columns', '[3,7]', ([x]) => x.slice(1, 2, 5).exp()),
    one('a whole axis, and a part', '[4,6]', ([x]) => x.slice(0, 0, 4).slice(-1, 0, 1)),
    one('side by side', '[10]', ([x]) => x.slice(0, 0, 4).mul(x.slice(0, 6, 10))),
    one('overlapping', '[6]', ([x]) =>
      x
        .slice(0, 0, 4)
        .mul(x.slice(0, 1, 5))
        .add(x.slice(0, 2, 6)),
    ),
    one('along two axes', '[4,4]', ([x]) =>
      x
        .slice(0, 1, 3)
        .sum()
        .mul(x.slice(1, 0, 2).sum()),
    ),
    one('of a slice, and the whole', '[9]', ([x]) => x.slice(0, 2, 8).slice(0, 1, 3).sum().mul(x)),
  ],
  concat: [
    one('rows', '[2,3] [1,3]', ([a, b]) => concat([a, b], 0).exp()),
    one('columns', '[3,2] [3,5] [3,1]', ([a, b, c]) => concat([a.exp(), b, c.tanh()], 1)),
    one('the same twice', '[2,2]', ([x]) => concat([x, x.exp(), x], -1)),
    one('into a product', '[3,2] [3,3] [5,4]', ([a, b, w]) => concat([a.exp(), b.tanh()], 1).matmul(w)),
    one('into a stack of products', '[3,2] [3,3] [2,5,4]', ([a, b, w]) => concat([a.exp(), b], 1).matmul(w)),
    one('of reshaped parts', '[2,3] [4]', ([a, b]) => concat([a.exp().reshape([6]), b.mul(2)], 0)),
    one('of products', '[2,3] [3,2]', ([a, b]) => concat([a.matmul(b), a.matmul(b).mul(2)], 1)),
    one('of joins', '[3] [2]', ([a, b]) => a.concat(0, b.exp()).concat(0, a.exp(), b)),
    one('of sums', '[3,4]', ([x]) => concat([x.sum([1], true), x.largest([1], true), x.mul(3)], 1)),
  ],
}
