// Once per picture: everything into the camera's frame, and for each tile the geoms that may be seen in it.
import { higher, lower } from './lanes'
import {
  ACROSS_U, ACROSS_V, AHEAD, ALPHA, AXIS_X, AXIS_Y, AXIS_Z, CAPSULE, CASTS, CAST_RECT, CENTRE, CLEAR_AT, COUNT_AT,
  CYLINDER, EYE, EYE_OWN, GEOM_AT, GEOM_BYTES, GEOMS, HALF, HEIGHT, MESH, MIDDLE, OPAQUE_AT, ORDER_AT, PIXEL, PLACE,
  PLANE, RECT, RIGHT, ROTATION, SIZE, SPHERE, SUN, SUN_LOCAL, SUN_OWN, TAN_X, TAN_Y, TILE, TYPE, UP, WIDTH, WORLD_UP,
} from './layout'

/** What is nearer to the eye than this is not drawn, m. */
export const NEAR: f32 = 0.01
const FAR: f32 = 1e30

@inline function dot3(a: usize, b: usize): f32 {
  return load<f32>(a) * load<f32>(b) + load<f32>(a, 4) * load<f32>(b, 4) + load<f32>(a, 8) * load<f32>(b, 8)
}
@inline function put(p: usize, x: f32, y: f32, z: f32): void {
  store<f32>(p, x)
  store<f32>(p, y, 4)
  store<f32>(p, z, 8)
}

export function setUp(): void {
  const tiles = (load<i32>(WIDTH) / TILE) * (load<i32>(HEIGHT) / TILE)
  memory.fill(load<usize>(COUNT_AT), 0, tiles * 12)
  put(SUN_LOCAL, dot3(SUN, RIGHT), dot3(SUN, UP), dot3(SUN, AHEAD))
  put(WORLD_UP, load<f32>(RIGHT, 8), load<f32>(UP, 8), load<f32>(AHEAD, 8))
  findAcross()
  put(CAST_RECT, FAR, -FAR, FAR)
  store<f32>(CAST_RECT, -FAR, 12)
  const count = load<i32>(GEOMS)
  let clear = 0
  for (let i = 0; i < count; i++) {
    const g = load<usize>(GEOM_AT) + i * GEOM_BYTES
    toCamera(g)
    findBox(g)
    if (load<i32>(g, CASTS)) findRect(g)
    if (load<f32>(g, ALPHA) < 1) store<i32>(load<usize>(ORDER_AT) + (clear++ << 2), i)
    else list(g, i, load<usize>(OPAQUE_AT), 0)
  }
  sortByDepth(clear)
  for (let k = 0; k < clear; k++) {
    const i = load<i32>(load<usize>(ORDER_AT) + (k << 2))
    list(load<usize>(GEOM_AT) + i * GEOM_BYTES, i, load<usize>(CLEAR_AT), 4)
  }
}

/** Two directions across the sun's. */
function findAcross(): void {
  const x = load<f32>(SUN_LOCAL), y = load<f32>(SUN_LOCAL, 4), z = load<f32>(SUN_LOCAL, 8)
  // From the axis that is not along it.
  const sideways = Mathf.abs(x) < 0.6
  const ux: f32 = sideways ? 0 : -z, uy: f32 = sideways ? z : 0, uz: f32 = sideways ? -y : x
  const length = <f32>1 / Mathf.sqrt(ux * ux + uy * uy + uz * uz)
  put(ACROSS_U, ux * length, uy * length, uz * length)
  put(ACROSS_V, (y * uz - z * uy) * length, (z * ux - x * uz) * length, (x * uy - y * ux) * length)
}

function toCamera(g: usize): void {
  const x = load<f32>(g, CENTRE) - load<f32>(EYE), y = load<f32>(g, CENTRE + 4) - load<f32>(EYE, 4), z = load<f32>(g, CENTRE + 8) - load<f32>(EYE, 8)
  put(g + PLACE, turned(RIGHT, x, y, z), turned(UP, x, y, z), turned(AHEAD, x, y, z))
  for (let k = 0; k < 3; k++) {
    const m = g + (k << 2)
    const ax = load<f32>(m, ROTATION), ay = load<f32>(m, ROTATION + 12), az = load<f32>(m, ROTATION + 24)
    const axis = g + AXIS_X + k * 12
    put(axis, turned(RIGHT, ax, ay, az), turned(UP, ax, ay, az), turned(AHEAD, ax, ay, az))
    store<f32>(m, -dot3(axis, g + PLACE), EYE_OWN)
    store<f32>(m, dot3(axis, SUN_LOCAL), SUN_OWN)
  }
}
@inline function turned(axis: usize, x: f32, y: f32, z: f32): f32 {
  return x * load<f32>(axis) + y * load<f32>(axis, 4) + z * load<f32>(axis, 8)
}

