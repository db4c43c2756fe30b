/** Scenes of environments with dynamics of their own: shapes, and where their bodies are. */
import { type CameraSpec, type GeomSpec, POSE_WIDTH } from '../src/core/scene.ts'

type Triple = readonly [number, number, number]
type Colour = readonly [number, number, number, number]

const UPRIGHT = [1, 0, 0, 0] as const
const FLOOR = [0.8, 0.83, 0.86, 1] as const
const TILES = [0.68, 0.72, 0.76, 1] as const
export const WALL = [0.42, 0.45, 0.5, 1] as const
/** Goal areas are flat and lie on the floor. */
export const GOAL = [0.3, 0.68, 0.4, 1] as const

/** What differs from a shape fixed upright to the world's origin. */
type Placing = Partial<Pick<GeomSpec, 'body' | 'position' | 'quaternion'>>

const shape = (
  name: string,
  type: GeomSpec['type'],
  size: Triple,
  rgba: Colour,
  { body = 0, position = [0, 0, 0], quaternion = UPRIGHT }: Placing = {},
): GeomSpec => ({ name, type, body, size, position, quaternion, rgba })

/** Half edges, m. */
export const box = (name: string, half: Triple, rgba: Colour, placing?: Placing): GeomSpec =>
  shape(name, 'box', half, rgba, placing)

/** Upright. */
export const cylinder = (
  name: string,
  radius: number,
  halfHeight: number,
  rgba: Colour,
  placing?: Placing,
): GeomSpec => shape(name, 'cylinder', [radius, halfHeight, 0], rgba, placing)

/** A disc on the floor, seen through nothing and touched by nothing. */
export const goalArea = (name: string, x: number, y: number, radius: number, z = 0): GeomSpec =>
  cylinder(name, radius, 0.002, GOAL, { position: [x, y, z + 0.002] })

/** A capsule along the body's z, from its origin up. */
export const pole = (name: string, radius: number, length: number, rgba: Colour, body: number): GeomSpec =>
  shape(name, 'capsule', [radius, length / 2, 0], rgba, { body, position: [0, 0, length / 2] })

/** A capsule along the body's x, from its origin on. */
export const link = (name: string, radius: number, length: number, rgba: Colour, body: number): GeomSpec =>
  shape(name, 'capsule', [radius, length / 2, 0], rgba, {
    body,
    position: [length / 2, 0, 0],
    quaternion: [Math.SQRT1_2, 0, Math.SQRT1_2, 0],
  })

/** A checkered floor. */
export const floor = (z = 0): GeomSpec => ({
  ...shape('floor', 'plane', [0, 0, 0], FLOOR, { position: [0, 0, z] }),
  checker: TILES,
})

/** An upright wall between two points of the floor. */
export function wall(
  name: string,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  thickness: number,
  height: number,
): GeomSpec {
  const half = Math.atan2(y2 - y1, x2 - x1) / 2
  const length = Math.hypot(x2 - x1, y2 - y1)
  return box(name, [length / 2, thickness / 2, height / 2], WALL, {
    position: [(x1 + x2) / 2, (y1 + y2) / 2, height / 2],
    quaternion: [Math.cos(half), 0, 0, Math.sin(half)],
  })
}

/** Does not move. */
export const fixedCamera = (name: string, position: Triple, target: Triple, fov: number): CameraSpec => ({
  name,
  mode: 'fixed',
  body: 0,
  position,
  target,
  fov,
})

/** Straight down on a square of this width about the point, which fills the picture; y points up in it. */
export const topCamera = (x: number, y: number, width: number): CameraSpec => {
  const fov = 0.5
  const height = width / 2 / Math.tan(fov / 2)
  return { ...fixedCamera('top', [x, y, height], [x, y, 0], fov), up: [0, 1, 0] }
}

/** Puts a body at a point, turned by `angle` about an axis. */
function place(out: Float32Array, body: number, x: number, y: number, z: number): number {
  const at = body * POSE_WIDTH
  out[at] = x
  out[at + 1] = y
  out[at + 2] = z
  for (let i = 4; i < POSE_WIDTH; i++) out[at + i] = 0
  out[at + 3] = 1
  return at
}

/** The world, or what does not turn. */
export const putUpright = (out: Float32Array, body: number, x = 0, y = 0, z = 0): void => {
  place(out, body, x, y, z)
}

/** Turned about z, to the left. */
export function putTurned(
  out: Float32Array,
  body: number,
  x: number,
  y: number,
  z: number,
  angle: number,
): void {
  const at = place(out, body, x, y, z)
  out[at + 3] = Math.cos(angle / 2)
  out[at + 6] = Math.sin(angle / 2)
}

/** Turned about y: its z leans towards x. */
export function putLeaning(
  out: Float32Array,
  body: number,
  x: number,
  y: number,
  z: number,
  angle: number,
): void {
  const at = place(out, body, x, y, z)
  out[at + 3] = Math.cos(angle / 2)
  out[at + 5] = Math.sin(angle / 2)
}
