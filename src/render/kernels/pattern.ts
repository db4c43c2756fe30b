// The colour of a surface before light falls on it: plain, a checker, or a texture.
import { abs, add, all, div, higher, lane, lower, max, mul, sub, withLane } from './lanes'
import { COLOR, LEVEL_AT, SECOND, TEXTURE_BYTES } from './layout'

export let red: v128 = f32x4.splat(0)
export let green: v128 = f32x4.splat(0)
export let blue: v128 = f32x4.splat(0)

/** A pixel is never thinner than this many squares: the mean over it is a difference over its width. */
const THIN: f32 = 1e-4

/**
 * Squares of two colours. A pixel shows the mean of a square wave over its width, which is the difference of the wave's
 * integral, a triangle, over the width: sharp near by, even far away. Places and widths in squares.
 */
@inline
export function paintChecker(g: usize, x: v128, y: v128, wide: v128, high: v128): void {
  const wave = mul(waveOver(x, max(wide, all(THIN))), waveOver(y, max(high, all(THIN))))
  const part = add(all(0.5), mul(all(0.5), wave))
  red = add(red, mul(sub(v128.load32_splat(g, SECOND), red), part))
  green = add(green, mul(sub(v128.load32_splat(g, SECOND + 4), green), part))
  blue = add(blue, mul(sub(v128.load32_splat(g, SECOND + 8), blue), part))
}

@inline
function waveOver(x: v128, width: v128): v128 {
  const half = mul(all(0.5), width)
  return div(sub(triangle(add(x, half)), triangle(sub(x, half))), width)
}
@inline
function triangle(x: v128): v128 {
  return abs(sub(sub(x, mul(all(2), f32x4.floor(mul(x, all(0.5))))), all(1)))
}

/** The plain colour. */
@inline
export function paintPlain(g: usize): void {
  red = v128.load32_splat(g, COLOR)
  green = v128.load32_splat(g, COLOR + 4)
  blue = v128.load32_splat(g, COLOR + 8)
}

/** Multiplied by what the texture shows at u, v; the area of a pixel is given in parts of the texture's. */
export function paintImage(texture: usize, mask: v128, u: v128, v: v128, area: v128): void {
  const bits = i32x4.bitmask(mask)
  let r = all(1), g = r, b = r
  for (let i = 0; i < 4; i++) {
    if (!(bits & (1 << i))) continue
    const texel = sample(texture, lane(u, i), lane(v, i), lane(area, i))
    r = withLane(r, i, f32x4.extract_lane(texel, 0))
    g = withLane(g, i, f32x4.extract_lane(texel, 1))
    b = withLane(b, i, f32x4.extract_lane(texel, 2))
  }
  red = mul(red, r)
  green = mul(green, g)
  blue = mul(blue, b)
}

/** The six faces are textures one after the other: +x -x +y -y +z -z, turned as in OpenGL. */
export function paintCube(texture: usize, mask: v128, x: v128, y: v128, z: v128, area: v128): void {
  const bits = i32x4.bitmask(mask)
  let r = all(1), g = r, b = r
  for (let i = 0; i < 4; i++) {
    if (!(bits & (1 << i))) continue
    const px = lane(x, i), py = lane(y, i), pz = lane(z, i)
    const ax = Mathf.abs(px), ay = Mathf.abs(py), az = Mathf.abs(pz)
    let face = 0, s: f32, t: f32, m: f32
    if (ax >= ay && ax >= az) {
      face = px > 0 ? 0 : 1
      s = px > 0 ? -pz : pz
      t = -py
      m = ax
    } else if (ay >= az) {
      face = py > 0 ? 2 : 3
      s = px
      t = py > 0 ? pz : -pz
      m = ay
    } else {
      face = pz > 0 ? 4 : 5
      s = pz > 0 ? px : -px
      t = -py
      m = az
    }
    const half = <f32>0.5 / m
    // Half a texel from the edge, where the texture would begin anew.
    const edge = <f32>0.5 / <f32>load<i32>(texture)
    const a = lower<f32>(higher<f32>(s * half + 0.5, edge), 1 - edge), c = lower<f32>(higher<f32>(t * half + 0.5, edge), 1 - edge)
    const texel = sample(texture + face * TEXTURE_BYTES, a, c, lane(area, i) * half * half)
    r = withLane(r, i, f32x4.extract_lane(texel, 0))
    g = withLane(g, i, f32x4.extract_lane(texel, 1))
    b = withLane(b, i, f32x4.extract_lane(texel, 2))
  }
  red = mul(red, r)
  green = mul(green, g)
  blue = mul(blue, b)
}

/** Between the four nearest texels, of the two sizes of the texture that are nearest to a texel per pixel. */
function sample(texture: usize, u: f32, v: f32, area: f32): v128 {
  const texels = higher<f32>(area * <f32>load<i32>(texture) * <f32>load<i32>(texture, 4), 1)
  const level = lower<f32>(<f32>0.5 * log2of(texels), <f32>(load<i32>(texture, 8) - 1))
  const whole = <i32>level
  const a = bilinear(texture, whole, u, v)
  const part = level - <f32>whole
  if (part < 0.01) return a
  return add(a, mul(sub(bilinear(texture, whole + 1, u, v), a), all(part)))
}

/** The exponent, and the mantissa as if the logarithm were straight between powers. */
@inline
function log2of(x: f32): f32 {
  const bits = reinterpret<i32>(x)
  return <f32>((bits >> 23) - 127) + reinterpret<f32>((bits & 0x7fffff) | 0x3f800000) - 1
}

function bilinear(texture: usize, level: i32, u: f32, v: f32): v128 {
  const w = higher(load<i32>(texture) >> level, 1), h = higher(load<i32>(texture, 4) >> level, 1)
  const x = (u - Mathf.floor(u)) * <f32>w - 0.5, y = (v - Mathf.floor(v)) * <f32>h - 0.5
  const fx = x < 0 ? x + <f32>w : x, fy = y < 0 ? y + <f32>h : y
  const column = lower(<i32>fx, w - 1), row = lower(<i32>fy, h - 1)
  const step = (w + 1) << 4
  const at = load<usize>(texture + (level << 2), LEVEL_AT) + row * step + (column << 4)
  const sx = all(fx - <f32>column), sy = all(fy - <f32>row)
  const upper = v128.load(at), lower = v128.load(at + step)
  const a = add(upper, mul(sub(v128.load(at, 16), upper), sx))
  const b = add(lower, mul(sub(v128.load(at + step, 16), lower), sx))
  return add(a, mul(sub(b, a), sy))
}
