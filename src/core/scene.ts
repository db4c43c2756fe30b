/** What can be drawn, as plain data: made once from an environment, stored with a run, read by every renderer and the page. */

export type GeomType = 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box' | 'mesh'
export type Triple = readonly [number, number, number]
export type Quadruple = readonly [number, number, number, number]

/** A shape fixed to a body. */
export interface GeomSpec {
  readonly name: string
  readonly type: GeomType
  /** Index into `SceneSpec.bodies`; 0 is the world. */
  readonly body: number
  /** Half sizes in MuJoCo's convention, m: sphere [r], capsule and cylinder [r, half length], box and ellipsoid half axes, plane [half x, half y] (0 is endless). Of a mesh, nothing. */
  readonly size: Triple
  /** In the body's frame, m. */
  readonly position: Triple
  /** In the body's frame, w x y z. */
  readonly quaternion: Quadruple
  /** sRGB and opacity, 0…1 each. */
  readonly rgba: Quadruple
  /** Draw as a checker of `rgba` and this second colour, along the geom's x and y. */
  readonly checker?: Quadruple
  /** Sides of the checker's squares, m; 1 when not given. */
  readonly squares?: readonly [number, number]
  /** `rgba` is multiplied by what this shows. */
  readonly texture?: TextureUse
  /** Index into `SceneSpec.meshes`. */
  readonly mesh?: number
  /** Strength of highlights, 0…1, and how small they are, 0…1; 0.5 each when not given. */
  readonly specular?: number
  readonly shininess?: number
  /** Light given off, as a part of the colour. */
  readonly emission?: number
}

/** How a texture lies on a geom. */
export interface TextureUse {
  /** Index into `SceneSpec.textures`. */
  readonly texture: number
  /**
   * Of a flat texture: repeats per metre along x and y; its corner lies half a texture before the middle of the geom, and
   * its rows go against y. Of a cube: the factors that turn a place, m, into a direction. A mesh with coordinates of its
   * own takes these.
   */
  readonly scale: Triple
}

export interface TextureSpec {
  readonly kind: 'flat' | 'cube'
  /** Pixels. A cube has six faces of this size, one after the other: +x -x +y -y +z -z, turned as in OpenGL. */
  readonly width: number
  readonly height: number
  /** base64 of red, green and blue bytes (sRGB), row by row. */
  readonly pixels: string
}

/** Triangles. Arrays are base64 of little-endian numbers. */
export interface MeshSpec {
  /** float32 [V, 3], m, and the normals there. */
  readonly vertices: string
  readonly normals: string
  /** float32 [V, 2] of the texture; v goes with its rows. */
  readonly uvs?: string
  /** uint32 [F, 3], counter-clockwise seen from outside. */
  readonly faces: string
}

export interface CameraSpec {
  readonly name: string
  /** 'fixed' stays where it is; 'track' keeps its offset to the body's position; 'mounted' moves and turns with its body; 'target' looks at another body. */
  readonly mode: 'fixed' | 'track' | 'mounted' | 'target'
  readonly body: number
  /** World position at the initial pose, m. */
  readonly position: Triple
  /** Point looked at, at the initial pose, m. */
  readonly target: Triple
  /** Vertical field of view, rad. */
  readonly fov: number
  /** What is up in the picture, at the initial pose; z when not given. */
  readonly up?: Triple
  /** Initial pose of the body: x y z, then w x y z. When not given, the body is taken to be what a tracking camera looks at. */
  readonly home?: readonly number[]
  /** Body looked at by 'target'. */
  readonly looksAt?: number
}

export interface SceneSpec {
  /** Body names; 0 is 'world'. */
  readonly bodies: readonly string[]
  /** What is seen: nothing that is wholly transparent. */
  readonly geoms: readonly GeomSpec[]
  readonly cameras: readonly CameraSpec[]
  /** Characteristic length, m, for camera and shadow range. */
  readonly extent: number
  readonly meshes?: readonly MeshSpec[]
  readonly textures?: readonly TextureSpec[]
  /** Where the sunlight goes; the renderers' own choice when not given. */
  readonly sun?: Triple
  /** sRGB of the sky from straight down to straight up, at even steps of the sine of the elevation; a light haze when not given. */
  readonly sky?: readonly Triple[]
}

/** Numbers per body in a pose row: x y z, then w x y z. */
export const POSE_WIDTH = 7
