import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { cachedModels } from '../../src/vlm/cache.ts'
import { loadDualEncoder } from '../../src/vlm/dualEncoder.ts'
import { type PullProgress, pullModel } from '../../src/vlm/pull.ts'
import { writeExport } from './exports.ts'
import { HubServer, REVISION } from './hubServer.ts'
import { SIDE, SIGLIP_WORDS, siglipJson } from './models.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-hub-'))
const source = join(root, 'source')
const ID = 'someone/tiny-siglip'
const good = { layout: 'split', side: SIDE, vocabulary: SIGLIP_WORDS, json: siglipJson } as const
let hub: HubServer
let host: string
let cache: string
let count = 0

beforeAll(() => {
  writeExport(source, good)
  writeExport(source, { ...good, suffix: '_fp16', floats: 'float16' })
  writeFileSync(join(source, 'README.md'), 'Not needed.')
})
beforeEach(async () => {
  cache = join(root, `cache${count++}`)
  vi.stubEnv('CARROT_MODELS', cache)
  hub = new HubServer(ID, source)
  host = await hub.start()
})
afterEach(() => {
  hub.stop()
  vi.unstubAllEnvs()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const VISION = 'onnx/vision_model.onnx'
const fetched = (path: string) => readFileSync(join(cache, ID, path))
const files = () =>
  readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
    .sort()

test('a model is fetched whole, works, and is not fetched again', async () => {
  const told: PullProgress[] = []
  const pulled = await pullModel(ID, { host, onProgress: each => told.push(each) })
  expect(pulled).toMatchObject({ id: ID, folder: join(cache, ID), revision: REVISION })
  expect(files()).toEqual([
    'config.json',
    'preprocessor_config.json',
    'text_model.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
    'vision_model.onnx',
  ])
  expect(fetched(VISION)).toEqual(readFileSync(join(source, VISION)))
  expect(told.at(-1)).toMatchObject({ done: pulled.bytes, total: pulled.bytes })
  expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b))

  expect(cachedModels()).toEqual([{ id: ID, folder: join(cache, ID) }])
  using encoder = await loadDualEncoder(ID)
  expect(encoder).toMatchObject({ id: ID, imageSize: SIDE, provider: 'cpu' })

  hub.asked.length = 0
  await pullModel(ID, { host })
  expect(hub.asked).toEqual([`/api/models/${ID}/revision/main`])
})

test('the precision that was asked for is fetched', async () => {
  await pullModel(ID, { host, precision: 'fp16' })
  expect(files().filter(name => name.endsWith('.onnx'))).toEqual([
    'text_model_fp16.onnx',
    'vision_model_fp16.onnx',
  ])
  await expect(pullModel(ID, { host, precision: 'q4' })).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('of precision q4'),
    hint: expect.stringContaining('onnx/vision_model_fp16.onnx'),
  })
})

test('a connection that breaks is taken up where it broke', async () => {
  hub.cutAfter = [100, 50]
  await pullModel(ID, { host })
  expect(fetched(VISION)).toEqual(readFileSync(join(source, VISION)))
  expect(hub.asked.filter(path => path.startsWith(`/storage/${VISION}`))).toEqual([
    `/storage/${VISION}`,
    `/storage/${VISION} bytes=100-`,
    `/storage/${VISION} bytes=150-`,
  ])
})

test('what an earlier pull left is gone on with; until then there is no model', async () => {
  hub.cutAfter = [60, 120, 0, 0, 0]
  await expect(pullModel(ID, { host })).rejects.toMatchObject({ code: 'offline' })
  expect(files()).toEqual([expect.stringMatching(/^vision_model\.onnx\.[0-9a-f]{12}\.part$/)])
  expect(cachedModels()).toEqual([])
  hub.asked.length = 0
  await pullModel(ID, { host })
  expect(hub.asked).toContain(`/storage/${VISION} bytes=180-`)
  expect(fetched(VISION)).toEqual(readFileSync(join(source, VISION)))
})

test('a server without ranges begins anew', async () => {
  hub.ignoresRanges = true
  hub.cutAfter = [100]
  await pullModel(ID, { host })
  expect(fetched(VISION)).toEqual(readFileSync(join(source, VISION)))
})

test('other bytes than were promised are refused, and not kept', async () => {
  for (const path of [VISION, 'tokenizer.json']) {
    hub.corrupt(path)
    await expect(pullModel(ID, { host })).rejects.toMatchObject({
      code: 'bad-file',
      message: `${path} of ${ID} came with other bytes than ${host} says it has.`,
    })
    expect(existsSync(join(cache, ID, path))).toBe(false)
    hub.mend()
  }
  await pullModel(ID, { host })
  // What was changed here since is fetched again.
  writeFileSync(join(cache, ID, 'tokenizer.json'), '{}')
  await pullModel(ID, { host })
  expect(fetched('tokenizer.json')).toEqual(readFileSync(join(source, 'tokenizer.json')))
})

test('a folder between two revisions is no model', async () => {
  await pullModel(ID, { host })
  writeFileSync(join(cache, ID, VISION), 'of an older revision')
  hub.cutAfter = [60, 0, 0, 0]
  await expect(pullModel(ID, { host })).rejects.toMatchObject({ code: 'offline' })
  expect(cachedModels()).toEqual([])
  await pullModel(ID, { host })
  expect(fetched(VISION)).toEqual(readFileSync(join(source, VISION)))
  // What is added to a model leaves it as it was.
  hub.cutAfter = [60, 0, 0, 0]
  await expect(pullModel(ID, { host, precision: 'fp16' })).rejects.toMatchObject({ code: 'offline' })
  expect(cachedModels()).toHaveLength(1)
})

test('a hub that is not there, or has no such model, is said to be so', async () => {
  await expect(pullModel('someone/else', { host })).rejects.toMatchObject({
    code: 'unknown-name',
    message: `${host} shows no model someone/else with a revision main to the public.`,
  })
  for (const id of ['tiny', '../tiny', 'a/../b', 'a/b/c', 'https://a/b']) {
    await expect(pullModel(id, { host })).rejects.toMatchObject({ code: 'bad-argument' })
  }
  await expect(pullModel(ID, { host: `${host}/nowhere` })).rejects.toMatchObject({ code: 'unknown-name' })
  const gone = new HubServer(ID, source)
  vi.stubEnv('HF_ENDPOINT', await gone.start())
  gone.stop()
  await expect(pullModel(ID)).rejects.toMatchObject({
    code: 'offline',
    message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/),
    hint: expect.stringContaining('HF_ENDPOINT'),
  })
})

test('a folder that cannot be written is named', async () => {
  writeFileSync(join(root, 'file'), '')
  vi.stubEnv('CARROT_MODELS', join(root, 'file'))
  await expect(pullModel(ID, { host })).rejects.toMatchObject({
    code: 'bad-file',
    hint: expect.stringContaining('CARROT_MODELS'),
  })
})

test('a model that was not fetched is not fetched while something runs', async () => {
  vi.stubEnv('HF_ENDPOINT', host)
  await expect(loadDualEncoder(ID)).rejects.toMatchObject({
    code: 'unknown-name',
    message: `There is no model ${ID} in ${cache}.`,
    hint: expect.stringContaining(`run carrot models pull ${ID}`),
  })
  expect(hub.asked).toEqual([])
  await pullModel(ID, { host })
  await expect(loadDualEncoder('someone/tiny-siglop')).rejects.toMatchObject({
    message: expect.stringContaining(`Did you mean ${ID}?`),
  })
})
