/** The policy as an ONNX file acts as the policy does. */
import { expect } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { GaussianPolicy, initialise, policyOnnx, policySnapshot } from '../../src/learn/policy.ts'
import { onnxTest } from '../graph/executors.ts'

for (const activation of ['tanh', 'relu'] as const) {
  onnxTest(`${activation} policies: the file gives the same actions, for any number of rows`, async () => {
    const spec = { obsSize: 11, actionSize: 3, hidden: [64, 32], activation }
    const rng = new Rng(5, STREAM.data)
    const normaliser = {
      mean: Float32Array.from({ length: 11 }, () => rng.normal()),
      scale: Float32Array.from({ length: 11 }, () => rng.range(0.1, 5)),
    }
    const trained = initialise(spec, 1).map(p => p + 0.1 * rng.normal())
    const snapshot = policySnapshot(spec, 3, normaliser, trained)
    const ort: typeof import('onnxruntime-common') = await import('onnxruntime-node')
    const session = await ort.InferenceSession.create(policyOnnx(snapshot))
    expect(session.inputNames).toEqual(['obs'])
    expect(session.outputNames).toEqual(['action'])
    for (const rows of [1, 2, 7, 64, 100]) {
      // Some far out: the normalised observation is clipped.
      const obs = Float64Array.from({ length: rows * 11 }, () => Math.fround(8 * rng.normal()))
      const policy = new GaussianPolicy(wasmExecutor(), rows)
      policy.load(snapshot)
      const wanted = new Float32Array(rows * 3)
      policy.mean(obs, wanted)
      const feeds = { obs: new ort.Tensor('float32', Float32Array.from(obs), [rows, 11]) }
      const { action } = await session.run(feeds)
      expect(action.dims).toEqual([rows, 3])
      const given = action.data as Float32Array
      given.forEach((value, i) => {
        expect(Math.abs(value - wanted[i])).toBeLessThan(1e-5)
      })
      expect(wanted.some(value => Math.abs(value) > 0.1)).toBe(true)
    }
  })
}
