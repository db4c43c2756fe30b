// The picture: tile by tile, four rays at a time, and then again, finer, where neighbouring pixels differ.
import { add, all, and, any, FAR, dotAt, laneOf, least, less, lt, max, min, most, mul, or, pick, sub } from './lanes'
import {
  ACROSS_U, ACROSS_V, ALPHA, ANTIALIAS, AXIS_X, AXIS_Y, AXIS_Z, CASTER_AT, CASTS, CAST_RECT, CLEAR_AT, COLOR_AT,
  COUNT_AT, DEPTH_AT, EDGE_AT, EYE_OWN, GEOM_AT, GEOM_BYTES, GEOMS, HEIGHT, ID_AT, MESH, OPAQUE_AT, PIXEL, RECT,
  SHADOW, SUN_LOCAL, TAN_X, TAN_Y, TILE, TYPE, WIDTH,
} from './layout'
import { shownBlue, shownGreen, shownRed, showSky, showSurface } from './light'
import { metTriangle } from './mesh'
import { NEAR, setUp } from './setup'
import { meet } from './shapes'

// What four rays met last: how far off, which geom, which of its triangles.
let distance: v128 = f32x4.splat(0)
let geom: v128 = i32x4.splat(-1)
let triangle: v128 = i32x4.splat(0)

// The tile at hand: its lists and their lengths.
let opaque: usize = 0
let clear: usize = 0
let casters: usize = 0
let opaques: i32 = 0
let clears: i32 = 0
let castings: i32 = 0

export function render(): void {
  setUp()
  const columns = load<i32>(WIDTH) / TILE, rows = load<i32>(HEIGHT) / TILE
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) drawTile(column, row, columns)
  }
  if (!load<i32>(ANTIALIAS)) return
  markEdges()
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) smoothTile(column, row, columns)
  }
}

function openTile(tile: i32): void {
  const start = (tile * load<i32>(GEOMS)) << 1
  const counts = load<usize>(COUNT_AT) + tile * 12
  opaque = load<usize>(OPAQUE_AT) + start
  clear = load<usize>(CLEAR_AT) + start
  casters = load<usize>(CASTER_AT) + start
  opaques = load<i32>(counts)
  clears = load<i32>(counts, 4)
  castings = load<i32>(counts, 8)
}

function drawTile(column: i32, row: i32, columns: i32): void {
  const tile = row * columns + column
  openTile(tile)
  const width = load<i32>(WIDTH)
  const pixel = load<f32>(PIXEL)
  const lanes = f32x4(0.5, 1.5, 2.5, 3.5)
  let x0 = all(FAR), x1 = all(-FAR), y0 = x0, y1 = x1, z0 = x0, z1 = x1
  for (let j = 0; j < TILE; j++) {
    const y = all(load<f32>(TAN_Y) - pixel * (<f32>(row * TILE + j) + 0.5))
    for (let i = 0; i < TILE; i += 4) {
      const x = sub(mul(add(all(<f32>(column * TILE + i)), lanes), all(pixel)), all(load<f32>(TAN_X)))
      trace(x, y)
      const at = ((row * TILE + j) * width + column * TILE + i) << 2
      v128.store(load<usize>(DEPTH_AT) + at, distance)
      v128.store(load<usize>(ID_AT) + at, geom)
      v128.store(load<usize>(EDGE_AT) + at, triangle)
      const on = lt(distance, all(FAR))
      const px = mul(x, distance), py = mul(y, distance)
      x0 = pick(on, min(x0, px), x0)
      x1 = pick(on, max(x1, px), x1)
      y0 = pick(on, min(y0, py), y0)
      y1 = pick(on, max(y1, py), y1)
      z0 = pick(on, min(z0, distance), z0)
      z1 = pick(on, max(z1, distance), z1)
    }
  }
  if (load<i32>(SHADOW) && least(z0) < FAR) {
    findCasters(tile, least(x0), most(x1), least(y0), most(y1), least(z0), most(z1))
  }
  for (let j = 0; j < TILE; j++) {
    const y = all(load<f32>(TAN_Y) - pixel * (<f32>(row * TILE + j) + 0.5))
    for (let i = 0; i < TILE; i += 4) {
      const x = sub(mul(add(all(<f32>(column * TILE + i)), lanes), all(pixel)), all(load<f32>(TAN_X)))
      const at = ((row * TILE + j) * width + column * TILE + i) << 2
      distance = v128.load(load<usize>(DEPTH_AT) + at)
      geom = v128.load(load<usize>(ID_AT) + at)
      triangle = v128.load(load<usize>(EDGE_AT) + at)
      shade(x, y)
      v128.store(load<usize>(COLOR_AT) + at, packed())
      if (clears > 0) {
        v128.store(load<usize>(DEPTH_AT) + at, distance)
        v128.store(load<usize>(ID_AT) + at, geom)
      }
    }
  }
}

