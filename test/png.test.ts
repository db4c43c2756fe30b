/** PNG files, read back by the rules of the format. */
import { crc32, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { encodePng } from '../src/png.ts'

/** Chunks by type, each with its checksum verified. */
function chunksOf(file: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(file)
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const body = bytes.subarray(at + 4, at + 8 + length)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += 12 + length
  }
  return chunks
}

/** RGBA or RGB, of rows that are plain or the difference to the row above. */
function decode(file: Uint8Array) {
  const chunks = chunksOf(file)
  const header = chunks.get('IHDR')!
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const channels = header[9] === 6 ? 4 : 3
  const rows = inflateSync(chunks.get('IDAT')!)
  const pixels = new Uint8Array(width * height * channels)
  const row = width * channels
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (row + 1)]
    for (let i = 0; i < row; i++) {
      const above = filter === 2 ? pixels[(y - 1) * row + i] : 0
      pixels[y * row + i] = rows[y * (row + 1) + 1 + i] + above
    }
  }
  return { width, height, channels, pixels, ends: chunks.has('IEND') }
}

const noise = (width: number, height: number, alpha: (i: number) => number): Uint8Array =>
  Uint8Array.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? alpha(i) : (i * 97 + (i >> 3)) % 256,
  )

test('pixels come back, with opacity where there is any', () => {
  const clear = noise(7, 5, i => i % 256)
  expect(decode(encodePng(clear, 7, 5))).toEqual({
    width: 7,
    height: 5,
    channels: 4,
    pixels: clear,
    ends: true,
  })
  const opaque = noise(7, 5, () => 255)
  const { channels, pixels } = decode(encodePng(opaque, 7, 5))
  expect(channels).toBe(3)
  expect(pixels).toEqual(opaque.filter((_, i) => i % 4 !== 3))
})

test('a picture of another size is refused', () => {
  expect(() => encodePng(new Uint8Array(16), 3, 3)).toThrow(RangeError)
})
