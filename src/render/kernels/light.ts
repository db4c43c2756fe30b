// What a surface looks like: sun with shadow, light from all of the sky, gloss, haze. Linear light inside, sRGB outside.
import {
  abs, add, all, and, any, div, dot, dotAt, FAR, gt, lane, less, lt, max, mul, neg, or, positive, root, sub, unit,
  withLane,
} from './lanes'
import {
  ABOVE_COLOR, ACROSS_U, ACROSS_V, AXIS_X, AXIS_Y, AXIS_Z, BELOW_COLOR, CHECKER, CUBE, EMISSION, EYE_OWN, GEOM_AT,
  GEOM_BYTES, GLOSS, GLOSS_FROM, GLOSS_NORM, GLOSS_SQUARINGS, HAZE_COLOR, HAZE_FROM, HAZE_RATE, IMAGE, MESH, PATTERN,
  PIXEL, PLACE, PLAIN, RECT, SCALE, SKY_AT, SKY_COUNT, SUN_COLOR, SUN_LOCAL, SUN_OWN, TEXTURE, TYPE, WORLD_UP,
} from './layout'
import { blendCorners, cornerU, cornerV, smoothX, smoothY, smoothZ } from './mesh'
import { blue, green, paintChecker, paintCube, paintImage, paintPlain, red } from './pattern'
import { findNormal, meet, normalX, normalY, normalZ } from './shapes'

/** A shadow's ray starts this far off its surface, m. */
const LIFT: f32 = 2e-3
const NEAR: f32 = 1e-4

export let shownRed: v128 = f32x4.splat(0)
export let shownGreen: v128 = f32x4.splat(0)
export let shownBlue: v128 = f32x4.splat(0)

/** Rays (x, y, 1) that meet nothing. */
export function showSky(x: v128, y: v128): void {
  const last = load<i32>(SKY_COUNT) - 1
  const first = load<usize>(SKY_AT)
  if (last == 0) {
    shownRed = v128.load32_splat(first)
    shownGreen = v128.load32_splat(first, 4)
    shownBlue = v128.load32_splat(first, 8)
    return
  }
  const up = div(dotAt(WORLD_UP, x, y, all(1)), root(dot(x, y, all(1), x, y, all(1))))
  const place = mul(unit(add(mul(up, all(0.5)), all(0.5))), all(<f32>last - 0.001))
  for (let i = 0; i < 4; i++) {
    const at = lane(place, i)
    const below = first + (<i32>at << 4)
    const a = v128.load(below)
    const color = add(a, mul(sub(v128.load(below, 16), a), all(at - <f32><i32>at)))
    shownRed = withLane(shownRed, i, f32x4.extract_lane(color, 0))
    shownGreen = withLane(shownGreen, i, f32x4.extract_lane(color, 1))
    shownBlue = withLane(shownBlue, i, f32x4.extract_lane(color, 2))
  }
}