/** Half extents in the geom's own frame; those of meshes are given. */
function findBox(g: usize): void {
  const a = load<f32>(g, SIZE), b = load<f32>(g, SIZE + 4), c = load<f32>(g, SIZE + 8)
  switch (load<i32>(g, TYPE)) {
    case SPHERE: return put(g + HALF, a, a, a)
    case CAPSULE: return put(g + HALF, a, a, a + b)
    case CYLINDER: return put(g + HALF, a, a, b)
    case PLANE: return put(g + HALF, a, b, 0)
    case MESH: return
    default: return put(g + HALF, a, b, c)
  }
}

/** Where the geom's shadow is: in the plane across the sun's direction, and its end towards the sun. */
function findRect(g: usize): void {
  const u = along(g, ACROSS_U), du = reach(g, ACROSS_U)
  const v = along(g, ACROSS_V), dv = reach(g, ACROSS_V)
  put(g + RECT, u - du, u + du, v - dv)
  store<f32>(g, v + dv, RECT + 12)
  store<f32>(g, along(g, SUN_LOCAL) + reach(g, SUN_LOCAL), RECT + 16)
  store<f32>(CAST_RECT, lower(load<f32>(CAST_RECT), u - du))
  store<f32>(CAST_RECT, higher(load<f32>(CAST_RECT, 4), u + du), 4)
  store<f32>(CAST_RECT, lower(load<f32>(CAST_RECT, 8), v - dv), 8)
  store<f32>(CAST_RECT, higher(load<f32>(CAST_RECT, 12), v + dv), 12)
}
/** The middle of the geom's box along a direction. */
function along(g: usize, d: usize): f32 {
  const x = load<f32>(g, MIDDLE), y = load<f32>(g, MIDDLE + 4), z = load<f32>(g, MIDDLE + 8)
  return dot3(g + PLACE, d) + x * dot3(g + AXIS_X, d) + y * dot3(g + AXIS_Y, d) + z * dot3(g + AXIS_Z, d)
}
/** How far the geom reaches to either side of there. */
function reach(g: usize, d: usize): f32 {
  const type = load<i32>(g, TYPE)
  if (type == SPHERE) return load<f32>(g, SIZE)
  const z = Mathf.abs(dot3(g + AXIS_Z, d))
  if (type == CAPSULE) return load<f32>(g, SIZE) + load<f32>(g, SIZE + 4) * z
  return load<f32>(g, HALF) * Mathf.abs(dot3(g + AXIS_X, d)) + load<f32>(g, HALF + 4) * Mathf.abs(dot3(g + AXIS_Y, d)) + load<f32>(g, HALF + 8) * z
}

/** Farthest first. */
function sortByDepth(count: i32): void {
  const order = load<usize>(ORDER_AT), geoms = load<usize>(GEOM_AT)
  for (let k = 1; k < count; k++) {
    const i = load<i32>(order + (k << 2))
    const depth = load<f32>(geoms + i * GEOM_BYTES, PLACE + 8)
    let j = k
    for (; j > 0; j--) {
      const before = load<i32>(order + (j << 2) - 4)
      if (load<f32>(geoms + before * GEOM_BYTES, PLACE + 8) >= depth) break
      store<i32>(order + (j << 2), before)
    }
    store<i32>(order + (j << 2), i)
  }
}

// Slopes x/z and y/z between which a geom is seen.
let fromX: f32 = 0
let toX: f32 = 0
let fromY: f32 = 0
let toY: f32 = 0

