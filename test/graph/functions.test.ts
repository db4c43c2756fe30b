/** Functions made of operations: what they give, also where the plain formula overflows or cancels, and their slopes. */
import { describe, expect } from 'vitest'
import * as functions from '../../src/graph/functions.ts'
import { Graph, type Tensor } from '../../src/graph/graph.ts'
import { EXECUTORS, runWith } from './executors.ts'

/** Φ in the tanh form. */
const phi = (x: number): number => 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))

/** f of single numbers, its float64 counterpart, and where to look. */
const SCALAR: Readonly<Record<string, [(x: Tensor) => Tensor, (x: number) => number, number[]]>> = {
  sigmoid: [functions.sigmoid, x => 1 / (1 + Math.exp(-x)), [-9, -1, 0, 0.3, 20]],
  softplus: [
    functions.softplus,
    x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    [-100, -15, -1, 0, 2, 300],
  ],
  log1p: [functions.log1p, Math.log1p, [-0.5, -1e-9, 0, 1e-10, 3e-7, 1, 1e6]],
  gelu: [functions.gelu, x => x * phi(x), [-6, -1, 0, 0.5, 9]],
  selu: [
    functions.selu,
    x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    [-200, -1, 0.5, 100],
  ],
}

const ROWS = Float32Array.of(1, 3, 2, 1000, 999, -1e30, 5, 5, 5)

for (const { name, executor, test } of EXECUTORS) {
  describe(name, () => {
    for (const [title, [f, exact, at]] of Object.entries(SCALAR)) {
      test(title, async () => {
        const g = new Graph(title)
        const x = g.input('x', [at.length])
        const [slope] = g.grad(f(x).sum(), [x])
        g.output('y', f(x))
        g.output('slope', slope)
        using session = await executor.compile(g)
        await runWith(session, { x: at })
        at.forEach((value, i) => {
          const float = Math.fround(value)
          const wanted = exact(float)
          expect(Math.abs(session.output('y')[i] - wanted), `${title}(${value})`).toBeLessThanOrEqual(
            2e-7 + (title === 'log1p' ? 0 : 1e-6) + 1e-6 * Math.abs(wanted),
          )
          const step = 1e-4 * Math.max(1, Math.abs(float))
          const rise = (exact(float + step) - exact(float - step)) / (2 * step)
          expect(session.output('slope')[i], `slope at ${value}`).toBeCloseTo(rise, 3)
        })
      })
    }

    test('log1p and softplus keep what is small', async () => {
      const g = new Graph('small')
      g.output('log1p', functions.log1p(g.input('x', [3])))
      g.output('softplus', functions.softplus(g.input('z', [1])))
      using session = await executor.compile(g)
      const small = Float32Array.of(1e-10, -3e-9, 2e-7)
      await runWith(session, { x: small, z: [-18] })
      small.forEach((x, i) => {
        expect(session.output('log1p')[i] / Math.log1p(x)).toBeCloseTo(1, 5)
      })
      expect(session.output('softplus')[0] / Math.exp(-18)).toBeCloseTo(1, 5)
    })

    test('along an axis', async () => {
      const g = new Graph('rows')
      const x = g.input('x', [3, 3])
      g.output('softmax', functions.softmax(x, 1))
      g.output('log', functions.logSoftmax(x, 1))
      g.output('sum', functions.logSumExp(x, 1))
      g.output('standard', functions.standardised(x.slice(0, 0, 1)))
      g.output('argmax', functions.argmax(x))
      g.output('picked', functions.pick(x, g.constant(Float32Array.of(2, 0, 1))))
      g.output('marks', functions.oneHot(g.constant(Float32Array.of(1, 0)), 3))
      using session = await executor.compile(g)
      await runWith(session, { x: ROWS })
      const e = Math.exp
      const total = e(1) + e(3) + e(2)
      const close = (output: string, wanted: number[]) => {
        const got = session.output(output)
        wanted.forEach((value, i) => {
          expect(Math.abs(got[i] - value) / Math.max(1, Math.abs(value)), `${output} ${i}`).toBeLessThan(1e-6)
        })
      }
      const late = 1 / (1 + e(-1))
      close('softmax', [e(1) / total, e(3) / total, e(2) / total, late, 1 - late, 0, 1 / 3, 1 / 3, 1 / 3])
      close('sum', [Math.log(total), 1000 + Math.log1p(e(-1)), 5 + Math.log(3)])
      close('log', [1 - Math.log(total)])
      close(
        'standard',
        [-1, 1, 0].map(value => (value * 1) / Math.sqrt(2 / 3 + 1e-5)),
      )
      close('argmax', [1, 0, 0])
      close('picked', [2, 1000, 5])
      close('marks', [0, 1, 0, 1, 0, 0])
    })
  })
}
