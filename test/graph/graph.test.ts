/** What building a graph does by itself: shapes, names, equal operations, and errors that say what to do. */
import { expect, test } from 'vitest'
import { CarrotError } from '../../src/core/errors.ts'
import { concat, Graph } from '../../src/graph/graph.ts'

const g = new Graph('case')
const matrix = g.input('matrix', [2, 3])
const vector = g.input('vector', [4])
const cube = g.input('cube', [2, 3, 4])

/** The message of the error that `build` must throw, whose hint must be there. */
function refusal(build: () => unknown): string {
  try {
    build()
  } catch (error) {
    if (!(error instanceof CarrotError)) throw error
    expect(error.hint).toMatch(/^[A-Z].*\.$/)
    return error.message
  }
  return 'nothing was thrown'
}

test('shapes follow from the operands', () => {
  expect(matrix.add(1).shape).toEqual([2, 3])
  expect(cube.add(vector).shape).toEqual([2, 3, 4])
  expect(matrix.reshape([2, 3, 1]).mul(vector).shape).toEqual([2, 3, 4])
  expect(matrix.sum().shape).toEqual([])
  expect(cube.sum([0, -1]).shape).toEqual([3])
  expect(cube.mean([1], true).shape).toEqual([2, 1, 4])
  expect(matrix.matmul(matrix, { transposeB: true }).shape).toEqual([2, 2])
  expect(cube.transpose([2, 0, 1]).shape).toEqual([4, 2, 3])
  expect(cube.reshape([4, -1]).shape).toEqual([4, 6])
  expect(cube.slice(-1, 1, 3).shape).toEqual([2, 3, 2])
  expect(concat([matrix, matrix], 1).shape).toEqual([2, 6])
  expect(matrix.matmul(cube).shape).toEqual([2, 2, 4])
  expect(matrix.gather(vector).shape).toEqual([4, 3])
  const [images, kernels] = [g.input('images', [2, 3, 9, 8]), g.input('kernels', [5, 3, 4, 4])]
  const small = images.convolve(kernels, { stride: 2, pad: 1 })
  expect(small.shape).toEqual([2, 5, 4, 4])
  expect(small.spread(kernels, { stride: 2, pad: 1 }).shape).toEqual([2, 3, 8, 8])
  expect(small.spread(kernels, { stride: 2, pad: 1 }, [9, 8]).shape).toEqual([2, 3, 9, 8])
  expect(refusal(() => small.spread(kernels, { stride: 2, pad: 1 }, [10, 8]))).toMatch(/ over 10×8\.$/)
})

test('operands that do not fit are refused with both shapes', () => {
  const cases: [() => unknown, string][] = [
    [() => matrix.add(vector), 'Shapes [2,3] and [4] do not broadcast: 3 against 4.'],
    [() => matrix.matmul(matrix), 'Cannot multiply [2,3] by [2,3].'],
    [
      () => matrix.matmul(matrix, { transposeA: true, transposeB: true }),
      'Cannot multiply [2,3]ᵀ by [2,3]ᵀ.',
    ],
    [() => matrix.matmul(vector), 'Cannot multiply [2,3] by [4].'],
    [() => matrix.convolve(matrix), 'Cannot convolve [2,3] with [2,3].'],
    [() => cube.gather(vector), 'Rows are gathered from a table of rank 2, not from [2,3,4].'],
    [() => matrix.reshape([4]), 'A tensor of shape [2,3] cannot take the shape [4].'],
    [() => matrix.reshape([4, -1]), 'A tensor of shape [2,3] cannot take the shape [4,-1].'],
    [() => matrix.broadcastTo([3]), '[2,3] does not stretch to [3].'],
    [() => vector.broadcastTo([1]), '[4] does not stretch to [1].'],
    [() => matrix.slice(1, 2, 5), 'Elements 2 to 5 do not exist along axis 1 of [2,3].'],
    [() => matrix.slice(1, 2, 2), 'Elements 2 to 2 do not exist along axis 1 of [2,3].'],
    [() => matrix.sum(2), 'Axis 2 does not exist in a tensor of rank 2.'],
    [() => matrix.transpose([0, 0]), '[0,0] is not an order of 2 axes.'],
    [() => concat([matrix, vector], 0), '[4] does not join [2,3] along axis 0.'],
    [() => concat([], 0), 'concat needs at least one tensor.'],
    [
      () => g.constant(Float32Array.of(1, 2), [3]),
      "2 numbers do not fill a constant of shape [3] in graph 'case'.",
    ],
    [() => g.grad(matrix, [matrix]), 'Only a scalar can be differentiated, not a tensor of shape [2,3].'],
  ]
  for (const [build, message] of cases) expect(refusal(build)).toBe(message)
})

