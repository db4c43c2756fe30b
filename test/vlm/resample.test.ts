import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Filter, Resampler } from '../../src/vlm/resample.ts'

interface Case {
  readonly picture: keyof typeof PICTURES
  readonly filter: Filter
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly bytes?: string
  readonly sha256?: string
}

/** What pillow.py drew, and Pillow made of it. */
const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('./pillow.json', import.meta.url), 'utf8'),
)

const PICTURES = {
  noise: (width: number, height: number): Uint8Array => {
    let state = width * 65537 + height
    return Uint8Array.from({ length: width * height * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    })
  },
  checkers: (width: number, height: number): Uint8Array =>
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const x = Math.floor(i / 3) % width
      const y = Math.floor(i / 3 / width)
      return (Math.floor(x / 3) + Math.floor(y / 3)) % 2 === 1 ? 255 : 0
    }),
}

const drawn = new Map<string, Uint8Array>()
function picture({ picture, from }: Case): Uint8Array {
  const key = `${picture} ${from}`
  if (!drawn.has(key)) drawn.set(key, PICTURES[picture](...from))
  return drawn.get(key)!
}

/** With a fourth byte a pixel that must not show. */
const withAlpha = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: (bytes.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? 99 : bytes[Math.floor(i / 4) * 3 + (i % 4)],
  )

for (const filter of ['bilinear', 'bicubic', 'lanczos'] as const) {
  test(`${filter} pictures are Pillow's, byte for byte`, () => {
    const own = cases.filter(each => each.filter === filter)
    expect(own).toHaveLength(18)
    for (const each of own) {
      const { from, to, bytes, sha256 } = each
      const start = { width: from[0], height: from[1] }
      const resampler = new Resampler(start, { width: to[0], height: to[1] }, filter)
      const bare = picture(each)
      const what = `${each.picture} ${from} to ${to}`
      for (const given of bytes === undefined ? [bare] : [bare, withAlpha(bare)]) {
        const channels = given === bare ? 3 : 4
        const made = resampler.resize({ bytes: given, ...start, channels })
        expect(made, what).toMatchObject({ width: to[0], height: to[1], channels: 3 })
        if (bytes !== undefined) expect(Buffer.from(made.bytes).toString('base64'), what).toBe(bytes)
        else expect(createHash('sha256').update(made.bytes).digest('hex'), what).toBe(sha256)
      }
    }
  })
}

test('a picture of the right size is not touched', () => {
  const size = { width: 5, height: 4 }
  const picture = { bytes: PICTURES.noise(5, 4), ...size, channels: 3 }
  expect(new Resampler(size, size, 'bicubic').resize(picture)).toBe(picture)
})
