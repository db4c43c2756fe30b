/** A model folder small enough to compute by hand: it sees a picture's mean colour, and knows a few words. */
import { imageEmbedding, textEmbedding, writeExport } from '../vlm/exports.ts'
import { wordTokenizer } from '../vlm/wordTokenizer.ts'

const WORDS = ['[PAD]', '[UNK]', 'a', 'pole', 'cart', 'upright', 'and', 'fallen']
/** Pixels of a side. */
export const SIDE = 16
const LENGTH = 6

/** Writes it; returns the folder. */
export const writeColourModel = (folder: string): string =>
  writeExport(folder, {
    layout: 'split',
    side: SIDE,
    vocabulary: WORDS.length,
    json: {
      'config.json': { model_type: 'carrot-mini' },
      'preprocessor_config.json': {
        size: { height: SIDE, width: SIDE },
        do_center_crop: false,
        resample: 3,
        image_mean: [0, 0, 0],
        image_std: [1, 1, 1],
      },
      'tokenizer_config.json': { pad_token: '[PAD]', model_max_length: LENGTH },
      'tokenizer.json': wordTokenizer(WORDS),
      'lexicon.json': WORDS.slice(2),
    },
  })

/** Of a text of known words. */
export function textVector(text: string): number[] {
  const ids = text.split(' ').map(word => WORDS.indexOf(word))
  return textEmbedding(Array.from({ length: LENGTH }, (_, i) => ids[i] ?? 0))
}

/** Of RGBA pixels. */
export function pictureVector(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0]
  pixels.forEach((byte, i) => {
    if (i % 4 < 3) sums[i % 4] += byte / 255
  })
  return imageEmbedding(sums.map(sum => sum / (pixels.length / 4)))
}

export const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i], 0)
