import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureOutput, modelsOutput, pulledOutput } from '../../src/protocol/cli.ts'
import { writeExport } from '../vlm/exports.ts'
import { HubServer, REVISION } from '../vlm/hubServer.ts'
import { SIDE, SIGLIP_WORDS, siglipJson } from '../vlm/models.ts'
import { carrot, folder, json, parse } from './carrot.ts'

const ID = 'someone/tiny-siglip'
const root = mkdtempSync(join(folder, 'models-'))
const cache = join(root, 'cache')
let hub: HubServer

beforeAll(async () => {
  const source = { layout: 'joint', side: SIDE, vocabulary: SIGLIP_WORDS, json: siglipJson } as const
  hub = new HubServer(ID, writeExport(join(root, 'source'), source))
  process.env.CARROT_MODELS = cache
  process.env.HF_ENDPOINT = await hub.start()
})
afterAll(() => {
  hub.stop()
  delete process.env.CARROT_MODELS
  delete process.env.HF_ENDPOINT
  rmSync(root, { recursive: true, force: true })
})

test('a pulled model is listed, with what it sees', async () => {
  const pulled = await json(pulledOutput, 'models', 'pull', ID)
  expect(pulled).toMatchObject({ id: ID, folder: join(cache, ID), revision: REVISION })
  expect(pulled.files).toContain('onnx/model.onnx')
  const { root, models } = await json(modelsOutput, 'models', 'list')
  expect(root).toBe(cache)
  expect(models.map(({ id }) => id)).toEqual(['carrot-mini', ID])
  expect(models.find(({ id }) => id === ID)).toEqual({
    id: ID,
    folder: join(cache, ID),
    family: 'siglip',
    imageSize: SIDE,
    precision: 'fp32',
    words: null,
    problem: null,
  })
  expect((await carrot('models', 'list')).stdout).toMatch(/^someone\/tiny-siglip +siglip +8 px +fp32 +any$/m)
})

test('a model that is not on the hub is one paragraph', async () => {
  const { code, stdout, stderr } = await carrot('models', 'pull', 'someone/else', '--json')
  expect(code).toBe(1)
  expect(parse(failureOutput, stdout).error).toMatchObject({ code: 'unknown-name' })
  expect(stderr.trim()).toMatch(/^http.* shows no model someone\/else .*$/)
})
