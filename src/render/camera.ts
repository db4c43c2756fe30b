/** Where a camera of a scene is, in a pose. */
import { CarrotError, closest } from '../core/errors.ts'
import { type CameraSpec, POSE_WIDTH, type SceneSpec, type Triple } from '../core/scene.ts'

/** Vertical field of view of a view that does not say, rad. */
export const FOV = Math.PI / 4

/** A place to look from. */
export interface View {
  readonly position: Triple
  readonly target: Triple
  /** z when not given. */
  readonly up?: Triple
  /** Vertical field of view, rad; 45° when not given. */
  readonly fov?: number
}

/** Throws CarrotError 'unknown-name'. */
export function cameraNamed({ cameras }: SceneSpec, name: string): CameraSpec {
  const camera = cameras.find(camera => camera.name === name)
  if (camera !== undefined) return camera
  const names = cameras.map(camera => camera.name)
  const near = closest(name, names)
  throw new CarrotError(
    'unknown-name',
    `The scene has no camera '${name}'.`,
    near === undefined ? `It has ${names.join(', ') || 'none'}.` : `Did you mean '${near}'?`,
  )
}

/** `poses` [bodies, 7]. */
export function viewOf(camera: CameraSpec, poses: ArrayLike<number>): View {
  const { mode, body, position, target, up = [0, 0, 1], fov } = camera
  if (mode === 'fixed') return { position, target, up, fov }
  const at = body * POSE_WIDTH
  const home = camera.home ?? [...target, 1, 0, 0, 0]
  if (mode === 'track') {
    const moved = (p: Triple): Triple => [
      p[0] + poses[at] - home[0],
      p[1] + poses[at + 1] - home[1],
      p[2] + poses[at + 2] - home[2],
    ]
    return { position: moved(position), target: moved(target), up, fov }
  }
  const turn = turnFrom(home, poses, at)
  const carried = (p: Triple, origin: number): Triple => {
    const [x, y, z] = turn([p[0] - origin * home[0], p[1] - origin * home[1], p[2] - origin * home[2]])
    return [x + origin * poses[at], y + origin * poses[at + 1], z + origin * poses[at + 2]]
  }
  if (mode === 'mounted')
    return { position: carried(position, 1), target: carried(target, 1), up: carried(up, 0), fov }
  // Upright, whatever its own body does.
  const seen = (camera.looksAt ?? 0) * POSE_WIDTH
  return { position: carried(position, 1), target: [poses[seen], poses[seen + 1], poses[seen + 2]], fov }
}

/** Turns a vector as the body has been turned since it was at home. */
function turnFrom(home: readonly number[], poses: ArrayLike<number>, at: number): (v: Triple) => Triple {
  const [, , , hw, hx, hy, hz] = home
  return v =>
    rotate([poses[at + 3], poses[at + 4], poses[at + 5], poses[at + 6]], rotate([hw, -hx, -hy, -hz], v))
}

function rotate([w, x, y, z]: readonly number[], [a, b, c]: Triple): Triple {
  const u = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)]
  return [
    a + w * u[0] + y * u[2] - z * u[1],
    b + w * u[1] + z * u[0] - x * u[2],
    c + w * u[2] + x * u[1] - y * u[0],
  ]
}

/** Axes of a view in the world, to the right, up and ahead: nine numbers into `out`. */
export function axesOf({ position, target, up = [0, 0, 1] }: View, out: Float64Array): void {
  const f = normal([target[0] - position[0], target[1] - position[1], target[2] - position[2]])
  let r = cross(f, up)
  // Straight up or down: any way is up that lies across.
  if (Math.hypot(...r) < 1e-6) r = cross(f, [0, 1, 0])
  if (Math.hypot(...r) < 1e-6) r = cross(f, [1, 0, 0])
  r = normal(r)
  out.set(r, 0)
  out.set(cross(r, f), 3)
  out.set(f, 6)
}

const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
function normal(v: Triple): Triple {
  const length = Math.hypot(...v) || 1
  return [v[0] / length, v[1] / length, v[2] / length]
}
