// Triangles: a walk down a tree of boxes, four rays together, and what is known at the point that is met.
import { CORNER_BYTES, CORNERS, NODE_BYTES, STACK_AT, TREE, TRIANGLE_BYTES, TRIANGLES } from './layout'
import {
  add, all, and, any, div, dot, FAR, ge, gt, lane, laneOf, le, lt, max, min, mul, pick, sub, withLane,
} from './lanes'

/** Of the last meetMesh, per lane: number of the triangle met; what was there before where none was. */
export let metTriangle: v128 = i32x4.splat(0)

/** Parallel to a triangle's plane below this. */
const FLAT: f32 = 1e-20

/**
 * As `meet`. With `first` the walk ends when every lane has met something, whether or not it is the nearest. From either
 * side: what is seen of an open mesh from behind is drawn too.
 */
export function meetMesh(
  g: usize, ox: v128, oy: v128, oz: v128, dx: v128, dy: v128, dz: v128, from: v128, until: v128, first: bool,
): v128 {
  const nodes = load<usize>(g, TREE), triangles = load<usize>(g, TRIANGLES)
  const ix = div(all(1), dx), iy = div(all(1), dy), iz = div(all(1), dz)
  const stack = load<usize>(STACK_AT)
  let top = stack
  let node = nodes
  let best = until
  let met = i32x4.splat(-1)
  while (true) {
    const x0 = mul(sub(v128.load32_splat(node), ox), ix), x1 = mul(sub(v128.load32_splat(node, 16), ox), ix)
    const y0 = mul(sub(v128.load32_splat(node, 4), oy), iy), y1 = mul(sub(v128.load32_splat(node, 20), oy), iy)
    const z0 = mul(sub(v128.load32_splat(node, 8), oz), iz), z1 = mul(sub(v128.load32_splat(node, 24), oz), iz)
    const enter = max(max(min(x0, x1), min(y0, y1)), min(z0, z1))
    const leave = min(min(max(x0, x1), max(y0, y1)), max(z0, z1))
    if (any(and(and(le(enter, leave), gt(leave, from)), lt(enter, best)))) {
      const count = load<i32>(node, 28)
      const index = load<i32>(node, 12)
      if (count < 0) {
        // Down the nearer side first; the other waits.
        const ahead = count == -1 ? dx : count == -2 ? dy : dz
        const left = nodes + index * NODE_BYTES
        const forwards = f32x4.extract_lane(ahead, 0) > 0
        store<usize>(top, forwards ? left + NODE_BYTES : left)
        top += 4
        node = forwards ? left : left + NODE_BYTES
        continue
      }
      for (let k = 0; k < count; k++) {
        const a = triangles + (index + k) * TRIANGLE_BYTES
        const ux = v128.load32_splat(a, 12), uy = v128.load32_splat(a, 16), uz = v128.load32_splat(a, 20)
        const vx = v128.load32_splat(a, 24), vy = v128.load32_splat(a, 28), vz = v128.load32_splat(a, 32)
        // Möller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997.
        const px = sub(mul(dy, vz), mul(dz, vy)), py = sub(mul(dz, vx), mul(dx, vz)), pz = sub(mul(dx, vy), mul(dy, vx))
        const determinant = dot(ux, uy, uz, px, py, pz)
        const per = div(all(1), determinant)
        const tx = sub(ox, v128.load32_splat(a)), ty = sub(oy, v128.load32_splat(a, 4)), tz = sub(oz, v128.load32_splat(a, 8))
        const u = mul(dot(tx, ty, tz, px, py, pz), per)
        const qx = sub(mul(ty, uz), mul(tz, uy)), qy = sub(mul(tz, ux), mul(tx, uz)), qz = sub(mul(tx, uy), mul(ty, ux))
        const v = mul(dot(dx, dy, dz, qx, qy, qz), per)
        const t = mul(dot(vx, vy, vz, qx, qy, qz), per)
        const inside = and(and(ge(u, all(0)), ge(v, all(0))), le(add(u, v), all(1)))
        const on = and(and(inside, gt(f32x4.abs(determinant), all(FLAT))), and(gt(t, from), lt(t, best)))
        best = pick(on, t, best)
        met = pick(on, i32x4.splat(index + k), met)
      }
      if (first && i32x4.all_true(i32x4.ge_s(met, i32x4.splat(0)))) break
    }
    if (top == stack) break
    top -= 4
    node = load<usize>(top)
  }
  const on = i32x4.ge_s(met, i32x4.splat(0))
  metTriangle = pick(on, met, metTriangle)
  return pick(on, best, all(FAR))
}

export let smoothX: v128 = f32x4.splat(0)
export let smoothY: v128 = f32x4.splat(0)
export let smoothZ: v128 = f32x4.splat(0)
export let cornerU: v128 = f32x4.splat(0)
export let cornerV: v128 = f32x4.splat(0)

/** Between the corners of the triangles of the masked lanes, at their points (x, y, z): writes the normal, u and v. */
export function blendCorners(g: usize, mask: v128, triangle: v128, x: v128, y: v128, z: v128): void {
  const bits = i32x4.bitmask(mask)
  for (let i = 0; i < 4; i++) {
    if (!(bits & (1 << i))) continue
    const number = laneOf(triangle, i)
    const a = load<usize>(g, TRIANGLES) + number * TRIANGLE_BYTES
    const ux = load<f32>(a, 12), uy = load<f32>(a, 16), uz = load<f32>(a, 20)
    const vx = load<f32>(a, 24), vy = load<f32>(a, 28), vz = load<f32>(a, 32)
    const px = lane(x, i) - load<f32>(a), py = lane(y, i) - load<f32>(a, 4), pz = lane(z, i) - load<f32>(a, 8)
    // Parts of the two edges that sum to the point.
    const uu = ux * ux + uy * uy + uz * uz, uv = ux * vx + uy * vy + uz * vz, vv = vx * vx + vy * vy + vz * vz
    const pu = px * ux + py * uy + pz * uz, pv = px * vx + py * vy + pz * vz
    const per = <f32>1 / (uu * vv - uv * uv)
    const s = (vv * pu - uv * pv) * per, t = (uu * pv - uv * pu) * per
    const c = load<usize>(g, CORNERS) + number * CORNER_BYTES
    const rest = <f32>1 - s - t
    const first = f32x4.splat(rest), second = f32x4.splat(s), third = f32x4.splat(t)
    const mixed = add(add(mul(first, v128.load(c)), mul(second, v128.load(c, 20))), mul(third, v128.load(c, 40)))
    const nx = f32x4.extract_lane(mixed, 0), ny = f32x4.extract_lane(mixed, 1), nz = f32x4.extract_lane(mixed, 2)
    const length = <f32>1 / sqrt<f32>(nx * nx + ny * ny + nz * nz + 1e-20)
    const v = rest * load<f32>(c, 16) + s * load<f32>(c, 36) + t * load<f32>(c, 56)
    smoothX = withLane(smoothX, i, nx * length)
    smoothY = withLane(smoothY, i, ny * length)
    smoothZ = withLane(smoothZ, i, nz * length)
    cornerU = withLane(cornerU, i, f32x4.extract_lane(mixed, 3))
    cornerV = withLane(cornerV, i, v)
  }
}
