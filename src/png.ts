/** Pictures as PNG files (W3C, Portable Network Graphics, third edition). */
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
/** Colour type with and without opacity. */
const RGBA = 6
const RGB = 2

/** `pixels` RGBA [height, width, 4], row 0 on top. Opacity is left out when every pixel is opaque. */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  if (pixels.length !== 4 * width * height)
    throw new RangeError(`${pixels.length} bytes are not ${width} × ${height} pixels.`)
  const opaque = pixels.every((byte, i) => i % 4 !== 3 || byte === 255)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, opaque ? RGB : RGBA], 8)
  const data = deflateSync(filtered(pixels, width, height, opaque ? 3 : 4), { level: 9 })
  return new Uint8Array(
    Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]),
  )
}

/** Every row as its difference to the one above (filter 2), which is small in pictures of this kind. */
function filtered(pixels: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const row = 1 + channels * width
  const out = new Uint8Array(height * row)
  for (let y = 0; y < height; y++) {
    out[y * row] = y === 0 ? 0 : 2
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const at = 4 * (y * width + x) + c
        out[y * row + 1 + channels * x + c] = pixels[at] - (y === 0 ? 0 : pixels[at - 4 * width])
      }
    }
  }
  return out
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
