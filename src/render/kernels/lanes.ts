// Four rays at a time: short names for 128-bit SIMD, one float or one mask per lane.

export const FAR: f32 = 1e30

@inline export function all(x: f32): v128 { return f32x4.splat(x) }
@inline export function add(a: v128, b: v128): v128 { return f32x4.add(a, b) }
@inline export function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b) }
@inline export function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b) }
@inline export function div(a: v128, b: v128): v128 { return f32x4.div(a, b) }
@inline export function min(a: v128, b: v128): v128 { return f32x4.pmin(a, b) }
@inline export function max(a: v128, b: v128): v128 { return f32x4.pmax(a, b) }
@inline export function root(a: v128): v128 { return f32x4.sqrt(a) }
@inline export function neg(a: v128): v128 { return f32x4.neg(a) }
@inline export function abs(a: v128): v128 { return f32x4.abs(a) }
@inline export function lt(a: v128, b: v128): v128 { return f32x4.lt(a, b) }
@inline export function gt(a: v128, b: v128): v128 { return f32x4.gt(a, b) }
@inline export function le(a: v128, b: v128): v128 { return f32x4.le(a, b) }
@inline export function ge(a: v128, b: v128): v128 { return f32x4.ge(a, b) }
@inline export function and(a: v128, b: v128): v128 { return v128.and(a, b) }
@inline export function or(a: v128, b: v128): v128 { return v128.or(a, b) }
/** a and not b. */
@inline export function less(a: v128, b: v128): v128 { return v128.andnot(a, b) }
@inline export function any(m: v128): bool { return v128.any_true(m) }
/** a where the mask is set, else b. */
@inline export function pick(m: v128, a: v128, b: v128): v128 { return v128.bitselect(a, b, m) }
@inline export function positive(a: v128): v128 { return max(a, all(0)) }
@inline export function unit(a: v128): v128 { return min(positive(a), all(1)) }
@inline export function dot(ax: v128, ay: v128, az: v128, bx: v128, by: v128, bz: v128): v128 {
  return add(add(mul(ax, bx), mul(ay, by)), mul(az, bz))
}
/** Product with the vector of three floats at `p`. */
@inline export function dotAt(p: usize, x: v128, y: v128, z: v128): v128 {
  return dot(v128.load32_splat(p), v128.load32_splat(p, 4), v128.load32_splat(p, 8), x, y, z)
}
@inline export function lane(a: v128, i: i32): f32 {
  return i == 0 ? f32x4.extract_lane(a, 0) : i == 1 ? f32x4.extract_lane(a, 1) : i == 2 ? f32x4.extract_lane(a, 2) : f32x4.extract_lane(a, 3)
}
@inline export function least(a: v128): f32 {
  const b = min(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1))
  return f32x4.extract_lane(min(b, v128.shuffle<f32>(b, b, 1, 0, 3, 2)), 0)
}
@inline export function most(a: v128): f32 {
  const b = max(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1))
  return f32x4.extract_lane(max(b, v128.shuffle<f32>(b, b, 1, 0, 3, 2)), 0)
}
@inline export function withLane(a: v128, i: i32, x: f32): v128 {
  return i == 0 ? f32x4.replace_lane(a, 0, x) : i == 1 ? f32x4.replace_lane(a, 1, x) : i == 2 ? f32x4.replace_lane(a, 2, x) : f32x4.replace_lane(a, 3, x)
}
@inline export function laneOf(a: v128, i: i32): i32 {
  return i == 0 ? i32x4.extract_lane(a, 0) : i == 1 ? i32x4.extract_lane(a, 1) : i == 2 ? i32x4.extract_lane(a, 2) : i32x4.extract_lane(a, 3)
}
/** The smaller and the larger of two numbers. */
@inline export function lower<T>(a: T, b: T): T { return a < b ? a : b }
@inline export function higher<T>(a: T, b: T): T { return a > b ? a : b }
