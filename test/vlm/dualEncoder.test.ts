import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadDualEncoder } from '../../src/vlm/dualEncoder.ts'
import { E, imageEmbedding, textEmbedding, writeExport } from './exports.ts'

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
  'tokenizer.json': {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    },
  },
  'lexicon.json': ['a', 'red', 'green', 'cube', 'cubes', 'robot'],
}

/** Frames of one colour each, RGBA. */
function plain(colours: readonly (readonly number[])[], width: number, height: number): Uint8Array {
  return Uint8Array.from(
    colours.flatMap(colour =>
      Array(width * height)
        .fill([...colour, 255])
        .flat(),
    ),
  )
}

test('a folder of two networks gives the embeddings its files mean', async () => {
  const folder = writeExport(join(root, 'split'), {
    layout: 'split',
    side: 8,
    vocabulary: WORDS.length,
    json,
  })
  using encoder = await loadDualEncoder(folder)
  expect(encoder).toMatchObject({ id: folder, folder, imageSize: 8, width: E, provider: 'cpu' })

  const texts = await encoder.encodeTexts(['A red cube', 'robots'])
  const filled = [
    [2, 3, 5, 0, 0, 0],
    [6, 7, 0, 0, 0, 0],
  ]
  expect([...texts]).toEqual(filled.flatMap(textEmbedding).map(value => expect.closeTo(value, 6)))

  const images = await encoder.encodeImages(
    plain(
      [
        [255, 0, 51],
        [0, 204, 255],
      ],
      8,
      8,
    ),
    2,
    8,
    8,
  )
  const means = [
    [1, -0.5, 0.2],
    [-1, 1.1, 1],
  ]
  expect([...images]).toEqual(means.flatMap(imageEmbedding).map(value => expect.closeTo(value, 6)))
  expect(encoder.unknownWords('A red cube, two zebras and a Zebra; zebras')).toEqual([
    'two',
    'zebras',
    'and',
    'zebra',
  ])
})
