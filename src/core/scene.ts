/** What can be drawn, as plain data: made once from an environment, read by every renderer and the page. */

export type GeomType = 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box'

/** A shape fixed to a body. */
export interface GeomSpec {
  readonly name: string
  readonly type: GeomType
  /** Index into `SceneSpec.bodies`; 0 is the world. */
  readonly body: number
  /** Half sizes in MuJoCo's convention, m: sphere [r], capsule and cylinder [r, half length], box and ellipsoid half axes, plane [half x, half y] (0 is endless). */
  readonly size: readonly [number, number, number]
  /** In the body's frame, m. */
  readonly position: readonly [number, number, number]
  /** In the body's frame, w x y z. */
  readonly quaternion: readonly [number, number, number, number]
  /** 0…1 each. */
  readonly rgba: readonly [number, number, number, number]
  /** Draw as a checker of `rgba` and this second colour. */
  readonly checker?: readonly [number, number, number, number]
}

export interface CameraSpec {
  readonly name: string
  /** 'fixed' stays where it is; 'track' keeps its offset to the body's position. */
  readonly mode: 'fixed' | 'track'
  readonly body: number
  /** World position at the initial pose, m. */
  readonly position: readonly [number, number, number]
  /** Point looked at, at the initial pose, m. */
  readonly target: readonly [number, number, number]
  /** Vertical field of view, rad. */
  readonly fov: number
}

export interface SceneSpec {
  /** Body names; 0 is 'world'. */
  readonly bodies: readonly string[]
  readonly geoms: readonly GeomSpec[]
  readonly cameras: readonly CameraSpec[]
  /** Characteristic length, m, for camera and shadow range. */
  readonly extent: number
}

/** Numbers per body in a pose row: x y z, then w x y z. */
export const POSE_WIDTH = 7
