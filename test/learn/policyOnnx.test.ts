/** The policy as an ONNX file acts as the policy does, for every head: normaliser, squashing, scaling and range inside. */
import { expect } from 'vitest'
import type { PolicySpec } from '../../src/core/policy.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { NetworkPolicy, policyOnnx, policyParameters, policySnapshot } from '../../src/learn/policy.ts'
import { onnxTest } from '../graph/executors.ts'

const A = 3
const base = { obsSize: 11, actionSize: A, hidden: [64, 32], low: [-1, -0.5, 2], high: [1, 0.5, 6] } as const
const choices = [
  [-1, 0, 2],
  [1, 0.5, 6],
  [0, -0.5, 3],
  [0.5, 0.25, 4],
]
const SPECS: readonly PolicySpec[] = [
  { ...base, head: 'gaussian', activation: 'tanh' },
  { ...base, head: 'gaussian', activation: 'relu', low: [-1, -1, -1], high: [1, 1, 1] },
  { ...base, head: 'squashed', activation: 'relu' },
  { ...base, head: 'deterministic', activation: 'relu' },
  { ...base, head: 'discrete', activation: 'tanh', choices },
]

for (const spec of SPECS) {
  onnxTest(
    `${spec.head}, ${spec.activation}: the file gives the same actions, for any number of rows`,
    async () => {
      const rng = new Rng(5, STREAM.data)
      const normaliser = {
        mean: Float32Array.from({ length: 11 }, () => rng.normal()),
        scale: Float32Array.from({ length: 11 }, () => rng.range(0.1, 5)),
      }
      const trained = policyParameters(spec, 1).map(p => p + 0.1 * rng.normal())
      const snapshot = policySnapshot(spec, 3, normaliser, trained)
      const ort: typeof import('onnxruntime-common') = await import('onnxruntime-node')
      const session = await ort.InferenceSession.create(policyOnnx(snapshot))
      expect(session.inputNames).toEqual(['obs'])
      expect(session.outputNames).toEqual(['action'])
      for (const rows of [1, 2, 7, 64, 100]) {
        // Some far out: the normalised observation is clipped.
        const obs = Float64Array.from({ length: rows * 11 }, () => Math.fround(8 * rng.normal()))
        const policy = new NetworkPolicy(wasmExecutor(), rows)
        policy.load(snapshot)
        const wanted = new Float32Array(rows * A)
        policy.mean(obs, wanted)
        const feeds = { obs: new ort.Tensor('float32', Float32Array.from(obs), [rows, 11]) }
        const { action } = await session.run(feeds)
        expect(action.dims).toEqual([rows, A])
        const given = action.data as Float32Array
        given.forEach((value, i) => {
          const inRange = Math.max(spec.low[i % A], Math.min(spec.high[i % A], wanted[i]))
          expect(Math.abs(value - inRange)).toBeLessThan(1e-5)
        })
        if (rows > 50) expect(new Set(given).size).toBeGreaterThan(2)
      }
    },
  )
}
