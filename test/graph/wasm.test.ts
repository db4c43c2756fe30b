/** What is particular to the WASM executor: matrix views, states in place, the same numbers every time, memory. */
import { expect, test } from 'vitest'
import { settings as caseSettings, specOf } from '../../bench/ppoCase.ts'
import { concat, Graph } from '../../src/graph/graph.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { initialise } from '../../src/learn/policy.ts'
import { ppoUpdateGraph } from '../../src/learn/ppo.ts'
import { expectAgreement, random } from './executors.ts'

const executor = wasmExecutor()

test('products of views: transposed, cut, joined and stretched, at odd sizes', async () => {
  for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17]) {
    const g = new Graph(`views of ${n}`)
    const x = g.input('x', [n + 2, n + 3])
    const y = g.input('y', [n, n])
    const cut = x.slice(0, 1, n + 1).slice(1, 2, n + 2)
    g.output('cut', cut.matmul(y))
    g.output('both cut', cut.matmul(cut, { transposeA: true }))
    g.output('turned', y.matmul(cut.transpose(), { transposeB: true }))
    g.output('turned twice', cut.transpose().matmul(y.transpose(), { transposeA: true }))
    g.output('into a join', concat([y.matmul(cut), y.tanh().matmul(y), y], 1))
    g.output('by a row', y.matmul(y.slice(0, 0, 1), { transposeB: true }))
    g.output(
      'stretched',
      y
        .slice(0, 0, 1)
        .broadcastTo([n, n])
        .matmul(y.slice(1, n - 1, n).broadcastTo([n, n])),
    )
    const inputs = { x: random((n + 2) * (n + 3), n), y: random(n * n, n + 1) }
    await expectAgreement(executor, g, inputs, {}, { runs: 2 })
  }
})

test('states that are replaced where they lie are read before', async () => {
  const g = new Graph('in place')
  const a = g.state('a', [9])
  const b = g.state('b', [9])
  const t = g.state('t', [1])
  // Each would spoil the next were it written too early: through another state, a turned view, a sum, a part.
  const nextA = a.mul(0.5).add(b).add(t)
  g.assign(a, nextA)
  g.assign(b, b.sub(a).mul(t.add(1)))
  g.assign(t, t.add(0.25))
  g.output('turned', a.reshape([3, 3]).transpose().reshape([9]).add(b))
  g.output('sum', a.sum().add(nextA.sum()))
  g.output('part', concat([a.slice(0, 2, 5), b.slice(0, 0, 1), t], 0))
  await expectAgreement(executor, g, {}, { a: random(9, 1), b: random(9, 2) }, { runs: 5 })
})

/** A square state whose next value is made of its own transpose: element i of the one is not element i of the other. */
test('a state made of its own transpose or part is not written in place', async () => {
  const g = new Graph('turning')
  const turning = g.state('turning', [5, 5])
  const shifting = g.state('shifting', [7])
  g.assign(turning, turning.transpose().mul(0.9).add(turning))
  g.assign(shifting, concat([shifting.slice(0, 1, 7), shifting.slice(0, 0, 1)], 0).mul(2))
  const states = { turning: random(25, 3), shifting: random(7, 4) }
  await expectAgreement(executor, g, {}, states, { runs: 4 })
})

const settings = { ...caseSettings, learningRate: 1e-3 }
const spec = specOf({ obsSize: 11, actionSize: 3, hidden: [64, 64], rows: 1 })

test('the same numbers every run, whatever ran before', () => {
  const g = ppoUpdateGraph(spec, settings, 64)
  const train = (): Float32Array => {
    using session = executor.compileSync(g)
    session.writeState('params', initialise(spec, 1))
    for (let step = 0; step < 10; step++) {
      for (const [name, { size }] of g.inputs) session.input(name).set(random(size, step))
      session.input('learningRate')[0] = 1e-3
      session.run()
    }
    return session.readState('params')
  }
  const first = train()
  expect(train()).toEqual(first)
  expect(first.every(Number.isFinite)).toBe(true)
})

test('a run allocates nothing in memory that inputs and outputs are views of', () => {
  const g = new Graph('views')
  g.output('y', g.input('x', [4]).mul(g.state('s', [4]).add(1)))
  using session = executor.compileSync(g)
  const [x, y] = [session.input('x'), session.output('y')]
  x.fill(3)
  session.run()
  expect([...y]).toEqual([3, 3, 3, 3])
  expect(session.input('x')).toBe(x)
  expect(session.output('y')).toBe(y)
  const copy = session.readState('s')
  copy.fill(5)
  session.run()
  expect([...y]).toEqual([3, 3, 3, 3])
  session.writeState('s', copy)
  session.run()
  expect([...y]).toEqual([18, 18, 18, 18])
})

test('sessions that are let go give their memory back', async () => {
  const size = 4e6 / 4
  const ones = new Float32Array(size).fill(1)
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 200; i++) {
    const g = new Graph(`large ${i}`)
    g.output('sum', g.state('s', [size]).sum())
    using session = executor.compileSync(g)
    session.writeState('s', ones)
    session.run()
    expect(session.output('sum')[0]).toBe(size)
    // Memory is given back between tasks.
    await new Promise(done => setImmediate(done))
  }
  // 800 MB were in use in all.
  expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(300)
})
