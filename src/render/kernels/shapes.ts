// Where rays meet shapes, and which way the surface faces there. Rays and normals are in the shape's own frame.
import { BOX, CAPSULE, CYLINDER, ELLIPSOID, MESH, PER_SIZE, PLANE, SIZE, SPHERE, SQUARE, TYPE } from './layout'
import {
  abs, add, all, and, any, div, dot, FAR, ge, gt, le, less, lt, max, min, mul, neg, or, pick, positive, root, sub,
} from './lanes'
import { meetMesh } from './mesh'

/** A capsule's side is nearly along the ray below this. */
const SLANT: f32 = 1e-12

/** Distance, in lengths of d, to the first meeting past `from`; FAR where there is none. `until` only saves work. */
export function meet(
  g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128, until: v128, first: bool,
): v128 {
  switch (load<i32>(g, TYPE)) {
    case SPHERE: return meetSphere(ox, oy, oz, dx, dy, dz, v128.load32_splat(g, SQUARE), from)
    case CAPSULE: return meetCapsule(g, ox, oy, oz, dx, dy, dz, from)
    case ELLIPSOID: {
      const a = v128.load32_splat(g, PER_SIZE), b = v128.load32_splat(g, PER_SIZE + 4), c = v128.load32_splat(g, PER_SIZE + 8)
      return meetSphere(mul(ox, a), mul(oy, b), mul(oz, c), mul(dx, a), mul(dy, b), mul(dz, c), all(1), from)
    }
    case BOX: return meetBox(g, ox, oy, oz, dx, dy, dz, from)
    case CYLINDER: return meetCylinder(g, ox, oy, oz, dx, dy, dz, from)
    case PLANE: return meetPlane(g, ox, oy, oz, dx, dy, dz, from)
    case MESH: return meetMesh(g, ox, oy, oz, dx, dy, dz, from, until, first)
    default: return all(FAR)
  }
}

@inline
function meetSphere(ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, square: v128, from: v128): v128 {
  const a = dot(dx, dy, dz, dx, dy, dz), b = dot(ox, oy, oz, dx, dy, dz)
  const h = sub(mul(b, b), mul(a, sub(dot(ox, oy, oz, ox, oy, oz), square)))
  const on = ge(h, all(0))
  if (!any(on)) return all(FAR)
  const t = div(neg(add(b, root(positive(h)))), a)
  return pick(and(on, gt(t, from)), t, all(FAR))
}

/** The side of the endless cylinder; past an end of the segment, the ball there. */
function meetCapsule(g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128): v128 {
  const half = v128.load32_splat(g, SIZE + 4)
  const a = add(mul(dx, dx), mul(dy, dy)), b = add(mul(ox, dx), mul(oy, dy))
  const c = sub(add(mul(ox, ox), mul(oy, oy)), v128.load32_splat(g, SQUARE))
  const h = sub(mul(b, b), mul(a, c))
  const near = ge(h, all(0))
  if (!any(near)) return all(FAR)
  const side = div(neg(add(b, root(positive(h)))), max(a, all(SLANT)))
  const z = add(oz, mul(side, dz))
  const onSide = le(abs(z), half)
  let t = pick(and(and(near, onSide), gt(side, from)), side, all(FAR))
  const past = less(near, onSide)
  if (any(past)) {
    const oe = sub(oz, pick(gt(z, all(0)), half, neg(half)))
    const a3 = add(a, mul(dz, dz)), b3 = add(b, mul(oe, dz))
    const h3 = sub(mul(b3, b3), mul(a3, add(c, mul(oe, oe))))
    const end = div(neg(add(b3, root(positive(h3)))), a3)
    t = pick(and(and(past, ge(h3, all(0))), gt(end, from)), end, t)
  }
  return t
}

/** Enters through the last of the three near faces, and must not have left through a far one by then. */
@inline
function meetBox(g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128): v128 {
  const hx = v128.load32_splat(g, SIZE), hy = v128.load32_splat(g, SIZE + 4), hz = v128.load32_splat(g, SIZE + 8)
  const ix = div(all(1), dx), iy = div(all(1), dy), iz = div(all(1), dz)
  const x0 = mul(neg(add(hx, ox)), ix), x1 = mul(sub(hx, ox), ix)
  const y0 = mul(neg(add(hy, oy)), iy), y1 = mul(sub(hy, oy), iy)
  const z0 = mul(neg(add(hz, oz)), iz), z1 = mul(sub(hz, oz), iz)
  const enter = max(max(min(x0, x1), min(y0, y1)), min(z0, z1))
  const leave = min(min(max(x0, x1), max(y0, y1)), max(z0, z1))
  return pick(and(lt(enter, leave), gt(enter, from)), enter, all(FAR))
}