/** Rays (x, y, 1) from the eye against the tile's opaque geoms. */
function trace(x: v128, y: v128): void {
  distance = all(FAR)
  geom = i32x4.splat(-1)
  const geoms = load<usize>(GEOM_AT)
  for (let k = 0; k < opaques; k++) {
    const i = <i32>load<u16>(opaque + (k << 1))
    const g = geoms + i * GEOM_BYTES
    const t = meetFromEye(g, x, y)
    const nearer = lt(t, distance)
    distance = pick(nearer, t, distance)
    geom = pick(nearer, i32x4.splat(i), geom)
    if (load<i32>(g, TYPE) == MESH) triangle = pick(nearer, metTriangle, triangle)
  }
}

@inline
function meetFromEye(g: usize, x: v128, y: v128): v128 {
  return meet(
    g, v128.load32_splat(g, EYE_OWN), v128.load32_splat(g, EYE_OWN + 4), v128.load32_splat(g, EYE_OWN + 8),
    dotAt(g + AXIS_X, x, y, all(1)), dotAt(g + AXIS_Y, x, y, all(1)), dotAt(g + AXIS_Z, x, y, all(1)), all(NEAR), distance, false,
  )
}

let pictureRed: v128 = f32x4.splat(0)
let pictureGreen: v128 = f32x4.splat(0)
let pictureBlue: v128 = f32x4.splat(0)

/** Colours of what the rays met; then of what is seen through, which becomes what they met where it is nearer. */
function shade(x: v128, y: v128): void {
  const geoms = load<usize>(GEOM_AT)
  let open = lt(distance, all(FAR))
  if (!i32x4.all_true(open)) {
    showSky(x, y)
    take(i32x4.splat(-1))
  }
  const behind = distance
  while (any(open)) {
    const i = laneOf(geom, ctz(i32x4.bitmask(open)))
    const mask = and(open, i32x4.eq(geom, i32x4.splat(i)))
    open = less(open, mask)
    showSurface(geoms + i * GEOM_BYTES, mask, behind, x, y, triangle, casters, castings)
    take(mask)
  }
  for (let k = 0; k < clears; k++) {
    const i = <i32>load<u16>(clear + (k << 1))
    const g = geoms + i * GEOM_BYTES
    const saved = distance
    distance = behind
    const t = meetFromEye(g, x, y)
    distance = saved
    const mask = lt(t, behind)
    if (!any(mask)) continue
    showSurface(g, mask, t, x, y, metTriangle, casters, 0)
    blend(mask, v128.load32_splat(g, ALPHA))
    const nearer = lt(t, distance)
    distance = pick(nearer, t, distance)
    geom = pick(nearer, i32x4.splat(i), geom)
  }
}

@inline
function take(mask: v128): void {
  pictureRed = pick(mask, shownRed, pictureRed)
  pictureGreen = pick(mask, shownGreen, pictureGreen)
  pictureBlue = pick(mask, shownBlue, pictureBlue)
}

@inline
function blend(mask: v128, alpha: v128): void {
  const part = and(mask, alpha)
  pictureRed = add(pictureRed, mul(sub(shownRed, pictureRed), part))
  pictureGreen = add(pictureGreen, mul(sub(shownGreen, pictureGreen), part))
  pictureBlue = add(pictureBlue, mul(sub(shownBlue, pictureBlue), part))
}

/** Four pixels of four bytes. */
@inline
function packed(): v128 {
  const r = bytes(pictureRed), g = bytes(pictureGreen), b = bytes(pictureBlue)
  return or(or(r, i32x4.shl(g, 8)), or(i32x4.shl(b, 16), i32x4.splat(0xff000000)))
}
@inline
function bytes(a: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(add(mul(a, all(255)), all(0.5)))
}

