import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TextRecipe } from '../../src/vlm/folder.ts'
import { TextReader } from '../../src/vlm/texts.ts'
import { clipTokenizer, END, reference, START } from './clipTokenizer.ts'
import { siglipTokenizer } from './siglipTokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-texts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0

/** A reader of a folder with these files. */
function reader(text: Partial<TextRecipe>, tokenizer: unknown, config?: unknown, fixed?: number): TextReader {
  const folder = join(root, String(count++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  if (config !== undefined) writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
  return new TextReader(
    { folder, text: { longest: 77, full: false, pad: undefined, lowercase: false, ...text } },
    fixed,
  )
}

const clip = reader({}, clipTokenizer, { pad_token: { content: '<|endoftext|>' }, model_max_length: 77 })

test("CLIP's own vocabulary gives CLIP's own numbers", () => {
  expect([...clip.read(['a photo of a cat']).ids]).toEqual([START, 320, 1125, 539, 320, 2368, END])
  for (const text of [
    'A humanoid robot, kneeling!',
    "It's  the robot's 2nd   try",
    'pole vertically upright on top of the cart',
    'supercalifragilisticexpialidocious',
  ]) {
    expect([...clip.read([text]).ids], text).toEqual([START, ...reference(text), END])
  }
})

test('texts are filled up to the longest of them, and those that are too long keep their end', () => {
  const { count, length, ids, mask } = clip.read(['a cat', 'a photo of a cat', ''])
  expect({ count, length }).toEqual({ count: 3, length: 7 })
  expect([...ids.subarray(0, 7)]).toEqual([START, 320, 2368, END, END, END, END])
  expect([...mask.subarray(0, 7)]).toEqual([1, 1, 1, 1, 0, 0, 0])
  expect([...ids.subarray(14)]).toEqual([START, END, END, END, END, END, END])
  expect([...mask.subarray(14)]).toEqual([1, 1, 0, 0, 0, 0, 0])

  const long = clip.read([Array(100).fill('cat').join(' ')])
  expect(long.length).toBe(77)
  expect([...long.ids]).toEqual([START, ...Array(75).fill(2368), END])
})

test('a network of one length gets texts of that length', () => {
  const { length, ids } = reader({}, clipTokenizer, { pad_token: '!' }, 9).read(['a cat'])
  expect(length).toBe(9)
  expect([...ids]).toEqual([START, 320, 2368, END, 0, 0, 0, 0, 0])
})

test('what a tokenizer says of filling up is done', () => {
  const padding = { strategy: { Fixed: 6 }, direction: 'Right', pad_id: 7, pad_token: "'" }
  expect([...reader({}, { ...clipTokenizer, padding }).read(['a cat']).ids]).toEqual([
    START,
    320,
    2368,
    END,
    7,
    7,
  ])
})

test('SigLIP texts are always filled up, with the end of a text', () => {
  const siglip = reader({ longest: 64, full: true, pad: 1 }, siglipTokenizer, { pad_token: '</s>' })
  const { length, ids } = siglip.read(['A robot, kneeling.'])
  expect(length).toBe(64)
  expect([...ids.subarray(0, 6)]).toEqual([3, 5, 6, 1, 1, 1])
  expect(new Set(ids.subarray(3))).toEqual(new Set([1]))
})

test('texts of SigLIP 2 are read in lower case', () => {
  const bare = { ...siglipTokenizer, normalizer: null }
  const siglip2 = reader({ longest: 64, full: true, lowercase: true }, bare, { pad_token: '<pad>' })
  expect([...siglip2.read(['A Robot']).ids.subarray(0, 5)]).toEqual([3, 5, 1, 0, 0])
})

test('files that are no tokenizer are refused by name', () => {
  const broken = { ...clipTokenizer, model: { type: 'Markov', vocab: {} } }
  expect(() => reader({}, broken)).toThrow(/tokenizer\.json cannot be used: model\.type/)
  const silent = { ...siglipTokenizer, normalizer: { type: 'Replace', pattern: { Regex: '.' }, content: '' } }
  expect(() => reader({}, silent)).toThrow(
    /tokenizer\.json is no tokenizer that can be used: it makes nothing/,
  )
  expect(() => reader({}, {})).toThrow(/tokenizer\.json cannot be used: model/)
  expect(() => reader({}, clipTokenizer, {}, 2)).toThrow(/texts of 2 numbers have no room/)
})
