/** What the ray caster needs of a scene, laid out as its kernel reads it (kernels/layout.ts). Done once per renderer. */
import { floatsOf, fromBase64, indicesOf } from '../core/base64.ts'
import type { GeomSpec, GeomType, MeshSpec, SceneSpec, TextureSpec } from '../core/scene.ts'
import { buildTree } from './bvh.ts'
import * as at from './kernels/layout.ts'
import { glossOf, linear, skyOf } from './look.ts'

const TYPES: Readonly<Record<GeomType, number>> = {
  plane: at.PLANE,
  sphere: at.SPHERE,
  capsule: at.CAPSULE,
  ellipsoid: at.ELLIPSOID,
  cylinder: at.CYLINDER,
  box: at.BOX,
  mesh: at.MESH,
}
const PAGE = 65536
/** A highlight darker than this does not show. */
const FAINT = 0.004

/** Blocks one after the other, each at a multiple of 16, with one to spare for reads past the end. */
class Space {
  private end = at.FRAME + at.FRAME_BYTES
  private readonly blocks: { readonly at: number; readonly bytes: Uint8Array }[] = []

  reserve(bytes: number): number {
    const start = Math.ceil(this.end / 16) * 16
    this.end = start + bytes + 16
    return start
  }

  keep({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
    const start = this.reserve(byteLength)
    this.blocks.push({ at: start, bytes: new Uint8Array(buffer, byteOffset, byteLength) })
    return start
  }

  memory(): WebAssembly.Memory {
    const pages = Math.ceil(this.end / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const bytes = new Uint8Array(memory.buffer)
    for (const block of this.blocks) bytes.set(block.bytes, block.at)
    return memory
  }
}

interface Mesh {
  readonly tree: number
  readonly triangles: number
  readonly corners: number
  readonly half: readonly number[]
  readonly middle: readonly number[]
  /** Parts of a texture's side per metre. */
  readonly density: number
  readonly wrapped: boolean
}

export interface SoftMemory {
  readonly memory: WebAssembly.Memory
  /** Address of the geoms' records. */
  readonly geoms: number
  readonly color: number
  readonly depth: number
  readonly ids: number
}

/** `width` and `height` of the picture, in pixels. */
export function layOut(scene: SceneSpec, width: number, height: number): SoftMemory {
  const space = new Space()
  const columns = Math.ceil(width / at.TILE)
  const rows = Math.ceil(height / at.TILE)
  const pixels = columns * rows * at.TILE * at.TILE
  const count = scene.geoms.length
  const lists = () => space.reserve(2 * columns * rows * count)
  const trees = (scene.meshes ?? []).map(mesh => keepMesh(space, mesh))
  const textures = (scene.textures ?? []).map(texture => ({
    at: keepTexture(space, texture),
    kind: texture.kind,
  }))
  const nodes = (scene.meshes ?? []).map(mesh => (2 * fromBase64(mesh.faces).length) / 12)
  const sky = skyOf(scene)
  const geoms = space.reserve(count * at.GEOM_BYTES)
  const addresses: Readonly<Record<number, number>> = {
    [at.WIDTH]: columns * at.TILE,
    [at.HEIGHT]: rows * at.TILE,
    [at.GEOMS]: count,
    [at.GEOM_AT]: geoms,
    [at.OPAQUE_AT]: lists(),
    [at.CLEAR_AT]: lists(),
    [at.CASTER_AT]: lists(),
    [at.COUNT_AT]: space.reserve(12 * columns * rows),
    [at.COLOR_AT]: space.reserve(4 * pixels),
    [at.DEPTH_AT]: space.reserve(4 * pixels),
    [at.ID_AT]: space.reserve(4 * pixels),
    [at.EDGE_AT]: space.reserve(4 * pixels),
    [at.ORDER_AT]: space.reserve(4 * count),
    [at.STACK_AT]: space.reserve(4 * Math.max(1, ...nodes)),
    [at.SKY_AT]: space.keep(Float32Array.from(sky.flatMap(color => [...color, 0]))),
    [at.SKY_COUNT]: sky.length,
  }
  const memory = space.memory()
  const view = new DataView(memory.buffer)
  for (const [address, value] of Object.entries(addresses)) view.setInt32(Number(address), value, true)
  scene.geoms.forEach((geom, i) => {
    writeGeom(view, geoms + i * at.GEOM_BYTES, geom, trees, textures)
  })
  return {
    memory,
    geoms,
    color: addresses[at.COLOR_AT],
    depth: addresses[at.DEPTH_AT],
    ids: addresses[at.ID_AT],
  }
}

function writeGeom(
  view: DataView,
  g: number,
  geom: GeomSpec,
  meshes: readonly Mesh[],
  textures: readonly { readonly at: number; readonly kind: TextureSpec['kind'] }[],
): void {
  const int = (offset: number, value: number) => view.setInt32(g + offset, value, true)
  const floats = (offset: number, values: readonly number[]) => {
    values.forEach((value, k) => {
      view.setFloat32(g + offset + 4 * k, value, true)
    })
  }
  const { type, size, rgba, checker, squares = [1, 1], texture, emission = 0 } = geom
  const { reflectance, exponent, squarings } = glossOf(geom)
  const norm = 0.25 * (exponent / 2 + 1)
  int(at.TYPE, TYPES[type])
  int(at.CASTS, type === 'plane' || rgba[3] < 1 ? 0 : 1)
  floats(at.SIZE, size)
  floats(
    at.PER_SIZE,
    size.map(s => (s > 0 ? 1 / s : 0)),
  )
  floats(at.SQUARE, [size[0] * size[0]])
  floats(at.COLOR, [...rgba.slice(0, 3).map(linear), rgba[3], emission])
  floats(at.GLOSS, [reflectance])
  int(at.GLOSS_SQUARINGS, squarings)
  floats(at.GLOSS_NORM, [norm, (FAINT / norm) ** (2 / exponent)])
  const mesh = geom.mesh === undefined ? undefined : meshes[geom.mesh]
  if (mesh !== undefined) {
    int(at.TREE, mesh.tree)
    int(at.TRIANGLES, mesh.triangles)
    int(at.CORNERS, mesh.corners)
    floats(at.HALF, mesh.half)
    floats(at.MIDDLE, mesh.middle)
  }
  if (checker !== undefined) {
    int(at.PATTERN, at.CHECKER)
    floats(at.SCALE, [1 / squares[0], 1 / squares[1], 0])
    floats(at.SECOND, checker.slice(0, 3).map(linear))
  } else if (texture !== undefined) {
    const { at: address, kind } = textures[texture.texture]
    const isCube = kind === 'cube'
    const wrapped = mesh?.wrapped === true && !isCube
    int(at.PATTERN, isCube ? at.CUBE : wrapped ? at.WRAPPED : at.IMAGE)
    int(at.TEXTURE, address)
    floats(at.SCALE, wrapped ? [mesh.density, mesh.density, 0] : texture.scale)
  }
}

function keepMesh(space: Space, spec: MeshSpec): Mesh {
  const vertices = floatsOf(spec.vertices)
  const normals = floatsOf(spec.normals)
  const uvs = spec.uvs === undefined ? undefined : floatsOf(spec.uvs)
  const faces = indicesOf(spec.faces)
  const { nodes, order } = buildTree(vertices, faces)
  const triangles = new Float32Array((order.length * at.TRIANGLE_BYTES) / 4)
  const corners = new Float32Array((order.length * at.CORNER_BYTES) / 4)
  let covered = 0
  let surface = 0
  order.forEach((face, i) => {
    const [a, b, c] = faces.subarray(3 * face, 3 * face + 3)
    for (let k = 0; k < 3; k++) {
      triangles[9 * i + k] = vertices[3 * a + k]
      triangles[9 * i + 3 + k] = vertices[3 * b + k] - vertices[3 * a + k]
      triangles[9 * i + 6 + k] = vertices[3 * c + k] - vertices[3 * a + k]
    }
    ;[a, b, c].forEach((v, k) => {
      corners.set(normals.subarray(3 * v, 3 * v + 3), 15 * i + 5 * k)
      if (uvs !== undefined) corners.set(uvs.subarray(2 * v, 2 * v + 2), 15 * i + 5 * k + 3)
    })
    surface += doubleArea(triangles, 9 * i)
    const [, , , ua, va, , , , ub, vb, , , , uc, vc] = corners.subarray(15 * i, 15 * i + 15)
    covered += Math.abs((ub - ua) * (vc - va) - (uc - ua) * (vb - va))
  })
  const box = new Float32Array(nodes, 0, 8)
  return {
    tree: space.keep(new Uint8Array(nodes)),
    triangles: space.keep(triangles),
    corners: space.keep(corners),
    half: [0, 1, 2].map(k => (box[4 + k] - box[k]) / 2),
    middle: [0, 1, 2].map(k => (box[4 + k] + box[k]) / 2),
    density: Math.sqrt(covered / Math.max(surface, 1e-12)),
    wrapped: uvs !== undefined,
  }
}

function doubleArea(t: Float32Array, i: number): number {
  const x = t[i + 4] * t[i + 8] - t[i + 5] * t[i + 7]
  const y = t[i + 5] * t[i + 6] - t[i + 3] * t[i + 8]
  const z = t[i + 3] * t[i + 7] - t[i + 4] * t[i + 6]
  return Math.hypot(x, y, z)
}

/** Linear light, in ever smaller sizes. The first column and row come again at the end, so that reads need not wrap. */
function keepTexture(space: Space, { kind, width, height, pixels }: TextureSpec): number {
  const bytes = fromBase64(pixels)
  const faces = kind === 'cube' ? 6 : 1
  const headers = new Int32Array((faces * at.TEXTURE_BYTES) / 4)
  for (let face = 0; face < faces; face++) {
    let level: Level = { width, height, texels: new Float32Array(3 * width * height) }
    for (let i = 0; i < level.texels.length; i++)
      level.texels[i] = linear(bytes[face * level.texels.length + i] / 255)
    const levels = [level]
    const most = (at.TEXTURE_BYTES - at.LEVEL_AT) / 4
    while ((level.width > 1 || level.height > 1) && levels.length < most) {
      level = halve(level)
      levels.push(level)
    }
    const addresses = levels.map(level => space.keep(fringed(level)))
    headers.set([width, height, levels.length, 0, ...addresses], (face * at.TEXTURE_BYTES) / 4)
  }
  return space.keep(headers)
}

interface Level {
  readonly width: number
  readonly height: number
  /** [height, width, 3] */
  readonly texels: Float32Array
}

function halve({ width, height, texels }: Level): Level {
  const w = Math.max(1, width >> 1)
  const h = Math.max(1, height >> 1)
  const out = new Float32Array(3 * w * h)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < 3; c++) {
        const texel = (dx: number, dy: number) =>
          texels[3 * (Math.min(height - 1, 2 * y + dy) * width + Math.min(width - 1, 2 * x + dx)) + c]
        out[3 * (y * w + x) + c] = (texel(0, 0) + texel(1, 0) + texel(0, 1) + texel(1, 1)) / 4
      }
    }
  }
  return { width: w, height: h, texels: out }
}

/** [height + 1, width + 1, 4] */
function fringed({ width, height, texels }: Level): Float32Array {
  const out = new Float32Array(4 * (width + 1) * (height + 1))
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const from = 3 * ((y % height) * width + (x % width))
      out.set(texels.subarray(from, from + 3), 4 * (y * (width + 1) + x))
    }
  }
  return out
}
