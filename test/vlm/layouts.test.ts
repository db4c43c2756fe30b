/** Every layout in which dual encoders are published gives the embeddings that its files mean. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { LocalEncoder } from '../../src/vlm/encoder.ts'
import { type FolderOptions, readModelFolder } from '../../src/vlm/folder.ts'
import { END, START } from './clipTokenizer.ts'
import { E, type ExportOptions, imageEmbedding, textEmbedding, writeExport } from './exports.ts'
import {
  CLIP_MEAN,
  CLIP_STD,
  CLIP_WORDS,
  clipJson,
  mobileClipJson,
  plainFrames,
  SIDE,
  SIGLIP_WORDS,
  siglipJson,
  valuesOf,
} from './models.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-layouts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0

const COLOURS = [
  [255, 0, 51],
  [0, 204, 255],
  [17, 130, 90],
]
const TEXTS = ['a robot', 'a red cube']

const clip = { layout: 'split', side: SIDE, vocabulary: CLIP_WORDS, json: clipJson } as const
const siglip = { layout: 'split', side: SIDE, vocabulary: SIGLIP_WORDS, json: siglipJson } as const

const clipIds = [
  [START, 320, 8797, END],
  [START, 320, 736, 11353, END],
]
/** All of a text's numbers count where a network is not told which ones do. */
const filledTo = (length: number, pad: number, rows: readonly (readonly number[])[]) =>
  rows.map(row => [...row, ...Array(length - row.length).fill(pad)])
const siglipIds = filledTo(64, 1, [
  [3, 5, 1],
  [3, 4, 7, 1],
])

interface Expected {
  readonly ids: readonly (readonly number[])[]
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Decimals that are right. */
  readonly digits?: number
}

async function check(
  options: (Partial<ExportOptions> & typeof clip) | ExportOptions,
  { ids, mean, std, digits = 5 }: Expected,
  folderOptions: FolderOptions = {},
): Promise<void> {
  const folder = writeExport(join(root, String(count++)), options)
  const model = readModelFolder(folder, folder, folderOptions)
  const encoder = await LocalEncoder.open(model, { threads: 1, providers: ['cpu'] })
  const near = (values: number[]) => values.map(value => expect.closeTo(value, digits))
  expect([...(await encoder.encodeTexts(TEXTS))]).toEqual(near(ids.flatMap(textEmbedding)))
  const images = await encoder.encodeImages(plainFrames(COLOURS, 12, 10), 3, 12, 10)
  const expected = COLOURS.flatMap(colour => imageEmbedding(valuesOf(colour, mean, std)))
  expect([...images]).toEqual(near(expected))
  await encoder.close()
}

const clipExpected = { ids: filledTo(5, END, clipIds), mean: CLIP_MEAN, std: CLIP_STD }
const siglipExpected = { ids: siglipIds, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }

test('CLIP in two networks', () => check(clip, clipExpected))

test('CLIP whose text network is told what was filled up, with 32-bit numbers, beside its json files', () =>
  check({ ...clip, mask: true, ids: 'int32', place: '.' }, { ...clipExpected, ids: clipIds }))

test('CLIP in one network that wants a text for a picture and a picture for a text', () =>
  check({ ...clip, layout: 'joint', mask: true }, { ...clipExpected, ids: clipIds }))

test('CLIP in halves throughout', () =>
  check({ ...clip, floats: 'float16', suffix: '_fp16' }, { ...clipExpected, digits: 2 }))

test('CLIP with a quantized vision network, asked for by its precision', () =>
  check({ ...clip, int8: true, suffix: '_quantized' }, { ...clipExpected, digits: 1 }, { precision: 'q8' }))

test('what an 8-bit network makes of a frame does not depend on the others', async () => {
  const folder = writeExport(join(root, 'int8'), { ...siglip, int8: true, suffix: '_int8' })
  const encoder = await LocalEncoder.open(readModelFolder(folder), { threads: 1, providers: ['cpu'] })
  const together = await encoder.encodeImages(plainFrames(COLOURS, SIDE, SIDE), 3, SIDE, SIDE)
  for (const [i, colour] of COLOURS.entries()) {
    const alone = await encoder.encodeImages(plainFrames([colour], SIDE, SIDE), 1, SIDE, SIDE)
    expect(together.subarray(i * E, (i + 1) * E)).toEqual(alone)
  }
  await encoder.close()
})

test('an export of fixed sizes', () =>
  check(
    { ...siglip, rows: 2, length: 9 },
    {
      ...siglipExpected,
      ids: filledTo(
        9,
        1,
        siglipIds.map(ids => ids.slice(0, 4)),
      ),
    },
  ))

test('an export whose outputs have names of their own', () =>
  check({ ...siglip, outputs: { vision: 'image_features', text: 'text_features' } }, siglipExpected))

test('SigLIP, filled up to 64, with pooled outputs', () =>
  check({ ...siglip, outputs: { vision: 'pooler_output', text: 'pooler_output' } }, siglipExpected))

test('SigLIP in one network', () => check({ ...siglip, layout: 'joint' }, siglipExpected))

test('MobileCLIP, with plain colours', () =>
  check({ ...clip, json: mobileClipJson }, { ...clipExpected, mean: [0, 0, 0], std: [1, 1, 1] }))

test('the most exact networks are taken where none is asked for', () => {
  const folder = join(root, 'both')
  writeExport(folder, { ...siglip, suffix: '_int8' })
  writeExport(folder, { ...siglip, suffix: '_fp16' })
  expect(readModelFolder(folder).precision).toEqual({ vision: 'fp16', text: 'fp16' })
  writeExport(folder, siglip)
  expect(readModelFolder(folder)).toMatchObject({
    precision: { vision: 'fp32', text: 'fp32' },
    files: { vision: join(folder, 'onnx/vision_model.onnx') },
  })
  expect(readModelFolder(folder, folder, { precision: 'int8' }).files.text).toMatch(/text_model_int8\.onnx$/)
})
