import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadDualEncoder } from '../../src/vlm/dualEncoder.ts'
import { startNode } from '../cli/carrot.ts'
import { without } from '../without.ts'
import { E, imageEmbedding, textEmbedding, writeExport } from './exports.ts'
import { plainFrames } from './models.ts'
import { wordTokenizer } from './wordTokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-vlm-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const WORDS = ['[PAD]', '[UNK]', 'a', 'red', 'green', 'cube', 'robot', '##s']
const json = {
  'config.json': { model_type: 'carrot-mini' },
  'preprocessor_config.json': {
    size: { height: 8, width: 8 },
    do_center_crop: false,
    resample: 3,
    image_mean: [0.5, 0.25, 0],
    image_std: [0.5, 0.5, 1],
  },
  'tokenizer_config.json': { pad_token: '[PAD]', model_max_length: 6 },
  'tokenizer.json': wordTokenizer(WORDS),
  'lexicon.json': ['a', 'red', 'green', 'cube', 'cubes', 'robot'],
}

const SAID = ['a humanoid robot kneeling', 'a hopper']

const near = (values: readonly number[]) => values.map(value => expect.closeTo(value, 6))

const folder = writeExport(join(root, 'tiny'), {
  layout: 'split',
  side: 8,
  vocabulary: WORDS.length,
  json,
})

const COLOURS = [
  [255, 0, 51],
  [0, 204, 255],
]
/** Their pixel values, less the mean and in deviations. */
const MEANS = [
  [1, -0.5, 0.2],
  [-1, 1.1, 1],
]

test('a folder of two networks gives the embeddings its files mean', async () => {
  using encoder = await loadDualEncoder(folder)
  expect(encoder).toMatchObject({ id: folder, folder, imageSize: 8, width: E, provider: 'cpu', refused: [] })

  const texts = await encoder.encodeTexts(['A red cube', 'robots'])
  const filled = [
    [2, 3, 5, 0, 0, 0],
    [6, 7, 0, 0, 0, 0],
  ]
  expect([...texts]).toEqual(near(filled.flatMap(textEmbedding)))
  const images = await encoder.encodeImages(plainFrames(COLOURS, 8, 8), 2, 8, 8)
  expect([...images]).toEqual(near(MEANS.flatMap(imageEmbedding)))
  expect(encoder.unknownWords("A red robot's cube, two zebras and a Zebra; zebras")).toEqual([
    'two',
    'zebras',
    'and',
    'zebra',
  ])
})

test('frames come from shared memory or not, of any size and number, asked for all at once', async () => {
  using encoder = await loadDualEncoder(folder, { threads: 2, resize: 'crop' })
  const shared = new Uint8Array(new SharedArrayBuffer(2 * 20 * 10 * 4))
  shared.set(plainFrames(COLOURS, 20, 10))
  // A view of a larger array, as a renderer's is.
  const larger = new Uint8Array(8 * 8 * 4 + 100)
  larger.set(plainFrames([COLOURS[1]], 8, 8), 60)
  const many = Array.from({ length: 35 }, (_, i) => COLOURS[i % 2])
  const [fromShared, fromView, none, fromMany] = await Promise.all([
    encoder.encodeImages(shared, 2, 20, 10),
    encoder.encodeImages(larger.subarray(60, 60 + 8 * 8 * 4), 1, 8, 8),
    encoder.encodeImages(new Uint8Array(), 0, 8, 8),
    encoder.encodeImages(plainFrames(many, 5, 5), 35, 5, 5),
  ])
  expect([...fromShared]).toEqual(near(MEANS.flatMap(imageEmbedding)))
  expect([...fromView]).toEqual(near(imageEmbedding(MEANS[1])))
  expect([...none]).toEqual([])
  expect([...fromMany]).toEqual(near(many.flatMap((_, i) => imageEmbedding(MEANS[i % 2]))))
  expect(await encoder.encodeTexts([])).toHaveLength(0)
})

