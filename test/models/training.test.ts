/** A training of a few steps, its files, and the frames it is made from. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { onnxAvailable } from '../../src/graph/onnxruntime.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { encodePictures, encodeTexts } from '../../src/models/encoding.ts'
import { writeModel } from '../../src/models/files.ts'
import { framesOf } from '../../src/models/frames.ts'
import { EMBEDDING, IMAGE_SIZE } from '../../src/models/network.ts'
import { SCENES } from '../../src/models/statements/index.ts'
import { RECIPE, type Trained, train } from '../../src/models/training.ts'
import { loadDualEncoder } from '../../src/vlm/dualEncoder.ts'
import { testWith } from '../needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-models-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const recipe = {
  ...RECIPE,
  steps: 32,
  warmUp: 4,
  report: 8,
  shape: { images: 8, texts: 8 },
  hard: { ...RECIPE.hard, after: [] },
}
const [humanoid, poles] = SCENES
const options = { seed: 3, size: IMAGE_SIZE }
const shares = [
  { frames: await framesOf(humanoid, 'humanoid-pose', 16, options), share: 0.5 },
  { frames: await framesOf(poles, 'cartpole', 16, options), share: 0.5 },
]

/** The same for all tests, as it takes a few seconds. */
let made: Promise<{ trained: Trained; losses: number[] }> | undefined
function training() {
  made ??= (async () => {
    const losses: number[] = []
    const trained = await train(shares, recipe, wasmExecutor(), {
      report: ({ figures }) => losses.push(figures.statementLoss + figures.captionLoss),
    })
    return { trained, losses }
  })()
  return made
}

test('the same seed makes the same frames, and pixels differ from one to the next', async () => {
  const { pixels, degrees } = shares[1].frames
  const again = await framesOf(poles, 'cartpole', 16, options)
  expect(again.pixels).toEqual(pixels)
  expect(again.degrees).toEqual(degrees)
  const size = 3 * IMAGE_SIZE * IMAGE_SIZE
  expect(pixels.subarray(0, size)).not.toEqual(pixels.subarray(size, 2 * size))
})

test('training lowers the loss', async () => {
  const { losses } = await training()
  expect(losses.length).toBe(4)
  expect(losses[3]).toBeLessThan(0.85 * losses[0])
})

test('the same seed makes the same parameters, to the bit', async () => {
  const once = () => train(shares, { ...recipe, steps: 10 }, wasmExecutor())
  const [one, other] = [await once(), await once()]
  expect(other.params).toEqual(one.params)
})

const exported = testWith(await onnxAvailable(), 'files of models: onnxruntime-node is not installed.')
exported('the files give what the graph gives, texts and pictures', async () => {
  const { trained } = await training()
  writeModel(folder, trained)
  using encoder = await loadDualEncoder(folder)
  expect(encoder.imageSize).toBe(IMAGE_SIZE)
  expect(encoder.width).toBe(EMBEDDING)
  const texts = ['a humanoid robot kneeling', 'Pole and cart, horizontally zebra-like', 'a robot']
  const { net, params, tokenizer } = trained
  const said = await encodeTexts(net, params, tokenizer, texts, wasmExecutor())
  expectClose(await encoder.encodeTexts(texts), said)
  const { pixels } = shares[0].frames
  const plane = IMAGE_SIZE * IMAGE_SIZE
  const part = pixels.subarray(0, 3 * plane)
  const rgba = Uint8Array.from({ length: 4 * plane }, (_, i) =>
    i % 4 === 3 ? 255 : part[(i % 4) * plane + Math.floor(i / 4)],
  )
  const seen = await encodePictures(net, params, part, wasmExecutor())
  expectClose(await encoder.encodeImages(rgba, 1, IMAGE_SIZE, IMAGE_SIZE), seen)
  expect(encoder.unknownWords('a zebra kneeling')).toEqual(['zebra'])
})

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length)
  const worst = actual.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i])), 0)
  expect(worst).toBeLessThan(1e-4)
}
