/** 16-bit floating-point numbers (IEEE 754 binary16), which some exports take and give. */

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/** The nearest half, ties to even. */
export function halfOf(value: number): number {
  float[0] = value
  const sign = (bits[0] >>> 16) & 0x8000
  const magnitude = bits[0] & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  // From half way to the next power of two on, it is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // Below the smallest normal half: a multiple of 2^-24.
    const scaled = Math.abs(value) * 2 ** 24
    const floor = Math.floor(scaled)
    const rest = scaled - floor
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

export function valueOfHalf(half: number): number {
  const exponent = (half >>> 10) & 31
  const fraction = half & 0x3ff
  const sign = half & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}
