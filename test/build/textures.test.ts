import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { drawTexture, TEXTURE_FOLDER, TEXTURES } from '../../src/build/textures.ts'

/** The rows of a PNG file; how well they are packed depends on the version of zlib. */
function unpacked(file: Uint8Array): Buffer {
  const at = Buffer.from(file).indexOf('IDAT')
  return inflateSync(file.subarray(at + 4, at + 4 + Buffer.from(file).readUInt32BE(at - 4)))
}

test.each(Object.entries(TEXTURES))('%s is what the script draws, byte for byte', (name, texture) => {
  const kept = readFileSync(new URL(name, TEXTURE_FOLDER))
  const drawn = drawTexture(texture)
  expect(kept.subarray(0, 33).equals(drawn.subarray(0, 33))).toBe(true)
  expect(unpacked(kept).equals(unpacked(drawn))).toBe(true)
})

test('the textures are small', () => {
  const sizes = Object.values(TEXTURES).map(texture => drawTexture(texture).length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000)
})

test('the faces of the sky meet without a seam', () => {
  const { height: edge, paint } = TEXTURES['sky.png']
  // Right edge of one face, left edge of the next on the way around: front, right, back, left.
  const around = [4, 0, 5, 1]
  around.forEach((face, i) => {
    const next = around[(i + 1) % around.length]
    for (let y = 0; y < edge; y++) {
      const [here, there] = [paint(face * edge + edge - 1, y), paint(next * edge, y)]
      const step = Math.max(...here.map((c, k) => Math.abs(c - there[k])))
      // Hills have edges; nothing else has.
      if (y < edge / 2 - 8) expect(step).toBeLessThan(0.12)
    }
  })
})
