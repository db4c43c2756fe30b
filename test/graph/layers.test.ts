/** Building blocks of learners against their definitions. */
import { describe, expect, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { Graph } from '../../src/graph/graph.ts'
import { adam, clipGlobalNorm, filled, mlp, orthogonal, ParameterLayout } from '../../src/graph/layers.ts'
import { difference, EXECUTORS, random, runWith } from './executors.ts'
import { evaluate } from './reference.ts'

const rng = () => new Rng(1, STREAM.init)

describe('parameters', () => {
  const layout = new ParameterLayout()
  layout.add('weight', [2, 3], orthogonal())
  layout.add('bias', [3], filled(0.5))

  test('lie one after the other in a flat vector', () => {
    expect(layout.size).toBe(9)
    const flat = layout.initialise(rng())
    const { weight, bias } = layout.views(flat)
    expect([...bias]).toEqual([0.5, 0.5, 0.5])
    weight[5] = 7
    expect(flat[5]).toBe(7)
    const g = new Graph('blocks')
    const blocks = layout.tensors(g.state('params', [9]))
    g.output('bias', blocks.bias)
    expect(blocks.weight.shape).toEqual([2, 3])
    expect([...evaluate(g, { params: flat }).outputs.bias]).toEqual([0.5, 0.5, 0.5])
  })

  test('are refused in another length, and blocks of the same name', () => {
    expect(() => layout.views(new Float32Array(8))).toThrow(/one vector of 9 numbers/)
    const g = new Graph('wrong')
    expect(() => layout.tensors(g.input('short', [8]))).toThrow(/one vector of 9 numbers/)
    expect(() => layout.tensors(g.input('square', [3, 3]))).toThrow(/one vector of 9 numbers/)
    expect(() => layout.add('bias', [1], filled(0))).toThrow(/two parameter blocks named 'bias'/)
  })
})

test('orthogonal matrices have orthonormal rows or columns, times the gain', () => {
  for (const [rows, columns] of [
    [3, 8],
    [8, 3],
    [64, 64],
    [1, 5],
  ]) {
    const gain = Math.SQRT2
    const matrix = orthogonal(gain)([rows, columns], rng())
    const short = Math.min(rows, columns)
    const at = (vector: number, k: number): number =>
      rows <= columns ? matrix[vector * columns + k] : matrix[k * columns + vector]
    for (let i = 0; i < short; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0
        for (let k = 0; k < Math.max(rows, columns); k++) dot += at(i, k) * at(j, k)
        expect(dot).toBeCloseTo(i === j ? gain ** 2 : 0, 5)
      }
    }
  }
  const draw = (seed: number) => orthogonal()([4, 4], new Rng(seed, STREAM.init))
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
})

test('a perceptron is its layers: hidden ones activated, the last one linear', () => {
  for (const activation of ['tanh', 'relu'] as const) {
    const layout = new ParameterLayout()
    const network = mlp(layout, 'net', [2, 3, 1], { activation })
    expect(layout.blocks.map(({ name, shape }) => `${name} [${shape}]`)).toEqual([
      'net.0.weight [2,3]',
      'net.0.bias [3]',
      'net.1.weight [3,1]',
      'net.1.bias [1]',
    ])
    const params = random(layout.size, 5)
    const g = new Graph('mlp')
    g.output('y', network(g.input('x', [1, 2]), layout.tensors(g.constant(params))))
    const x = [0.3, -0.8]
    const activate = activation === 'tanh' ? Math.tanh : (z: number) => Math.max(z, 0)
    const hidden = [0, 1, 2].map(j => activate(x[0] * params[j] + x[1] * params[3 + j] + params[6 + j]))
    const wanted = hidden.reduce((sum, h, j) => sum + h * params[9 + j], params[12])
    expect(evaluate(g, { x }).outputs.y[0]).toBeCloseTo(wanted, 12)
  }
})

test('a gradient is shortened to the limit, never lengthened', () => {
  const g = new Graph('clip')
  const { gradient, norm } = clipGlobalNorm(g.input('x', [2]), 0.5)
  g.output('gradient', gradient)
  g.output('norm', norm)
  const long = evaluate(g, { x: [3, 4] }).outputs
  expect(long.norm[0]).toBe(5)
  expect(long.gradient[0]).toBeCloseTo(0.3, 6)
  expect(long.gradient[1]).toBeCloseTo(0.4, 6)
  expect([...evaluate(g, { x: [0.3, 0.1] }).outputs.gradient]).toEqual([0.3, 0.1])
})

for (const { name, executor, test } of EXECUTORS) {
  test(`Adam on ${name} is the published algorithm over 300 steps`, async () => {
    const size = 7
    const [beta1, beta2, epsilon, rate] = [0.9, 0.999, 1e-5, 1e-2]
    const g = new Graph('adam')
    const params = g.state('params', [size])
    adam(g, params, g.input('gradient', [size]), g.input('rate', []), { beta1, beta2, epsilon })
    using session = await executor.compile(g)
    const start = random(size, 1)
    session.writeState('params', start)
    const wanted = Float64Array.from(start)
    const m = new Float64Array(size)
    const v = new Float64Array(size)
    for (let t = 1; t <= 300; t++) {
      const gradient = random(size, t, -2, 1)
      await runWith(session, { gradient, rate: [rate] })
      for (let i = 0; i < size; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i]
        v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2
        wanted[i] -= (rate * (m[i] / (1 - beta1 ** t))) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon)
      }
      if (t === 1 || t % 50 === 0) expect(difference(session.readState('params'), wanted)).toBeLessThan(2e-5)
    }
    expect(session.readState('adam/t')[0]).toBe(300)
  })
}