/** The surface of one geom in the masked lanes, at distance t along rays (x, y, 1): writes the colours shown, 0…1. */
export function showSurface(
  g: usize, mask: v128, t: v128, x: v128, y: v128, triangle: v128, casters: usize, count: i32,
): void {
  const type = load<i32>(g, TYPE), pattern = load<i32>(g, PATTERN)
  // The ray and the point in the geom's own frame.
  const rx = dotAt(g + AXIS_X, x, y, all(1)), ry = dotAt(g + AXIS_Y, x, y, all(1)), rz = dotAt(g + AXIS_Z, x, y, all(1))
  const lx = add(v128.load32_splat(g, EYE_OWN), mul(rx, t))
  const ly = add(v128.load32_splat(g, EYE_OWN + 4), mul(ry, t))
  const lz = add(v128.load32_splat(g, EYE_OWN + 8), mul(rz, t))
  if (type == MESH) {
    blendCorners(g, mask, triangle, lx, ly, lz)
    // Seen from behind, it faces the eye all the same.
    const flip = and(gt(dot(smoothX, smoothY, smoothZ, rx, ry, rz), all(0)), i32x4.splat(0x80000000))
    normalX = v128.xor(smoothX, flip)
    normalY = v128.xor(smoothY, flip)
    normalZ = v128.xor(smoothZ, flip)
  } else {
    findNormal(g, type, lx, ly, lz)
  }
  const nx = across(g, 0), ny = across(g, 4), nz = across(g, 8)
  const ahead = dot(nx, ny, nz, x, y, all(1))

  paintPlain(g)
  if (pattern != PLAIN) paint(g, pattern, mask, t, lx, ly, lz, rx, ry, nx, ny, ahead)

  // Light of the sky: between what comes from above and from below.
  const up = add(mul(dotAt(WORLD_UP, nx, ny, nz), all(0.5)), all(0.5))
  let lightRed = between(BELOW_COLOR, ABOVE_COLOR, up)
  let lightGreen = between(BELOW_COLOR + 4, ABOVE_COLOR + 4, up)
  let lightBlue = between(BELOW_COLOR + 8, ABOVE_COLOR + 8, up)
  let shine = all(0)

  const facing = dotAt(SUN_LOCAL, nx, ny, nz)
  let lit = and(mask, gt(facing, all(0)))
  if (any(lit)) {
    const px = mul(x, t), py = mul(y, t)
    if (count > 0) {
      const lift = all(LIFT)
      lit = less(lit, inShadow(add(px, mul(nx, lift)), add(py, mul(ny, lift)), add(t, mul(nz, lift)), lit, casters, count))
    }
    const sun = and(lit, facing)
    lightRed = add(lightRed, mul(sun, v128.load32_splat(SUN_COLOR)))
    lightGreen = add(lightGreen, mul(sun, v128.load32_splat(SUN_COLOR + 4)))
    lightBlue = add(lightBlue, mul(sun, v128.load32_splat(SUN_COLOR + 8)))
    if (load<f32>(g, GLOSS) > 0) shine = gloss(g, sun, x, y, nx, ny, nz)
  }
  const glow = v128.load32_splat(g, EMISSION)
  shownRed = display(add(mul(red, add(lightRed, glow)), mul(shine, v128.load32_splat(SUN_COLOR))))
  shownGreen = display(add(mul(green, add(lightGreen, glow)), mul(shine, v128.load32_splat(SUN_COLOR + 4))))
  shownBlue = display(add(mul(blue, add(lightBlue, glow)), mul(shine, v128.load32_splat(SUN_COLOR + 8))))
  const deep = mul(sub(t, v128.load32_splat(HAZE_FROM)), v128.load32_splat(HAZE_RATE))
  if (any(and(mask, gt(deep, all(0))))) haze(unit(deep))
}

/** A component of the normal in the camera's frame. */
@inline
function across(g: usize, component: usize): v128 {
  const p = g + component
  return add(add(mul(v128.load32_splat(p, AXIS_X), normalX), mul(v128.load32_splat(p, AXIS_Y), normalY)), mul(v128.load32_splat(p, AXIS_Z), normalZ))
}

@inline
function between(from: usize, to: usize, part: v128): v128 {
  const a = v128.load32_splat(from)
  return add(a, mul(sub(v128.load32_splat(to), a), part))
}

function paint(
  g: usize, pattern: i32, mask: v128, t: v128, lx: v128, ly: v128, lz: v128, rx: v128, ry: v128, nx: v128, ny: v128, ahead: v128,
): void {
  const pixel = mul(t, v128.load32_splat(PIXEL))
  const sx = v128.load32_splat(g, SCALE), sy = v128.load32_splat(g, SCALE + 4)
  if (pattern == CHECKER || pattern == IMAGE) {
    // How far the point moves over the surface from one pixel to the next, sideways and upwards.
    const kx = div(nx, ahead), ky = div(ny, ahead)
    const xx = abs(sub(v128.load32_splat(g, AXIS_X), mul(kx, rx))), xy = abs(sub(v128.load32_splat(g, AXIS_X + 4), mul(ky, rx)))
    const yx = abs(sub(v128.load32_splat(g, AXIS_Y), mul(kx, ry))), yy = abs(sub(v128.load32_splat(g, AXIS_Y + 4), mul(ky, ry)))
    const wide = mul(abs(sx), mul(pixel, add(xx, xy))), high = mul(abs(sy), mul(pixel, add(yx, yy)))
    if (pattern == CHECKER) paintChecker(g, mul(lx, sx), mul(ly, sy), wide, high)
    else paintImage(load<usize>(g, TEXTURE), mask, sub(mul(lx, sx), all(0.5)), neg(add(mul(ly, sy), all(0.5))), mul(wide, high))
    return
  }
  const slant = max(abs(ahead), all(0.05))
  if (pattern == CUBE) {
    const sz = v128.load32_splat(g, SCALE + 8)
    paintCube(load<usize>(g, TEXTURE), mask, mul(lx, sx), mul(ly, sy), mul(lz, sz), div(mul(mul(pixel, pixel), mul(sx, sy)), slant))
  } else {
    paintImage(load<usize>(g, TEXTURE), mask, cornerU, cornerV, div(mul(mul(pixel, pixel), mul(sx, sx)), slant))
  }
}

