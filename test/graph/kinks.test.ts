/**
 * How far rounding takes updates apart. The derivative of SELU jumps at 0 from 1.76 to 1.05, and that of ReLU from 0 to 1:
 * when one of an autoencoder's 60,000 units has another sign in one of two runs, their gradients differ by that unit's
 * part, more units follow, and after twenty updates parameters are a thousandth apart. So no two executors, which add in
 * another order, can be compared by their parameters then; with the same network without jumps they can.
 */
import { expect, test } from 'vitest'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { random } from './executors.ts'
import { autoencoder, PAPER } from './models.ts'
import { apart, statesAfter } from './updates.ts'

/** Half the distance of float32 numbers, in parts of them. */
const ROUNDING = 2 ** -24

/** The distance of parameters after 20 updates from starts that are one rounding apart, on one and the same executor. */
async function spread(smooth: boolean): Promise<number> {
  const { graph, params } = autoencoder({ ...PAPER, smooth })
  const signs = random(params.length, 3)
  const moved = params.map((value, i) => value * (1 + 2 * ROUNDING * Math.sign(signs[i])))
  const ends = async (start: Float32Array): Promise<Float32Array> => {
    const update = {
      graph,
      states: { params: start },
      inputs: { learningRate: 1e-3 },
      range: [0, 1],
    } as const
    return (await statesAfter(wasmExecutor(), update, 20)).params
  }
  expect(apart(moved, params)).toBeLessThan(3 * ROUNDING)
  return apart(await ends(moved), await ends(params))
}

test('where derivatives jump, one rounding grows to a thousandth in twenty updates', async () => {
  expect(await spread(false)).toBeGreaterThan(1e-3)
})

test('where they do not, it stays a rounding', async () => {
  expect(await spread(true)).toBeLessThan(1e-5)
})