/** Writes the geom into the lists of the tiles where it may be seen. `kind`: offset of the lists' lengths. */
function list(g: usize, i: i32, lists: usize, kind: usize): void {
  fromX = fromY = FAR
  toX = toY = -FAR
  const type = load<i32>(g, TYPE)
  if (type == SPHERE) seeBall(load<f32>(g, PLACE), load<f32>(g, PLACE + 4), load<f32>(g, PLACE + 8), load<f32>(g, SIZE))
  else if (type == CAPSULE) seeEnds(g)
  else if (type == PLANE && (load<f32>(g, SIZE) <= 0 || load<f32>(g, SIZE + 4) <= 0)) seeAll()
  else seeBox(g)
  const w = <f32>load<i32>(WIDTH), h = <f32>load<i32>(HEIGHT)
  const tx = load<f32>(TAN_X), ty = load<f32>(TAN_Y), per = <f32>1 / load<f32>(PIXEL)
  // In pixels, one to spare.
  const x0 = (fromX + tx) * per - 1, x1 = (toX + tx) * per + 1
  const y0 = (ty - toY) * per - 1, y1 = (ty - fromY) * per + 1
  if (!(x1 > 0) || !(y1 > 0) || x0 > w || y0 > h || x0 > x1 || y0 > y1) return
  const columns = load<i32>(WIDTH) / TILE, rows = load<i32>(HEIGHT) / TILE
  const left = <i32>higher<f32>(x0, 0) / TILE, right = lower(<i32>lower<f32>(x1, w) / TILE, columns - 1)
  const top = <i32>higher<f32>(y0, 0) / TILE, bottom = lower(<i32>lower<f32>(y1, h) / TILE, rows - 1)
  const room = load<i32>(GEOMS)
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const tile = row * columns + column
      const counter = load<usize>(COUNT_AT) + tile * 12 + kind
      const n = load<i32>(counter)
      store<u16>(lists + ((tile * room + n) << 1), <u16>i)
      store<i32>(counter, n + 1)
    }
  }
}

function seeAll(): void {
  fromX = fromY = -FAR
  toX = toY = FAR
}

function seePoint(x: f32, y: f32, z: f32): void {
  fromX = lower(fromX, x / z)
  toX = higher(toX, x / z)
  fromY = lower(fromY, y / z)
  toY = higher(toY, y / z)
}

function seeBox(g: usize): void {
  let behind = 0
  for (let k = 0; k < 8; k++) {
    const a = load<f32>(g, MIDDLE) + (k & 1 ? load<f32>(g, HALF) : -load<f32>(g, HALF))
    const b = load<f32>(g, MIDDLE + 4) + (k & 2 ? load<f32>(g, HALF + 4) : -load<f32>(g, HALF + 4))
    const c = load<f32>(g, MIDDLE + 8) + (k & 4 ? load<f32>(g, HALF + 8) : -load<f32>(g, HALF + 8))
    const x = load<f32>(g, PLACE) + a * load<f32>(g, AXIS_X) + b * load<f32>(g, AXIS_Y) + c * load<f32>(g, AXIS_Z)
    const y = load<f32>(g, PLACE + 4) + a * load<f32>(g, AXIS_X + 4) + b * load<f32>(g, AXIS_Y + 4) + c * load<f32>(g, AXIS_Z + 4)
    const z = load<f32>(g, PLACE + 8) + a * load<f32>(g, AXIS_X + 8) + b * load<f32>(g, AXIS_Y + 8) + c * load<f32>(g, AXIS_Z + 8)
    if (z < NEAR) behind++
    else seePoint(x, y, z)
  }
  // Partly beside the eye: it may be seen anywhere.
  if (behind > 0 && behind < 8) seeAll()
}

function seeEnds(g: usize): void {
  const half = load<f32>(g, SIZE + 4), r = load<f32>(g, SIZE)
  for (let side: f32 = -1; side <= 1; side += 2) {
    const s = side * half
    const z = load<f32>(g, PLACE + 8) + s * load<f32>(g, AXIS_Z + 8)
    seeBall(load<f32>(g, PLACE) + s * load<f32>(g, AXIS_Z), load<f32>(g, PLACE + 4) + s * load<f32>(g, AXIS_Z + 4), z, r)
    // The part between the ends may be in front of the eye where an end is not.
    if (z <= r + NEAR) seeAll()
  }
}

function seeBall(x: f32, y: f32, z: f32, r: f32): void {
  if (z + r < NEAR) return
  if (z <= r + NEAR) return seeAll()
  const square = z * z - r * r
  const a = r * Mathf.sqrt(x * x + square), b = r * Mathf.sqrt(y * y + square)
  fromX = lower(fromX, (x * z - a) / square)
  toX = higher(toX, (x * z + a) / square)
  fromY = lower(fromY, (y * z - b) / square)
  toY = higher(toY, (y * z + b) / square)
}
