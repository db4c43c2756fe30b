/** Meshes and height fields of a compiled model as triangles. */
import { textOf } from '../core/base64.ts'
import type { MeshSpec } from '../core/scene.ts'
import type { MjModel } from './mujoco.ts'

/** Collects the corners of triangles, each combination of numbers once. */
class Corners {
  private readonly known = new Map<string, number>()
  private readonly vertices: number[] = []
  private readonly normals: number[] = []
  private readonly uvs: number[] = []
  private readonly faces: number[] = []

  add(vertex: readonly number[], normal: readonly number[], uv: readonly number[] = []): void {
    const key = [...vertex, ...normal, ...uv].join()
    let index = this.known.get(key)
    if (index === undefined) {
      index = this.known.size
      this.known.set(key, index)
      this.vertices.push(...vertex)
      this.normals.push(...normal)
      this.uvs.push(...uv)
    }
    this.faces.push(index)
  }

  get mesh(): MeshSpec {
    const text = (numbers: readonly number[]) => textOf(Float32Array.from(numbers))
    return {
      vertices: text(this.vertices),
      normals: text(this.normals),
      ...(this.uvs.length === 0 ? {} : { uvs: text(this.uvs) }),
      faces: textOf(Uint32Array.from(this.faces)),
    }
  }
}

const row = (array: ArrayLike<number>, i: number, width: number): number[] =>
  Array.from({ length: width }, (_, k) => array[width * i + k])

export function meshOf(model: MjModel, id: number): MeshSpec {
  // Each of these is a new view when it is asked for.
  const { mesh_vert, mesh_normal, mesh_texcoord, mesh_face, mesh_facenormal, mesh_facetexcoord } = model
  const first = 3 * model.mesh_faceadr[id]
  const coordinates: number = model.mesh_texcoordadr[id]
  const corners = new Corners()
  for (let i = first; i < first + 3 * model.mesh_facenum[id]; i++) {
    corners.add(
      row(mesh_vert, model.mesh_vertadr[id] + mesh_face[i], 3),
      row(mesh_normal, model.mesh_normaladr[id] + mesh_facenormal[i], 3),
      coordinates < 0 ? [] : row(mesh_texcoord, coordinates + mesh_facetexcoord[i], 2),
    )
  }
  return corners.mesh
}

/** The surface, and four walls down to the base, which nobody sees from below. */
export function fieldMesh(model: MjModel, id: number): MeshSpec {
  const rows: number = model.hfield_nrow[id]
  const columns: number = model.hfield_ncol[id]
  const [halfX, halfY, top, base] = row(model.hfield_size, id, 4)
  const heights = model.hfield_data.slice(model.hfield_adr[id], model.hfield_adr[id] + rows * columns)
  const dx = (2 * halfX) / (columns - 1)
  const dy = (2 * halfY) / (rows - 1)
  const point = (r: number, c: number) => [c * dx - halfX, r * dy - halfY, top * heights[r * columns + c]]
  const below = (r: number, c: number) => [c * dx - halfX, r * dy - halfY, -base]
  const height = (r: number, c: number) =>
    top * heights[Math.min(rows - 1, Math.max(0, r)) * columns + Math.min(columns - 1, Math.max(0, c))]
  const normal = (r: number, c: number) => {
    const slopeX = (height(r, c + 1) - height(r, c - 1)) / (dx * (c > 0 && c < columns - 1 ? 2 : 1))
    const slopeY = (height(r + 1, c) - height(r - 1, c)) / (dy * (r > 0 && r < rows - 1 ? 2 : 1))
    const length = Math.hypot(slopeX, slopeY, 1)
    return [-slopeX / length, -slopeY / length, 1 / length]
  }
  const corners = new Corners()
  const surface = (r: number, c: number) => corners.add(point(r, c), normal(r, c))
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      for (const [i, j] of [
        [0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
        [1, 0],
        [1, 1],
      ])
        surface(r + j, c + i)
    }
  }
  type Cell = readonly [row: number, column: number]
  const wall = ([r0, c0]: Cell, [r1, c1]: Cell, outward: readonly number[]) => {
    const [a, b, c, d] = [point(r0, c0), below(r0, c0), below(r1, c1), point(r1, c1)]
    for (const corner of [a, b, c, a, c, d]) corners.add(corner, outward)
  }
  for (let c = 0; c + 1 < columns; c++) {
    wall([0, c], [0, c + 1], [0, -1, 0])
    wall([rows - 1, c + 1], [rows - 1, c], [0, 1, 0])
  }
  for (let r = 0; r + 1 < rows; r++) {
    wall([r + 1, 0], [r, 0], [-1, 0, 0])
    wall([r, columns - 1], [r + 1, columns - 1], [1, 0, 0])
  }
  return corners.mesh
}
