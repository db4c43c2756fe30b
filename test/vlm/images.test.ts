import { expect, test } from 'vitest'
import { FrameReader, imageRecipe } from '../../src/vlm/images.ts'
import { clipJson, mobileClipJson, SIDE, siglipJson } from './models.ts'

const recipe = (json: unknown, resize?: 'squash' | 'crop') =>
  imageRecipe(json, 'preprocessor_config.json', resize)
const clip = clipJson['preprocessor_config.json']
const siglip = siglipJson['preprocessor_config.json']

test('each family prepares frames its own way', () => {
  expect(recipe(clip)).toMatchObject({ side: SIDE, resize: 'crop', shorter: SIDE, filter: 'bicubic' })
  expect(recipe(siglip)).toMatchObject({
    side: SIDE,
    resize: 'squash',
    filter: 'bicubic',
    mean: [0.5, 0.5, 0.5],
  })
  expect(recipe(mobileClipJson['preprocessor_config.json'])).toMatchObject({
    filter: 'bilinear',
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
  })
  // As older files say it.
  const old = { ...clip, size: 224, crop_size: 224, resample: 3 }
  expect(recipe(old)).toMatchObject({ side: 224, resize: 'crop', shorter: 224 })
  // A larger edge than what is kept, as ImageNet models have.
  const larger = { ...clip, size: { shortest_edge: 10 } }
  expect(recipe(larger)).toMatchObject({ side: SIDE, resize: 'crop', shorter: 10 })
  expect(recipe({ ...siglip, do_rescale: false }).scale).toBe(1)
})

/** A frame whose red is its column, and green its row. */
function ramp(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const x = Math.floor(i / 4) % width
    const y = Math.floor(i / 4 / width)
    return [x, y, 7, 255][i % 4]
  })
}
const bare = { ...clip, do_normalize: false, do_rescale: false }
function pixels(json: unknown, width: number, height: number, resize?: 'squash' | 'crop'): Float32Array {
  const plan = recipe(json, resize)
  const out = new Float32Array(3 * plan.side * plan.side)
  new FrameReader(plan, { width, height, channels: 4 }).read(ramp(width, height), out)
  return out
}
const columns = (out: Float32Array) => [...out.subarray(0, SIDE)]
const rows = (out: Float32Array) => Array.from({ length: SIDE }, (_, y) => out[SIDE * SIDE + y * SIDE])

test('frames of the right size are not resampled; wider ones lose both ends, or are squashed when asked', () => {
  const same = pixels(bare, SIDE, SIDE)
  expect(columns(same)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(rows(same)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(same[2 * SIDE * SIDE]).toBe(7)

  // 13 columns: 2 are cut off on the left and 3 on the right.
  const cut = pixels(bare, 13, SIDE)
  expect(columns(cut)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  const tall = pixels(bare, SIDE, 11)
  expect(rows(tall)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])

  const squashed = pixels(bare, 16, SIDE, 'squash')
  expect(rows(squashed)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  // As Pillow has it.
  expect(columns(squashed)).toEqual([1, 2, 5, 7, 9, 11, 13, 14])
  expect(columns(pixels({ ...siglip, do_normalize: false, do_rescale: false }, 13, SIDE, 'crop'))).toEqual(
    columns(cut),
  )
})

test('values are brightness less the mean, in deviations', () => {
  const out = pixels(clip, SIDE, SIDE)
  expect(out[5]).toBeCloseTo((5 / 255 - clip.image_mean[0]) / clip.image_std[0], 6)
  expect(out[2 * SIDE * SIDE]).toBeCloseTo((7 / 255 - clip.image_mean[2]) / clip.image_std[2], 6)
})

test('what cannot be done is refused', () => {
  const refused = (json: object) => () => recipe(json)
  expect(refused({ ...clip, resample: 0 })).toThrow(/preprocessor_config\.json cannot be used: resample 0/)
  expect(refused({ ...clip, image_std: undefined })).toThrow(/normalizes without/)
  expect(refused({ ...clip, image_mean: [0.5] })).toThrow(/image_mean/)
  expect(refused({ ...siglip, size: { height: 8, width: 9 } })).toThrow(/9 × 8 are not square/)
  expect(refused({ ...siglip, size: undefined })).toThrow(/states no size/)
  expect(refused({ ...clip, size: { shortest_edge: 4 } })).toThrow(/cuts 8 pixels out of 4/)
})
