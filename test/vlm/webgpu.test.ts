/** A dual encoder on WebGPU, on a device in software: the embeddings that its files mean. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { LocalEncoder } from '../../src/vlm/encoder.ts'
import { readModelFolder } from '../../src/vlm/folder.ts'
import { useSoftwareVulkan, vulkanTest } from '../graph/vulkan.ts'
import { imageEmbedding, textEmbedding, writeExport } from './exports.ts'
import { plainFrames, SIDE, SIGLIP_WORDS, siglipJson, valuesOf } from './models.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-gpu-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Shaders for a device in software take seconds to compile, and a busy machine makes minutes of them, ms. */
const PATIENCE = 400_000

describe('WebGPU', () => {
  beforeAll(useSoftwareVulkan)

  vulkanTest(
    'pictures and texts are encoded there',
    async () => {
      const options = { layout: 'split', side: SIDE, vocabulary: SIGLIP_WORDS, json: siglipJson } as const
      const model = readModelFolder(writeExport(join(root, 'siglip'), { ...options, length: 6 }))
      const encoder = await LocalEncoder.open(model, { threads: 1, providers: ['webgpu', 'cpu'] })
      expect(encoder.facts).toMatchObject({ provider: 'webgpu', refused: [] })
      const colour = [255, 0, 51]
      const near = (values: number[]) => values.map(value => expect.closeTo(value, 4))
      const image = await encoder.encodeImages(plainFrames([colour], 16, 16), 1, 16, 16)
      const half = [0.5, 0.5, 0.5]
      expect([...image]).toEqual(near(imageEmbedding(valuesOf(colour, half, half))))
      const text = await encoder.encodeTexts(['a red cube'])
      expect([...text]).toEqual(near(textEmbedding([3, 4, 7, 1, 1, 1])))
      await encoder.close()
    },
    PATIENCE,
  )
})
