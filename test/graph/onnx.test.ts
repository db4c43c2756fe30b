/** Graphs as ONNX files, read back by onnxruntime as anyone would. */
import type * as Runtime from 'onnxruntime-common'
import { describe, expect, test } from 'vitest'
import { concat, Graph, type Tensor } from '../../src/graph/graph.ts'
import { onnxModel } from '../../src/graph/onnx.ts'
import { onnxExecutor } from '../../src/graph/onnxruntime.ts'
import { difference, onnxTest, random } from './executors.ts'
import { evaluate } from './reference.ts'

/** Opens a model as any program would, and runs it with inputs given as [numbers, shape]. */
async function open(model: Uint8Array) {
  const ort: typeof Runtime = await import('onnxruntime-node')
  const session = await ort.InferenceSession.create(model)
  const run = async (inputs: Record<string, [Float32Array, number[]]>) => {
    const feeds = Object.entries(inputs).map(([name, [data, shape]]) => [
      name,
      new ort.Tensor('float32', data, shape),
    ])
    return session.run(Object.fromEntries(feeds))
  }
  return { session, run }
}

/** Axis sizes and names of a model's inputs and outputs. */
function shapes(metadata: readonly Runtime.InferenceSession.ValueMetadata[]): Record<string, unknown> {
  return Object.fromEntries(metadata.map(value => [value.name, value.isTensor ? value.shape : undefined]))
}

/** Two layers over rows, the weights constants; `rows` is what the graph is made for. */
function network(rows: number): Graph {
  const g = new Graph('network')
  const weights = g.constant(random(4 * 3 + 3 + 3 * 2, 1))
  const x = g.input('x', [rows, 4])
  const hidden = x
    .matmul(weights.slice(0, 0, 12).reshape([4, 3]))
    .add(weights.slice(0, 12, 15))
    .tanh()
  g.output('y', hidden.matmul(weights.slice(0, 15, 21).reshape([3, 2])))
  g.output('wide', concat([hidden, x], 1).reshape([rows, 7, 1]).sum([1]))
  return g
}

onnxTest('states come in, and go out under their next names', async () => {
  const g = new Graph('count')
  const count = g.state('count', [2])
  g.assign(count, count.add(g.input('step', [])))
  g.output('before', count)
  const { session, run } = await open(onnxModel(g))
  expect([...session.inputNames].sort()).toEqual(['count', 'step'])
  expect([...session.outputNames].sort()).toEqual(['before', 'count/next'])
  const result = await run({ count: [Float32Array.of(1, 2), [2]], step: [Float32Array.of(0.5), []] })
  expect([...(result.before.data as Float32Array)]).toEqual([1, 2])
  expect([...(result['count/next'].data as Float32Array)]).toEqual([1.5, 2.5])
})

onnxTest('a model for any number of rows gives what a graph of that size gives', async () => {
  for (const made of [1, 3]) {
    const { session, run } = await open(onnxModel(network(made), { batchAxis: 'batch' }))
    expect(shapes(session.inputMetadata)).toEqual({ x: ['batch', 4] })
    expect(shapes(session.outputMetadata)).toEqual({ y: ['batch', 2], wide: ['batch', 1] })
    for (const rows of [1, 2, 3, 17]) {
      const x = random(4 * rows, rows)
      const result = await run({ x: [x, [rows, 4]] })
      const wanted = evaluate(network(rows), { x }).outputs
      for (const name of ['y', 'wide']) {
        expect(result[name].dims[0]).toBe(rows)
        expect(difference(result[name].data as Float32Array, wanted[name])).toBeLessThan(1e-6)
      }
    }
  }
})

onnxTest('without a batch axis the size is the graph’s', async () => {
  const { session, run } = await open(onnxModel(network(3)))
  expect(shapes(session.inputMetadata)).toEqual({ x: [3, 4] })
  await expect(run({ x: [random(8, 1), [2, 4]] })).rejects.toThrow(/dimension/)
})

