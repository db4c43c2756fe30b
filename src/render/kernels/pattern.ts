// The colour of a surface before light falls on it: plain, a checker, or a texture.
import {
  abs, add, all, and, div, FAR, ge, higher, laneOf, least, less, lower, lt, max, min, mul, neg, pick, sub,
} from './lanes'
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
  sample(texture, i32x4.splat(0), mask, u, v, area)
}

/** The six faces are textures one after the other: +x -x +y -y +z -z, turned as in OpenGL. */
export function paintCube(texture: usize, mask: v128, x: v128, y: v128, z: v128, area: v128): void {
  const ax = abs(x), ay = abs(y), az = abs(z)
  const onX = and(ge(ax, ay), ge(ax, az)), onY = less(ge(ay, az), onX)
  const depth = pick(onX, ax, pick(onY, ay, az))
  const across = pick(onX, x, pick(onY, y, z))
  // All ones on the faces x, y or z < 0.
  const back = lt(across, all(0))
  const turn = and(back, i32x4.splat(0x80000000))
  const s = pick(onX, neg(v128.xor(z, turn)), pick(onY, x, v128.xor(x, turn)))
  const t = pick(onY, v128.xor(z, turn), neg(y))
  const first = pick(onX, i32x4.splat(0), pick(onY, i32x4.splat(2), i32x4.splat(4)))
  const half = div(all(0.5), depth)
  // Half a texel from the edge, where the texture would begin anew.
  const edge = all(<f32>0.5 / <f32>load<i32>(texture))
  const u = min(max(add(mul(s, half), all(0.5)), edge), sub(all(1), edge))
  const v = min(max(add(mul(t, half), all(0.5)), edge), sub(all(1), edge))
  sample(texture, i32x4.sub(first, back), mask, u, v, mul(area, mul(half, half)))
}

// Texels of four lanes: red, green, blue and nothing.
let texel0: v128 = f32x4.splat(0)
let texel1: v128 = f32x4.splat(0)
let texel2: v128 = f32x4.splat(0)
let texel3: v128 = f32x4.splat(0)

/** Between the four nearest texels, of the two sizes of the texture that come nearest to a texel per pixel in the finest of the lanes. */
function sample(texture: usize, face: v128, mask: v128, u: v128, v: v128, area: v128): void {
  const finest = least(pick(mask, area, all(FAR)))
  const texels = higher<f32>(finest * <f32>load<i32>(texture) * <f32>load<i32>(texture, 4), 1)
  const level = lower<f32>(<f32>0.5 * log2of(texels), <f32>(load<i32>(texture, 8) - 1))
  const whole = <i32>level
  const x = sub(u, f32x4.floor(u)), y = sub(v, f32x4.floor(v))
  bilinear(texture, face, whole, x, y)
  const part = level - <f32>whole
  if (part > 0.01) {
    const a0 = texel0, a1 = texel1, a2 = texel2, a3 = texel3
    bilinear(texture, face, whole + 1, x, y)
    const p = all(part)
    texel0 = add(a0, mul(sub(texel0, a0), p))
    texel1 = add(a1, mul(sub(texel1, a1), p))
    texel2 = add(a2, mul(sub(texel2, a2), p))
    texel3 = add(a3, mul(sub(texel3, a3), p))
  }
  // From texels to colours.
  const a = v128.shuffle<f32>(texel0, texel1, 0, 4, 1, 5), b = v128.shuffle<f32>(texel2, texel3, 0, 4, 1, 5)
  const c = v128.shuffle<f32>(texel0, texel1, 2, 6, 3, 7), d = v128.shuffle<f32>(texel2, texel3, 2, 6, 3, 7)
  red = mul(red, v128.shuffle<f32>(a, b, 0, 1, 4, 5))
  green = mul(green, v128.shuffle<f32>(a, b, 2, 3, 6, 7))
  blue = mul(blue, v128.shuffle<f32>(c, d, 0, 1, 4, 5))
}

/** The exponent, and the mantissa as if the logarithm were straight between powers. */
@inline
function log2of(x: f32): f32 {
  const bits = reinterpret<i32>(x)
  return <f32>((bits >> 23) - 127) + reinterpret<f32>((bits & 0x7fffff) | 0x3f800000) - 1
}

/** Writes the texels at x, y, in parts of the texture's side. */
function bilinear(texture: usize, face: v128, level: i32, x: v128, y: v128): void {
  const w = higher(load<i32>(texture) >> level, 1), h = higher(load<i32>(texture, 4) >> level, 1)
  const px = around(x, all(<f32>w)), py = around(y, all(<f32>h))
  // Lanes that see something else may be anywhere.
  const column = within(i32x4.trunc_sat_f32x4_s(px), w), row = within(i32x4.trunc_sat_f32x4_s(py), h)
  const sx = sub(px, f32x4.convert_i32x4_s(column)), sy = sub(py, f32x4.convert_i32x4_s(row))
  const step = (w + 1) << 4
  const offset = i32x4.add(i32x4.mul(row, i32x4.splat(step)), i32x4.shl(column, 4))
  const table = texture + (level << 2)
  texel0 = texelAt(table, laneOf(face, 0), laneOf(offset, 0), step, v128.shuffle<f32>(sx, sx, 0, 0, 0, 0), v128.shuffle<f32>(sy, sy, 0, 0, 0, 0))
  texel1 = texelAt(table, laneOf(face, 1), laneOf(offset, 1), step, v128.shuffle<f32>(sx, sx, 1, 1, 1, 1), v128.shuffle<f32>(sy, sy, 1, 1, 1, 1))
  texel2 = texelAt(table, laneOf(face, 2), laneOf(offset, 2), step, v128.shuffle<f32>(sx, sx, 2, 2, 2, 2), v128.shuffle<f32>(sy, sy, 2, 2, 2, 2))
  texel3 = texelAt(table, laneOf(face, 3), laneOf(offset, 3), step, v128.shuffle<f32>(sx, sx, 3, 3, 3, 3), v128.shuffle<f32>(sy, sy, 3, 3, 3, 3))
}

/** In texels, from the middle of the first; before that lies the last. */
@inline
function around(x: v128, size: v128): v128 {
  const p = sub(mul(x, size), all(0.5))
  return add(p, and(lt(p, all(0)), size))
}
@inline
function within(index: v128, size: i32): v128 {
  return i32x4.max_s(i32x4.min_s(index, i32x4.splat(size - 1)), i32x4.splat(0))
}

@inline
function texelAt(table: usize, face: i32, offset: i32, step: i32, sx: v128, sy: v128): v128 {
  const at = load<usize>(table + face * TEXTURE_BYTES, LEVEL_AT) + offset
  const upper = v128.load(at), below = v128.load(at + step)
  const a = add(upper, mul(sub(v128.load(at, 16), upper), sx))
  const b = add(below, mul(sub(v128.load(at + step, 16), below), sx))
  return add(a, mul(sub(b, a), sy))
}
