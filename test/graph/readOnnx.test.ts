/** ONNX files of ours, read back as graphs. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { onnxModel } from '../../src/graph/onnx.ts'
import { readOnnx } from '../../src/graph/readOnnx.ts'
import { CASES } from './cases.ts'
import { difference, random } from './executors.ts'
import { evaluate } from './reference.ts'

describe('every operation comes back as it was', () => {
  for (const [op, cases] of Object.entries(CASES)) {
    test(op, () => {
      for (const [i, { title, shapes, build, range }] of cases.entries()) {
        const g = new Graph(title)
        const inputs = shapes.map((shape, k) => g.input(`x${k}`, shape))
        g.output('y', build(inputs, g))
        const feeds = Object.fromEntries(
          inputs.map(({ size }, k) => [`x${k}`, random(size, 10 * i + k, ...(range ?? []))]),
        )
        const back = readOnnx(onnxModel(g), 1)
        const used = Object.fromEntries([...back.inputs.keys()].map(name => [name, feeds[name]]))
        const wanted = evaluate(g, feeds).outputs.y
        // Bounds and numbers are float32 in the file.
        expect(difference(evaluate(back, used).outputs.y, wanted), title).toBeLessThan(1e-7)
      }
    })
  }
})

/** Two layers over rows. */
function network(rows: number): Graph {
  const g = new Graph('network')
  const x = g.input('x', [rows, 4])
  const hidden = x
    .matmul(g.constant(random(12, 1), [4, 3]))
    .add(g.constant(random(3, 2)))
    .relu()
  g.output('y', hidden.reshape([rows, 3, 1]).sum([1]))
  return g
}

test('a model for any number of rows is read for one', () => {
  const x = random(20, 3)
  const back = readOnnx(onnxModel(network(2), { batchAxis: 'batch' }), 5)
  expect(back.inputs.get('x')?.shape).toEqual([5, 4])
  expect(difference(evaluate(back, { x }).outputs.y, evaluate(network(5), { x }).outputs.y)).toBeLessThan(
    1e-9,
  )
})

test('what is cut off or foreign is refused', () => {
  const whole = onnxModel(network(2))
  for (const length of [0, 1, 30, whole.length >> 1, whole.length - 1]) {
    expect(() => readOnnx(whole.subarray(0, length), 1), String(length)).toThrow(RangeError)
  }
  const text = new TextDecoder('latin1').decode(whole).replace('Relu', 'Gelu')
  const foreign = Uint8Array.from(text, letter => letter.charCodeAt(0))
  expect(foreign).not.toEqual(whole)
  expect(() => readOnnx(foreign, 1)).toThrow('The model has Gelu, which only onnxruntime can run.')
  expect(() => readOnnx(readFileSync(new URL(import.meta.url)), 1)).toThrow(RangeError)
})