test('tensors of another graph are refused', () => {
  const other = new Graph('other').input('x', [2, 3])
  expect(refusal(() => matrix.add(other))).toBe("input x [2,3] of another graph was used in graph 'case'.")
})

test('names are unique, and none that executors use', () => {
  expect(refusal(() => g.state('matrix', [1]))).toBe("Graph 'case' has 'matrix' already.")
  expect(refusal(() => g.output('vector', matrix))).toBe("Graph 'case' has 'vector' already.")
  for (const name of ['', '%1', 'params/next'])
    expect(refusal(() => g.input(name, [1]))).toBe(`'${name}' cannot be a name in graph 'case'.`)
})

test('only states are assigned, once, and what fits', () => {
  const s = new Graph('states')
  const [state, input] = [s.state('s', [2]), s.input('x', [2])]
  expect(refusal(() => s.assign(input, state))).toContain('Cannot assign a [2] to input x [2]')
  expect(refusal(() => s.assign(state, input.sum()))).toContain('Cannot assign a [] to state s [2]')
  s.assign(state, input)
  expect(refusal(() => s.assign(state, input.mul(2)))).toContain('Cannot assign a [2] to state s [2]')
})

test('equal operations are one, and what is known beforehand is not computed', () => {
  expect(matrix.mul(2)).toBe(matrix.mul(2))
  expect(matrix.mul(2)).not.toBe(matrix.mul(3))
  expect(matrix.slice(1, 0, 2)).not.toBe(matrix.slice(1, 1, 3))
  expect(matrix.add(0)).toBe(matrix)
  expect(matrix.div(1)).toBe(matrix)
  expect(matrix.neg().neg()).toBe(matrix)
  expect(matrix.reshape([2, -1])).toBe(matrix)
  expect(matrix.slice(0, 0, 2)).toBe(matrix)
  expect(g.constant(2).mul(3).add(1)).toBe(g.constant(7))
  expect(g.constant(4).sqrt().neg().max(-3).greater(-2.5)).toBe(g.constant(1))
  expect(g.constant(0).exp().reshape([1, 1]).operation.op).toBe('constant')
  // A neutral element that stretches the other operand is not neutral.
  expect(vector.add(g.constant(Float32Array.of(0), [1, 1])).shape).toEqual([1, 4])
})

test('the schedule holds what is needed, operands first; dump shows it', () => {
  const s = new Graph('small')
  const x = s.input('x', [2])
  s.input('unused', [2])
  const count = s.state('count', [])
  x.exp() // read by nobody
  s.output('y', x.mul(count).clip(-1, 1))
  s.assign(count, count.add(1))
  expect(s.dump()).toBe(`graph small
  %0 = input x [2]
  %2 = state count []
  %4 = mul %0 %2 [2]
  %5 = clip %4 low=-1 high=1 [2]
  %6 = constant 1 []
  %7 = add %2 %6 []
  output y = %5[2]
  state count [] := %7[]
`)
})

test('what a loss does not depend on has the gradient 0', () => {
  const [d] = g.grad(matrix.sum(), [vector])
  expect(d.shape).toEqual([4])
  expect(d.operation.op).toBe('broadcast')
  expect(d.inputs[0]).toBe(g.constant(0))
})
