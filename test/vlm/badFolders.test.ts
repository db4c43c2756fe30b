/** Folders that are incomplete, damaged, or of something else: one paragraph that names the file, before anything is trained. */
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CarrotError, describeError } from '../../src/core/errors.ts'
import { LocalEncoder } from '../../src/vlm/encoder.ts'
import { type FolderOptions, readModelFolder } from '../../src/vlm/folder.ts'
import { type ExportOptions, writeExport } from './exports.ts'
import { SIDE, SIGLIP_WORDS, siglipJson } from './models.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-bad-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0

const good: ExportOptions = { layout: 'split', side: SIDE, vocabulary: SIGLIP_WORDS, json: siglipJson }

/** What is said of a folder that was good until `spoil` came. */
async function refusal(
  options: Partial<ExportOptions>,
  spoil: (folder: string) => void = () => undefined,
  how: FolderOptions = {},
  providers: readonly string[] = ['cpu'],
): Promise<string> {
  const folder = writeExport(join(root, String(count++)), { ...good, ...options })
  spoil(folder)
  try {
    const encoder = await LocalEncoder.open(readModelFolder(folder, folder, how), { threads: 1, providers })
    await encoder.close()
  } catch (error) {
    expect(error).toBeInstanceOf(CarrotError)
    const text = describeError(error as CarrotError)
    expect(text).not.toContain('\n')
    return text.replaceAll(folder, 'MODEL')
  }
  return 'nothing was wrong'
}

const json = (changes: Readonly<Record<string, unknown>>) => ({ json: { ...siglipJson, ...changes } })
const without = (name: string) => (folder: string) => unlinkSync(join(folder, name))
const write = (name: string, content: string) => (folder: string) =>
  writeFileSync(join(folder, name), content)

test('the folder these are made from is good', async () => {
  expect(await refusal({})).toBe('nothing was wrong')
})

test('a missing file is named, with the layout', async () => {
  for (const name of ['config.json', 'preprocessor_config.json', 'tokenizer.json']) {
    expect(await refusal({}, without(name))).toMatch(
      `The model folder MODEL has no ${name}. Give a folder in the layout of Hugging Face`,
    )
  }
  expect(await refusal({}, without('onnx/text_model.onnx'))).toMatch(
    /MODEL has onnx\/vision_model\.onnx, but no text_model\.onnx beside it/,
  )
  expect(await refusal({ place: 'pytorch' })).toMatch(/has neither .* nor onnx\/model\.onnx\. Export/)
  expect(await refusal({}, undefined, { precision: 'fp16' })).toMatch(
    /nor onnx\/model_fp16\.onnx\. Ask for another precision/,
  )
  expect(() => readModelFolder(join(root, 'nowhere'))).toThrow(/There is no folder .*nowhere/)
})

test('a family that is no dual encoder is refused', async () => {
  expect(await refusal(json({ 'config.json': { model_type: 'bert' } }))).toMatch(
    /MODEL\/config\.json says model_type "bert", which is no dual encoder/,
  )
  expect(await refusal(json({ 'config.json': { model_type: 'clip_vision_model' } }))).toMatch(
    /one half of a dual encoder/,
  )
  expect(await refusal(json({ 'config.json': {} }))).toMatch(/MODEL\/config\.json cannot be used: model_type/)
})

test('a file that was cut off, or is another, is named', async () => {
  const cut = (name: string) => (folder: string) => {
    const file = join(folder, name)
    truncateSync(file, Math.floor(statSync(file).size / 2))
  }
  expect(await refusal({}, cut('tokenizer.json'))).toMatch(/MODEL\/tokenizer\.json is not JSON/)
  for (const name of ['vision_model', 'text_model']) {
    expect(await refusal({}, cut(`onnx/${name}.onnx`))).toMatch(
      new RegExp(`MODEL/onnx/${name}\\.onnx is not a whole ONNX network`),
    )
  }
  expect(await refusal({}, write('onnx/text_model.onnx', ''))).toMatch(/text_model\.onnx .*: it is empty/)
  expect(await refusal({}, write('onnx/text_model.onnx', '<html>Not found</html>'))).toMatch(
    /text_model\.onnx .*: it does not begin as one/,
  )
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 351\n'
  expect(await refusal({}, write('onnx/vision_model.onnx', pointer))).toMatch(
    /vision_model\.onnx is not the file itself.*git lfs pull/,
  )
})

test('networks that do not fit their json files or each other are refused', async () => {
  const preprocessor = { ...siglipJson['preprocessor_config.json'], size: { height: 16, width: 16 } }
  expect(await refusal(json({ 'preprocessor_config.json': preprocessor }))).toMatch(
    /vision_model\.onnx takes pictures of the shape \[3,8,8\], and preprocessor_config\.json makes \[3,16,16\]/,
  )
  const swapped = (folder: string) => {
    const vision = readFileSync(join(folder, 'onnx/vision_model.onnx'))
    writeFileSync(join(folder, 'onnx/text_model.onnx'), vision)
  }
  expect(await refusal({}, swapped)).toMatch(/text_model\.onnx takes pixel_values, and no input_ids/)
  expect(await refusal({ width: 5 })).toMatch(/makes embeddings of 4 numbers, and .*text_model\.onnx of 5/)
  expect(await refusal({ extra: 'spatial_shapes' })).toMatch(
    /vision_model\.onnx takes spatial_shapes, and what that should be is not known/,
  )
  expect(await refusal({}, write('lexicon.json', '[]'))).toMatch(/lexicon\.json cannot be used/)
})

test('an execution provider that is not there is said, and the next one is taken', async () => {
  const folder = writeExport(join(root, 'providers'), good)
  const model = readModelFolder(folder)
  const encoder = await LocalEncoder.open(model, { threads: 1, providers: ['nonsense', 'cpu'] })
  expect(encoder.facts.provider).toBe('cpu')
  expect(encoder.facts.refused).toEqual([
    { provider: 'nonsense', reason: expect.stringContaining('nonsense') },
  ])
  await encoder.close()
  expect(await refusal({}, undefined, {}, ['nonsense'])).toMatch(
    /vision_model\.onnx could not be loaded: .*nonsense \(.*Add cpu/,
  )
})
