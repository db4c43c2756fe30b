/** The executors under test, and runs of graphs on them. */
import { expect, type TestAPI, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Executor, Session } from '../../src/graph/executor.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { onnxAvailable, onnxExecutor } from '../../src/graph/onnxruntime.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { testWith } from '../needs.ts'
import { evaluate, type Feeds } from './reference.ts'

const MISSING = 'onnxruntime-node is not installed: run ONNXRUNTIME_NODE_INSTALL=skip npm install'

/** `test` for what needs onnxruntime-node. Where it is absent the tests are skipped, and said so. */
export const onnxTest = testWith(await onnxAvailable(), MISSING)

/** Every executor; WASM both with fused multiply-add and, as on older engines, without. */
export const EXECUTORS: readonly { name: string; executor: Executor; test: TestAPI }[] = [
  { name: 'wasm', executor: wasmExecutor(), test },
  { name: 'wasm without fused multiply-add', executor: wasmExecutor({ fma: false }), test },
  { name: 'onnx-cpu', executor: onnxExecutor(), test: onnxTest },
]

/** Numbers in [low, high) that float32 holds; the same for the same seed. */
export function random(size: number, seed: number, low = -1, high = 1): Float32Array {
  const rng = new Rng(seed, STREAM.data)
  return Float32Array.from({ length: size }, () => rng.range(low, high))
}

/** Runs a session once with these inputs. */
export async function runWith(session: Session, inputs: Feeds): Promise<void> {
  for (const [name, data] of Object.entries(inputs)) session.input(name).set(data)
  await session.run()
}

/** Largest |a - b| / max(1, |b|). */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let worst = 0
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue
    if (a[i] === b[i]) continue
    worst = Math.max(worst, Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(b[i])))
  }
  return worst
}

/**
 * Runs a graph `runs` times with the same inputs, on the executor and in float64, and holds all outputs and states of
 * every run together.
 */
export async function expectAgreement(
  executor: Executor,
  graph: Graph,
  inputs: Feeds,
  states: Feeds = {},
  { runs = 1, tolerance = 1e-5 } = {},
): Promise<void> {
  using session = await executor.compile(graph)
  for (const [name, data] of Object.entries(states)) session.writeState(name, data)
  let before = states
  for (let run = 0; run < runs; run++) {
    const wanted = evaluate(graph, { ...inputs, ...before })
    await runWith(session, inputs)
    for (const name of graph.outputs.keys()) {
      const worst = difference(session.output(name), wanted.outputs[name])
      expect(worst, `output ${name} of\n${graph.dump()}`).toBeLessThan(tolerance)
    }
    for (const name of graph.states.keys()) {
      const worst = difference(session.readState(name), wanted.states[name])
      expect(worst, `state ${name} of\n${graph.dump()}`).toBeLessThan(tolerance)
    }
    before = wanted.states
  }
}