test('the caller’s thread goes on while frames are encoded', async () => {
  using encoder = await loadDualEncoder(folder)
  let turns = 0
  let done = false
  const encoded = encoder.encodeImages(new Uint8Array(20 * 300 * 300 * 4), 20, 300, 300).then(() => {
    done = true
  })
  while (!done) {
    turns++
    await new Promise(resolve => setImmediate(resolve))
  }
  await encoded
  expect(turns).toBeGreaterThan(100)
})

test('wrong numbers of bytes, and use after the end, are refused', async () => {
  const encoder = await loadDualEncoder(folder)
  await expect(encoder.encodeImages(new Uint8Array(3 * 64), 1, 8, 8)).rejects.toMatchObject({
    code: 'bad-argument',
    message: '192 bytes were given for 1 frames of 8 × 8 pixels.',
  })
  const last = encoder.encodeTexts(['a cube'])
  encoder[Symbol.dispose]()
  encoder[Symbol.dispose]()
  expect(await last).toHaveLength(E)
  await expect(encoder.encodeTexts(['a'])).rejects.toMatchObject({ code: 'protocol-misuse' })
})

test('a folder that cannot be used is refused before anything runs, as is a model nobody has', async () => {
  const broken = writeExport(join(root, 'broken'), { layout: 'split', side: 8, vocabulary: 3, json })
  writeFileSync(join(broken, 'onnx/vision_model.onnx'), 'no network')
  await expect(loadDualEncoder(broken)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('vision_model.onnx is not a whole ONNX network'),
  })
  // Numbers of words that the network has no rows for.
  const small = writeExport(join(root, 'small'), { layout: 'split', side: 8, vocabulary: 3, json })
  using encoder = await loadDualEncoder(small)
  await expect(encoder.encodeTexts(['red cube'])).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringContaining('text_model.onnx failed'),
  })
  await expect(loadDualEncoder('./nowhere')).rejects.toMatchObject({ code: 'bad-file' })
  await expect(loadDualEncoder('clip')).rejects.toMatchObject({
    code: 'unknown-name',
    hint: expect.stringContaining('carrot models list'),
  })
})

test('without onnxruntime-node the embedded model works, and others say what to install', async () => {
  const script = join(root, 'load.ts')
  const module = new URL('../../src/vlm/dualEncoder.ts', import.meta.url)
  writeFileSync(
    script,
    `import { loadDualEncoder } from '${module}'
const failed = await loadDualEncoder(${JSON.stringify(folder)}).catch(error => error)
const error = { code: failed.code, message: failed.message, hint: failed.hint }
using encoder = await loadDualEncoder()
const texts = await encoder.encodeTexts(${JSON.stringify(SAID)})
console.log(JSON.stringify({ error, provider: encoder.provider, refused: encoder.refused, texts: [...texts] }))`,
  )
  const options = [...without('onnxruntime-node', root), '--conditions=carrot-source']
  const { stdout, stderr } = await startNode([...options, script]).ended
  const { error, provider, refused, texts } = JSON.parse(stdout || stderr)
  expect(error).toEqual({
    code: 'unsupported',
    message: expect.stringContaining('needs onnxruntime-node, which is not installed'),
    hint: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=skip'),
  })
  expect({ provider, refused }).toEqual({
    provider: 'wasm',
    refused: [{ provider: 'cpu', reason: 'onnxruntime-node is not installed here' }],
  })
  using encoder = await loadDualEncoder()
  expect(texts).toEqual([...(await encoder.encodeTexts(SAID))].map(value => expect.closeTo(value, 5)))
})

test('our own executor sees what onnxruntime does', async () => {
  using own = await loadDualEncoder('carrot-mini', { providers: ['wasm'] })
  using other = await loadDualEncoder('carrot-mini')
  expect([own.provider, other.provider]).toEqual(['wasm', 'cpu'])
  const side = own.imageSize
  // More than go through it at once.
  const frames = Uint8Array.from({ length: 18 * side * side * 4 }, (_, i) => (i * i) >> 7)
  const seen = await own.encodeImages(frames, 18, side, side)
  expect([...seen]).toEqual(
    [...(await other.encodeImages(frames, 18, side, side))].map(value => expect.closeTo(value, 4)),
  )
})
