/** Executors against each other: every operation, states, random graphs, and whole PPO updates, all held to float64. */
import { describe, expect } from 'vitest'
import { settings as caseSettings, specOf } from '../../bench/ppoCase.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Session } from '../../src/graph/executor.ts'
import { concat, Graph, type Tensor } from '../../src/graph/graph.ts'
import { initialise } from '../../src/learn/policy.ts'
import { ppoUpdateGraph } from '../../src/learn/ppo.ts'
import { CASES } from './cases.ts'
import { difference, EXECUTORS, expectAgreement, onnxTest, random, runWith } from './executors.ts'
import { evaluate, type Feeds } from './reference.ts'

/** Numbers for every input or state, by name. */
function numbersFor(tensors: ReadonlyMap<string, Tensor>, seed: number, low = -1, high = 1): Feeds {
  return Object.fromEntries(
    [...tensors].map(([name, { size }], i) => [name, random(size, seed + i, low, high)]),
  )
}

/** A random graph of every kind of operation over inputs and states, whose states feed back. */
function randomGraph(seed: number): Graph {
  const rng = new Rng(seed, STREAM.data)
  const pick = <T>(list: readonly T[]): T => list[rng.below(list.length)]
  const size = (): number => pick([1, 2, 3, 4, 5, 7, 8, 9, 17])
  const g = new Graph(`random ${seed}`)
  const [rows, columns] = [size(), size()]
  const states = [
    g.state('s0', [rows, columns]),
    g.state('s1', [rows, columns]),
    g.state('s2', [columns]),
    g.state('s3', [1]),
  ]
  const pool: Tensor[] = [
    ...states,
    g.input('x', [rows, columns]),
    g.input('y', [columns, size()]),
    g.constant(random(columns, seed), [columns]),
  ]
  /** Something of the pool that broadcasts with x. */
  const partner = (x: Tensor): Tensor => {
    const fits = pool.filter(
      ({ shape }) =>
        shape.length <= x.rank && shape.every((n, i) => n === 1 || n === x.shape[x.rank - shape.length + i]),
    )
    return pick(fits)
  }
  const steps: ((x: Tensor) => Tensor)[] = [
    x => x.tanh(),
    x => x.mul(0.5).exp().clip(0.1, 3),
    x => x.abs().add(0.1).log(),
    x => x.square().add(1).sqrt(),
    x => x.neg().relu(),
    x => x.add(partner(x)),
    x => x.mul(partner(x)).tanh(),
    x => x.sub(partner(x)),
    x => x.max(partner(x)),
    x => x.div(partner(x).abs().add(0.5)),
    x => x.greater(partner(x)).where(x, partner(x)),
    x =>
      x
        .sum(rng.below(Math.max(1, x.rank)), rng.below(2) === 0)
        .mul(0.3)
        .tanh(),
    x => x.sum([], false),
    x => x.mean(),
    x => x.transpose(),
    x => x.reshape([-1]),
    x => (x.size % 2 === 0 ? x.reshape([2, x.size / 2]) : x.reshape([1, x.size])),
    x => {
      const axis = rng.below(x.rank)
      const start = rng.below(x.shape[axis])
      return x.slice(axis, start, start + 1 + rng.below(x.shape[axis] - start))
    },
    x => {
      const axis = rng.below(x.rank)
      const fits = pool.filter(
        other => other.rank === x.rank && other.shape.every((n, i) => i === axis || n === x.shape[i]),
      )
      return concat([x, pick(fits), x.mul(0.5)], axis).tanh()
    },
    x => {
      const matrix = x.rank === 2 ? x : x.reshape([1, -1])
      const fits = pool.filter(other => other.rank === 2 && other.shape[0] === matrix.shape[1])
      if (fits.length > 0) return matrix.matmul(pick(fits)).tanh()
      return matrix.matmul(matrix, { transposeB: true }).tanh()
    },
    x =>
      x
        .broadcastTo([2, ...x.shape])
        .mul(0.7)
        .reshape([-1]),
  ]
  for (let i = 0; i < 25; i++) {
    const x = pick(pool)
    const result = x.rank === 0 ? x.tanh() : pick(steps)(x)
    if (result.size <= 600) pool.push(result)
  }
  pool.slice(-4).forEach((tensor, i) => {
    g.output(`o${i}`, tensor)
  })
  // States become states, computed values, or views of either, together.
  states.forEach(state => {
    const fits = pool.filter(({ size: n }) => n === state.size)
    const next = pick(fits).reshape(state.shape)
    g.assign(state, rng.below(3) === 0 ? next : next.mul(0.5).add(state.mul(0.4)))
  })
  return g
}