/** Which of the masked points the sun does not reach. */
function inShadow(px: v128, py: v128, pz: v128, mask: v128, casters: usize, count: i32): v128 {
  const u = dotAt(ACROSS_U, px, py, pz), v = dotAt(ACROSS_V, px, py, pz)
  const geoms = load<usize>(GEOM_AT)
  let dark = all(0)
  let open = mask
  for (let k = 0; k < count; k++) {
    const g = geoms + <usize>load<u16>(casters + (k << 1)) * GEOM_BYTES
    const within = and(and(gt(u, v128.load32_splat(g, RECT)), lt(u, v128.load32_splat(g, RECT + 4))), and(gt(v, v128.load32_splat(g, RECT + 8)), lt(v, v128.load32_splat(g, RECT + 12))))
    const asked = and(open, within)
    if (!any(asked)) continue
    const cx = sub(px, v128.load32_splat(g, PLACE)), cy = sub(py, v128.load32_splat(g, PLACE + 4)), cz = sub(pz, v128.load32_splat(g, PLACE + 8))
    const t = meet(
      g, dotAt(g + AXIS_X, cx, cy, cz), dotAt(g + AXIS_Y, cx, cy, cz), dotAt(g + AXIS_Z, cx, cy, cz),
      v128.load32_splat(g, SUN_OWN), v128.load32_splat(g, SUN_OWN + 4), v128.load32_splat(g, SUN_OWN + 8), all(NEAR), all(FAR), true,
    )
    const hit = and(asked, lt(t, all(FAR)))
    dark = or(dark, hit)
    open = less(open, hit)
    if (!any(open)) break
  }
  return dark
}

/** Blinn and Phong's highlight, with Schlick's rise towards grazing light. */
function gloss(g: usize, sun: v128, x: v128, y: v128, nx: v128, ny: v128, nz: v128): v128 {
  const length = div(all(-1), root(dot(x, y, all(1), x, y, all(1))))
  // Towards the eye, and half way from there to the sun.
  const vx = mul(x, length), vy = mul(y, length), vz = length
  const hx = add(vx, v128.load32_splat(SUN_LOCAL)), hy = add(vy, v128.load32_splat(SUN_LOCAL + 4)), hz = add(vz, v128.load32_splat(SUN_LOCAL + 8))
  const square = dot(hx, hy, hz, hx, hy, hz)
  const cosine = positive(dot(nx, ny, nz, hx, hy, hz))
  let power = div(mul(cosine, cosine), square)
  if (!any(and(gt(sun, all(0)), gt(power, v128.load32_splat(g, GLOSS_FROM))))) return all(0)
  for (let k = load<i32>(g, GLOSS_SQUARINGS); k > 1; k--) power = mul(power, power)
  const away = positive(sub(all(1), div(dot(vx, vy, vz, hx, hy, hz), root(square))))
  const away2 = mul(away, away)
  const base = v128.load32_splat(g, GLOSS)
  const reflected = add(base, mul(sub(all(1), base), mul(mul(away2, away2), away)))
  return mul(mul(sun, reflected), mul(power, v128.load32_splat(g, GLOSS_NORM)))
}

/** sRGB's curve within 1/500, by roots: a fit of x^½, x^¼ and x^⅛. */
@inline
function display(linear: v128): v128 {
  const x = unit(linear)
  const r2 = root(x)
  const r4 = root(r2)
  const r8 = root(r4)
  return unit(sub(add(mul(r2, all(0.662002687)), mul(r4, all(0.68412206))), add(mul(r8, all(0.323583601)), mul(x, all(0.022541147)))))
}

@inline
function haze(part: v128): void {
  const s = mul(mul(part, part), sub(all(3), add(part, part)))
  shownRed = add(shownRed, mul(sub(v128.load32_splat(HAZE_COLOR), shownRed), s))
  shownGreen = add(shownGreen, mul(sub(v128.load32_splat(HAZE_COLOR + 4), shownGreen), s))
  shownBlue = add(shownBlue, mul(sub(v128.load32_splat(HAZE_COLOR + 8), shownBlue), s))
}