function meetCylinder(g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128): v128 {
  const half = v128.load32_splat(g, SIZE + 4), square = v128.load32_splat(g, SQUARE)
  const a = add(mul(dx, dx), mul(dy, dy)), b = add(mul(ox, dx), mul(oy, dy))
  const h = sub(mul(b, b), mul(a, sub(add(mul(ox, ox), mul(oy, oy)), square)))
  const side = div(neg(add(b, root(positive(h)))), max(a, all(SLANT)))
  const onSide = and(le(abs(add(oz, mul(side, dz))), half), ge(h, all(0)))
  const t = pick(and(onSide, gt(side, from)), side, all(FAR))
  // The end that faces the ray.
  const end = div(sub(pick(gt(dz, all(0)), neg(half), half), oz), dz)
  const x = add(ox, mul(end, dx)), y = add(oy, mul(end, dy))
  const onEnd = and(le(add(mul(x, x), mul(y, y)), square), gt(end, from))
  return min(t, pick(onEnd, end, all(FAR)))
}

/** From above only, and within its sizes where they are not 0. */
function meetPlane(g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128): v128 {
  const t = div(neg(oz), dz)
  let on = and(lt(dz, all(0)), gt(t, from))
  if (load<f32>(g, SIZE) > 0) on = and(on, le(abs(add(ox, mul(t, dx))), v128.load32_splat(g, SIZE)))
  if (load<f32>(g, SIZE + 4) > 0) on = and(on, le(abs(add(oy, mul(t, dy))), v128.load32_splat(g, SIZE + 4)))
  return pick(on, t, all(FAR))
}

export let normalX: v128 = f32x4.splat(0)
export let normalY: v128 = f32x4.splat(0)
export let normalZ: v128 = f32x4.splat(0)

/** Of shapes other than meshes: writes normalX, normalY, normalZ at the point (x, y, z) of the surface. */
@inline
export function findNormal(g: usize, type: i32, x: v128, y: v128, z: v128): void {
  if (type == SPHERE || type == CAPSULE) {
    const r = v128.load32_splat(g, PER_SIZE)
    const half = v128.load32_splat(g, SIZE + 4)
    const beyond = type == CAPSULE ? sub(z, min(max(z, neg(half)), half)) : z
    normalX = mul(x, r)
    normalY = mul(y, r)
    normalZ = mul(beyond, r)
  } else if (type == PLANE) {
    normalX = all(0)
    normalY = all(0)
    normalZ = all(1)
  } else if (type == BOX) {
    const px = mul(x, v128.load32_splat(g, PER_SIZE)), py = mul(y, v128.load32_splat(g, PER_SIZE + 4)), pz = mul(z, v128.load32_splat(g, PER_SIZE + 8))
    const onX = and(ge(abs(px), abs(py)), ge(abs(px), abs(pz)))
    const onY = less(ge(abs(py), abs(pz)), onX)
    normalX = and(onX, sign(px))
    normalY = and(onY, sign(py))
    normalZ = less(less(sign(pz), onX), onY)
  } else if (type == CYLINDER) {
    const r = v128.load32_splat(g, PER_SIZE)
    const onEnd = gt(abs(z), mul(v128.load32_splat(g, SIZE + 4), all(0.9999)))
    normalX = less(mul(x, r), onEnd)
    normalY = less(mul(y, r), onEnd)
    normalZ = and(onEnd, sign(z))
  } else {
    const px = v128.load32_splat(g, PER_SIZE), py = v128.load32_splat(g, PER_SIZE + 4), pz = v128.load32_splat(g, PER_SIZE + 8)
    const nx = mul(x, mul(px, px)), ny = mul(y, mul(py, py)), nz = mul(z, mul(pz, pz))
    const length = div(all(1), root(dot(nx, ny, nz, nx, ny, nz)))
    normalX = mul(nx, length)
    normalY = mul(ny, length)
    normalZ = mul(nz, length)
  }
}

/** 1 or -1. */
@inline
function sign(a: v128): v128 {
  return or(and(a, i32x4.splat(0x80000000)), all(1))
}
