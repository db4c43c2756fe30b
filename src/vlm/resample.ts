/**
 * Resizes pictures exactly as Pillow does, with which dual encoders were trained: separable filters that widen when a
 * picture shrinks, and whole-number weights of 22 fractional bits. The bytes are Pillow's own.
 */

export type Filter = 'bilinear' | 'bicubic' | 'lanczos'

export interface Picture {
  /** [height, width, channels], row 0 on top. */
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  /** 3, or more of which the first 3 are red, green and blue. */
  readonly channels: number
}

/** Weight at a distance from the centre, and the distance from which on it is 0; in pixels of the coarser picture. */
interface Kernel {
  readonly reach: number
  weight(distance: number): number
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI))

const KERNELS: { readonly [filter in Filter]: Kernel } = {
  bilinear: { reach: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  // Keys, 1981, with a = -1/2.
  bicubic: {
    reach: 2,
    weight: x => {
      const d = Math.abs(x)
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0
    },
  },
  lanczos: { reach: 3, weight: x => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** Fractional bits of weights: what 8-bit pixels leave free in 32 bits, less a sign and one bit for overshoot. */
const BITS = 22
const HALF = 1 << (BITS - 1)

/** How each pixel of a line is mixed. */
interface Taps {
  /** [to] first pixel of the source. */
  readonly first: Int32Array
  /** [to] pixels of the source. */
  readonly count: Int32Array
  /** [to, most] weights; those of a pixel add up to about 2^22. */
  readonly weights: Int32Array
  readonly most: number
}

function tapsOf(from: number, to: number, filter: Filter): Taps {
  const { reach, weight } = KERNELS[filter]
  const step = from / to
  const stretch = Math.max(step, 1)
  const support = reach * stretch
  const most = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * most)
  const exact = new Float64Array(most)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * step
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    let total = 0
    for (let k = 0; k < end - start; k++) {
      exact[k] = weight((k + start - centre + 0.5) * (1 / stretch))
      total += exact[k]
    }
    first[i] = start
    count[i] = end - start
    for (let k = 0; k < end - start; k++) {
      const share = total === 0 ? exact[k] : exact[k] / total
      weights[i * most + k] = Math.trunc((share < 0 ? -0.5 : 0.5) + share * (1 << BITS))
    }
  }
  return { first, count, weights, most }
}

const clamp = (sum: number): number => Math.max(0, Math.min(255, sum >> BITS))

/** Where a pass reads and writes, in bytes: along a line, and from line to line. */
interface Strides {
  readonly along: number
  readonly across: number
}

/** Mixes the pixels of every line; `to` holds 3 channels. */
function mixLines(
  from: Uint8Array,
  read: Strides,
  to: Uint8Array,
  write: Strides,
  { first, count, weights, most }: Taps,
  lines: number,
): void {
  for (let line = 0; line < lines; line++) {
    let out = line * write.across
    for (let i = 0; i < first.length; i++, out += write.along) {
      let at = line * read.across + first[i] * read.along
      let w = i * most
      let red = HALF
      let green = HALF
      let blue = HALF
      for (const end = w + count[i]; w < end; w++, at += read.along) {
        const weight = weights[w]
        red = (red + Math.imul(from[at], weight)) | 0
        green = (green + Math.imul(from[at + 1], weight)) | 0
        blue = (blue + Math.imul(from[at + 2], weight)) | 0
      }
      to[out] = clamp(red)
      to[out + 1] = clamp(green)
      to[out + 2] = clamp(blue)
    }
  }
}

/** Resizes pictures of one size to another; what does not depend on the picture is made once. */
export class Resampler {
  readonly width: number
  readonly height: number
  private readonly from: { readonly width: number; readonly height: number }
  private readonly rows: Taps
  private readonly columns: Taps
  /** [from.height, width, 3] */
  private readonly between: Uint8Array
  private readonly out: Uint8Array

  constructor(
    from: { readonly width: number; readonly height: number },
    to: { readonly width: number; readonly height: number },
    filter: Filter,
  ) {
    this.from = from
    this.width = to.width
    this.height = to.height
    this.rows = tapsOf(from.width, to.width, filter)
    this.columns = tapsOf(from.height, to.height, filter)
    this.between = new Uint8Array(from.height * to.width * 3)
    this.out = new Uint8Array(to.height * to.width * 3)
  }

  /** Red, green and blue of the resized picture; overwritten by the next call. A picture of the right size comes back as it is. */
  resize(picture: Picture): Picture {
    const { width, height, from } = this
    if (width === from.width && height === from.height) return picture
    const { bytes, channels } = picture
    const line = width * 3
    mixLines(
      bytes,
      { along: channels, across: from.width * channels },
      this.between,
      { along: 3, across: line },
      this.rows,
      from.height,
    )
    mixLines(
      this.between,
      { along: line, across: 3 },
      this.out,
      { along: line, across: 3 },
      this.columns,
      width,
    )
    return { bytes: this.out, width, height, channels: 3 }
  }
}