onnxTest('what rows share keeps its size', async () => {
  const g = new Graph('shared')
  const x = g.input('x', [2, 3])
  const temperature = g.input('temperature', [])
  g.output('y', x.div(temperature))
  g.output('constant', g.constant(Float32Array.of(1, 2)))
  const { session, run } = await open(onnxModel(g, { batchAxis: 'rows' }))
  expect(shapes(session.inputMetadata)).toEqual({ x: ['rows', 3], temperature: [] })
  expect(shapes(session.outputMetadata)).toEqual({ y: ['rows', 3], constant: [2] })
  const result = await run({ x: [random(12, 1), [4, 3]], temperature: [Float32Array.of(2), []] })
  expect(result.y.dims).toEqual([4, 3])
})

describe('a batch axis is refused where rows', () => {
  const uses: Record<string, (x: Tensor, g: Graph) => Tensor> = {
    'are summed': x => x.sum(0),
    'are averaged over everything': x => x.sub(x.mean()),
    'are multiplied with each other': x => x.matmul(x, { transposeB: true }),
    'are columns': x => x.transpose(),
    'are cut': x => x.slice(0, 0, 2),
    'are joined': x => concat([x, x], 0),
    'are folded into columns': x => x.reshape([4, 3]),
    'are repeated': x => x.broadcastTo([2, 3, 4]),
    'have each a number of their own': (x, g) => x.mul(g.constant(random(3, 1), [3, 1])),
    'meet an input without rows': (x, g) => x.mul(g.input('scale', [4])),
    'become columns of another input': (x, g) => x.sum(1).mul(g.input('other', [3, 3])),
  }
  for (const [title, build] of Object.entries(uses)) {
    test(title, () => {
      const g = new Graph('mixing')
      g.output('y', build(g.input('x', [3, 4]), g))
      expect(() => onnxModel(g, { batchAxis: 'rows' })).toThrow(
        expect.objectContaining({ code: 'unsupported', message: expect.stringContaining("Graph 'mixing'") }),
      )
      expect(onnxModel(g).length).toBeGreaterThan(0)
    })
  }
})

test('parts of constants are written as weights of their own', () => {
  const text = new TextDecoder('latin1').decode(onnxModel(network(1), { batchAxis: 'rows' }))
  expect(text).toContain('Gemm')
  expect(text).not.toContain('Slice')
})

onnxTest('disposing twice does no harm', async () => {
  const g = new Graph('twice')
  g.output('y', g.input('x', [2]).mul(2))
  const session = await onnxExecutor().compile(g)
  session.dispose()
  session.dispose()
  await new Promise(done => setImmediate(done))
  await expect(Promise.resolve(session.run())).rejects.toThrow(/disposed/)
})

/** Two parts of one state, which grows by their product. */
function growing(): Graph {
  const g = new Graph('growing')
  const state = g.state('p', [6])
  const [left, right] = [state.slice(0, 0, 2).reshape([1, 2]), state.slice(0, 2, 6).stopGradient()]
  g.assign(state, state.add(left.matmul(right.slice(0, 2, 4).reshape([2, 1])).reshape([1])))
  g.output('right', right)
  return g
}

test('parts of states can be inputs of their own, and are then not copied', () => {
  const text = (views: boolean) => new TextDecoder('latin1').decode(onnxModel(growing(), { views }))
  expect(text(false)).toContain('Slice')
  expect(text(true)).not.toContain('Slice')
  expect(text(true)).toContain('%p@4[2,1]')
})

onnxTest('parts of a state follow it from run to run, and when it is written', async () => {
  using session = await onnxExecutor().compile(growing())
  session.writeState('p', [1, 2, 3, 4, 5, 6])
  await session.run() // + 1·5 + 2·6
  expect([...session.output('right')]).toEqual([3, 4, 5, 6])
  expect([...session.readState('p')]).toEqual([18, 19, 20, 21, 22, 23])
  session.writeState('p', [1, 0, 0, 0, 2, 9])
  await session.run()
  await session.run()
  expect([...session.output('right')]).toEqual([2, 2, 4, 11])
  expect([...session.readState('p')]).toEqual([3 + 34, 2 + 34, 2 + 34, 2 + 34, 4 + 34, 11 + 34])
})