for (const { name, executor, test } of EXECUTORS) {
  describe(name, () => {
    for (const [op, cases] of Object.entries(CASES)) {
      test(`${op} is what it says`, async () => {
        for (const { shapes, build, range, title } of cases) {
          const g = new Graph(title)
          const x = shapes.map((shape, i) => g.input(`x${i}`, shape))
          g.output('y', build(x, g))
          expect(g.dump()).toContain(` ${op} `)
          await expectAgreement(executor, g, numbersFor(g.inputs, 20, ...(range ?? [])))
        }
      })
    }

    test('random graphs with states, run several times', async () => {
      for (let seed = 0; seed < 150; seed++) {
        const g = randomGraph(seed)
        const inputs = numbersFor(g.inputs, seed)
        await expectAgreement(executor, g, inputs, numbersFor(g.states, seed + 50), {
          runs: 3,
          tolerance: 1e-4,
        })
      }
    })

    test('all new states are computed from the old ones', async () => {
      const g = new Graph('states')
      const [a, b, c] = ['a', 'b', 'c'].map(state => g.state(state, [6]))
      const unread = g.state('unread', [6])
      const kept = g.state('kept', [2])
      g.assign(a, b)
      g.assign(b, a)
      g.assign(c, a.add(b).add(c))
      g.assign(unread, c.sum().broadcastTo([6]))
      g.output('old', a)
      g.output('sum', a.add(c))
      g.output('twice', kept.mul(2))
      await expectAgreement(executor, g, {}, numbersFor(g.states, 1), { runs: 4 })
    })

    test('runs leave no arrays behind', async () => {
      const g = new Graph('large')
      const state = g.state('state', [250_000])
      g.assign(state, state.mul(0.5))
      using session = await executor.compile(g)
      await session.run()
      const before = process.memoryUsage().arrayBuffers
      for (let i = 0; i < 10; i++) await session.run()
      const megabytes = (process.memoryUsage().arrayBuffers - before) / 1e6
      expect(megabytes).toBeLessThan(0.5)
    })

    test('values that are no numbers stay so', async () => {
      const g = new Graph('nan')
      const x = g.input('x', [3])
      g.output('clipped', x.clip(-1, 1))
      g.output('relu', x.relu())
      g.output('tanh', x.tanh())
      g.output('exp', x.exp())
      g.output('log', x.log())
      g.output('less', x.min(1))
      g.output('more', x.max(-1))
      g.output('less, turned', g.constant(1).min(x))
      g.output('beside', x.slice(0, 1, 3).max(x.slice(0, 0, 2)))
      g.output('beside, turned', x.slice(0, 0, 2).min(x.slice(0, 1, 3)))
      g.output('largest', x.largest())
      g.output('product', x.reshape([1, 3]).matmul(x.reshape([3, 1])))
      g.output('compared', x.greater(0))
      await expectAgreement(executor, g, { x: [Number.NaN, 0.5, -1] })
    })

    test('names it does not know are refused with the nearest one', async () => {
      const g = new Graph('names')
      g.output('loss', g.input('obs', [2]).add(g.state('params', [2])))
      using session = await executor.compile(g)
      expect(() => session.input('ob')).toThrow(/no input 'ob'/)
      expect(() => session.output('lost')).toThrow(expect.objectContaining({ hint: "Did you mean 'loss'?" }))
      expect(() => session.readState('weights')).toThrow(/no state 'weights'/)
      expect(() => session.writeState('params', [1, 2, 3])).toThrow(/has 2 numbers, not 3/)
    })
  })
}

const settings = { ...caseSettings, learningRate: 1e-3 }

describe('PPO updates', () => {
  const spec = specOf({ obsSize: 5, actionSize: 3, hidden: [16, 16], rows: 1 })
  const M = 24
  const figures = ['policyLoss', 'valueLoss', 'entropy', 'approxKl', 'clipFraction', 'gradNorm']

  /** The inputs of step `i`. */
  const inputsOf = (g: Graph, i: number): Feeds => ({
    ...numbersFor(g.inputs, 100 * i, -1.5, 1.5),
    logProb: random(M, 100 * i, -4, -2),
    learningRate: [1e-3],
  })

  for (const { name, executor, test } of EXECUTORS) {
    test(`${name} follows float64`, async () => {
      const g = ppoUpdateGraph(spec, settings, M)
      const params = initialise(spec, 1)
      using session = await executor.compile(g)
      session.writeState('params', params)
      let states: Feeds = { params }
      for (let step = 0; step < 8; step++) {
        const inputs = inputsOf(g, step)
        const wanted = evaluate(g, { ...inputs, ...states })
        await runWith(session, inputs)
        for (const figure of figures) {
          expect(difference(session.output(figure), wanted.outputs[figure]), figure).toBeLessThan(2e-5)
        }
        for (const state of g.states.keys()) {
          const worst = difference(session.readState(state), wanted.states[state])
          expect(worst, `${state} after step ${step}`).toBeLessThan(2e-5)
        }
        states = wanted.states
      }
      expect(difference(session.readState('params'), params)).toBeGreaterThan(3e-3)
    })
  }

  onnxTest('both executors train to the same parameters', async () => {
    const g = ppoUpdateGraph(spec, settings, M)
    const sessions: Session[] = await Promise.all(EXECUTORS.map(({ executor }) => executor.compile(g)))
    for (const session of sessions) session.writeState('params', initialise(spec, 2))
    for (let step = 0; step < 60; step++) {
      for (const session of sessions) await runWith(session, inputsOf(g, step % 6))
    }
    const [first, ...others] = sessions.map(session => session.readState('params'))
    for (const other of others) expect(difference(other, first)).toBeLessThan(1e-3)
    for (const session of sessions) session.dispose()
  })
})
