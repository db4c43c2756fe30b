/** Gradients of every operation, and gradients of those gradients, against central differences in float64. */
import { describe, expect } from 'vitest'
import type { Executor } from '../../src/graph/executor.ts'
import { Graph } from '../../src/graph/graph.ts'
import type { Tensor } from '../../src/graph/tensor.ts'
import { CASES, type Case } from './cases.ts'
import { difference, EXECUTORS, random, runWith } from './executors.ts'
import { evaluate } from './reference.ts'

/** A scalar in which every element of `x` has a weight of its own. */
function weighted(g: Graph, x: Tensor, seed: number): Tensor {
  return x.mul(g.constant(random(x.size, seed, 0.5, 2), x.shape)).sum()
}

/** What is differentiated: the plain sum (gradients that are one number everywhere), weighted ones, or gradients again. */
const LOSSES = {
  plain: (_: Graph, y: Tensor) => y.sum(),
  weighted: (g: Graph, y: Tensor) => weighted(g, y, 1),
  'second order': (g: Graph, y: Tensor, x: readonly Tensor[]) =>
    g.grad(weighted(g, y, 1), x).reduce((sum, d, i) => sum.add(weighted(g, d, 2 + i)), g.constant(0)),
} as const

/** d loss / d input by central differences: with steps of 1e-5, exact to about 1e-9. */
function centralDifferences(g: Graph, loss: Tensor, feeds: Record<string, Float64Array>, name: string) {
  const step = 1e-5
  const here = evaluate(g, feeds)
  const at = (i: number, change: number): number => {
    const moved = { ...feeds, [name]: feeds[name].with(i, feeds[name][i] + change) }
    return evaluate(g, moved, here).value(loss)[0]
  }
  return feeds[name].map((_, i) => (at(i, step) - at(i, -step)) / (2 * step))
}

/** By case and loss: executors are all held against the same. */
const differences = new Map<Case, Map<string, Float64Array>>()

function wantedOf(one: Case, key: string, compute: () => Float64Array): Float64Array {
  const known = differences.get(one) ?? new Map<string, Float64Array>()
  differences.set(one, known)
  const wanted = known.get(key) ?? compute()
  known.set(key, wanted)
  return wanted
}

async function expectGradients(executor: Executor, one: Case, kind: keyof typeof LOSSES): Promise<void> {
  const g = new Graph(`${kind} loss of ${one.title}`)
  const x = one.shapes.map((shape, i) => g.input(`x${i}`, shape))
  const loss = LOSSES[kind](g, one.build(x, g), x)
  g.grad(loss, x).forEach((d, i) => {
    expect(d.shape).toEqual(x[i].shape)
    g.output(`d${i}`, d)
  })
  const feeds = Object.fromEntries(
    x.map((tensor, i) => [
      `x${i}`,
      Float64Array.from(random(tensor.size, 10 + i, ...(one.range ?? [-1, 1]))),
    ]),
  )
  using session = await executor.compile(g)
  await runWith(session, feeds)
  x.forEach((_, i) => {
    const wanted = wantedOf(one, `${kind} ${i}`, () => centralDifferences(g, loss, feeds, `x${i}`))
    const worst = difference(session.output(`d${i}`), wanted)
    expect(worst, `to x${i} in\n${g.dump()}`).toBeLessThan(1e-5)
  })
}

for (const { name, executor, test } of EXECUTORS) {
  describe(name, () => {
    for (const [op, cases] of Object.entries(CASES)) {
      test(`gradients through ${op}`, async () => {
        for (const one of cases) {
          for (const kind of ['plain', 'weighted', 'second order'] as const)
            await expectGradients(executor, one, kind)
        }
      })
    }
  })
}