/** Which geoms may throw a shadow on the tile's points, which are within these bounds. */
function findCasters(tile: i32, x0: f32, x1: f32, y0: f32, y1: f32, z0: f32, z1: f32): void {
  const x = (x0 + x1) * 0.5, y = (y0 + y1) * 0.5, z = (z0 + z1) * 0.5
  // With room for the rays between the pixels' centres.
  const dx = (x1 - x0) * 0.58 + 3e-3, dy = (y1 - y0) * 0.58 + 3e-3, dz = (z1 - z0) * 0.58 + 3e-3
  const u = on(ACROSS_U, x, y, z), du = span(ACROSS_U, dx, dy, dz)
  const v = on(ACROSS_V, x, y, z), dv = span(ACROSS_V, dx, dy, dz)
  if (u - du > load<f32>(CAST_RECT, 4) || u + du < load<f32>(CAST_RECT) || v - dv > load<f32>(CAST_RECT, 12) || v + dv < load<f32>(CAST_RECT, 8)) return
  const low = on(SUN_LOCAL, x, y, z) - span(SUN_LOCAL, dx, dy, dz)
  const geoms = load<usize>(GEOM_AT), count = load<i32>(GEOMS)
  for (let i = 0; i < count; i++) {
    const g = geoms + i * GEOM_BYTES
    if (!load<i32>(g, CASTS)) continue
    if (u - du > load<f32>(g, RECT + 4) || u + du < load<f32>(g, RECT)) continue
    if (v - dv > load<f32>(g, RECT + 12) || v + dv < load<f32>(g, RECT + 8) || low > load<f32>(g, RECT + 16)) continue
    store<u16>(casters + (castings++ << 1), <u16>i)
  }
  store<i32>(load<usize>(COUNT_AT) + tile * 12, castings, 8)
}
@inline function on(d: usize, x: f32, y: f32, z: f32): f32 {
  return x * load<f32>(d) + y * load<f32>(d, 4) + z * load<f32>(d, 8)
}
@inline function span(d: usize, x: f32, y: f32, z: f32): f32 {
  return x * Mathf.abs(load<f32>(d)) + y * Mathf.abs(load<f32>(d, 4)) + z * Mathf.abs(load<f32>(d, 8))
}

/** Neighbours whose colours differ by more than this, of 255, are smoothed. */
const CONTRAST: i32 = 20

/** One byte per pixel: not 0 where it differs from one of its four neighbours. */
function markEdges(): void {
  const width = load<i32>(WIDTH), height = load<i32>(HEIGHT)
  const colors = load<usize>(COLOR_AT), edges = load<usize>(EDGE_AT)
  memory.fill(edges, 0, width * height)
  for (let y = 0; y < height; y++) {
    const row = colors + ((y * width) << 2), marks = edges + y * width
    for (let x = 0; x < width; x += 4) {
      const here = v128.load(row + (x << 2))
      const right = differ(here, v128.load(row + (x << 2), 4)) & (x + 4 < width ? 15 : 7)
      const below = y + 1 < height ? differ(here, v128.load(row + ((x + width) << 2))) : 0
      if (!(right | below)) continue
      for (let k = 0; k < 4; k++) {
        const bit = 1 << k
        if (right & bit) {
          store<u8>(marks + x + k, 1)
          store<u8>(marks + x + k, 1, 1)
        }
        if (below & bit) {
          store<u8>(marks + x + k, 1)
          store<u8>(marks + x + k + width, 1)
        }
      }
    }
  }
}
@inline
function differ(a: v128, b: v128): i32 {
  const apart = or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a))
  return i32x4.bitmask(i32x4.ne(i8x16.sub_sat_u(apart, i8x16.splat(<i8>CONTRAST)), i32x4.splat(0)))
}

/** The mean of four rays, on a turned grid, for each marked pixel. */
function smoothTile(column: i32, row: i32, columns: i32): void {
  const width = load<i32>(WIDTH)
  const marks = load<usize>(EDGE_AT) + row * TILE * width + column * TILE
  const pixel = load<f32>(PIXEL)
  let opened = false
  for (let j = 0; j < TILE; j++) {
    if (load<u64>(marks + j * width) == 0) continue
    if (!opened) openTile(row * columns + column)
    opened = true
    for (let i = 0; i < TILE; i++) {
      if (!load<u8>(marks + j * width + i)) continue
      const left = <f32>(column * TILE + i), top = <f32>(row * TILE + j)
      const x = sub(mul(add(all(left), f32x4(0.375, 0.875, 0.125, 0.625)), all(pixel)), all(load<f32>(TAN_X)))
      const y = sub(all(load<f32>(TAN_Y)), mul(add(all(top), f32x4(0.125, 0.375, 0.625, 0.875)), all(pixel)))
      trace(x, y)
      shade(x, y)
      const at = load<usize>(COLOR_AT) + (((row * TILE + j) * width + column * TILE + i) << 2)
      store<u8>(at, mean(pictureRed))
      store<u8>(at, mean(pictureGreen), 1)
      store<u8>(at, mean(pictureBlue), 2)
    }
  }
}
@inline
function mean(a: v128): u8 {
  const sum = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3)
  return <u8>(sum * 63.75 + 0.5)
}
