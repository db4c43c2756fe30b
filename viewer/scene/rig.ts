/** Where the camera is: one of the scene's cameras, following its body over the ground, turned and moved by hand. */
import { PerspectiveCamera, Vector3 } from 'three'
import { clamp } from '../../src/core/math.ts'
import { type CameraSpec, POSE_WIDTH, type SceneSpec } from '../../src/core/scene.ts'
import { viewOf } from '../../src/render/camera.ts'

/** Radians a pixel of dragging turns. */
const TURN = 0.006
/** Distance factor of a wheel notch of 100. */
const ZOOM = 1.12
/** Nearest to straight up or down, rad. */
const POLE = 0.08
const UP = new Vector3(0, 0, 1)

/** Names of the cameras, the page's own first. */
export const cameraNames = ({ cameras }: SceneSpec): string[] => ['free', ...cameras.map(({ name }) => name)]

export class Rig {
  readonly camera = new PerspectiveCamera(45, 1, 0.02, 500)
  private readonly spec: SceneSpec
  private chosen: CameraSpec
  /** By hand: turned around the target, rad, and moved away from it, as a factor. */
  private yaw = 0
  private pitch = 0
  private zoom = 1

  constructor(spec: SceneSpec) {
    this.spec = spec
    this.chosen = ownCamera(spec)
    this.camera.up.copy(UP)
  }

  /** Body around which the light and the floor are drawn. */
  get subject(): number {
    return this.chosen.body > 0 ? this.chosen.body : Math.min(1, this.spec.bodies.length - 1)
  }

  /** Index into the scene's cameras; -1 is the page's own. Takes back what was done by hand. */
  choose(index: number): void {
    this.chosen = this.spec.cameras[index] ?? ownCamera(this.spec)
    this.yaw = 0
    this.pitch = 0
    this.zoom = 1
  }

  turn(dx: number, dy: number): void {
    this.yaw -= dx * TURN
    this.pitch += dy * TURN
  }

  move(wheel: number): void {
    this.zoom = clamp(this.zoom * ZOOM ** (wheel / 100), 0.15, 12)
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / Math.max(1, height)
    this.camera.updateProjectionMatrix()
  }

  /** `now` and `start` [bodies, 7]: the pose shown, and the first of the episode. Returns the distance to the target, m. */
  place(now: Float32Array, start: Float32Array): number {
    const { chosen, camera } = this
    const follows = chosen.mode === 'track'
    // What is mounted on a body, or looks at one, is where the scene says; only tracking stays level.
    const view = follows ? chosen : viewOf(chosen, now)
    const target = new Vector3(...view.target)
    const offset = new Vector3(...view.position).sub(target)
    if (follows) target.add(travelled(now, start, chosen.body))
    const distance = offset.length() * this.zoom
    const yaw = Math.atan2(offset.y, offset.x) + this.yaw
    const height = Math.asin(clamp(offset.z / offset.length(), -1, 1))
    const pitch = clamp(height + this.pitch, POLE - Math.PI / 2, Math.PI / 2 - POLE)
    this.pitch = pitch - height
    camera.position
      .set(Math.cos(pitch) * Math.cos(yaw), Math.cos(pitch) * Math.sin(yaw), Math.sin(pitch))
      .multiplyScalar(distance)
      .add(target)
    camera.fov = (chosen.fov * 180) / Math.PI
    camera.lookAt(target)
    camera.updateProjectionMatrix()
    return distance
  }
}

/** Over the ground: were height followed too, the floor would seem to hop and not the robot. */
function travelled(now: Float32Array, start: Float32Array, body: number): Vector3 {
  const at = body * POSE_WIDTH
  return new Vector3(now[at] - start[at], now[at + 1] - start[at + 1], 0)
}

/** From the side, from ahead and from above, at the distance of the first camera that tracks, with the feet in view too. */
function ownCamera({ cameras, bodies, extent }: SceneSpec): CameraSpec {
  const model = cameras.find(({ mode }) => mode === 'track') ?? cameras[0]
  const aim = new Vector3(...(model?.target ?? [0, 0, extent / 4]))
  const distance = model === undefined ? 2 * extent : new Vector3(...model.position).distanceTo(aim)
  const target = aim.clone().setZ(0.6 * aim.z)
  const offset = new Vector3(0.52, -1, 0.3).setLength(0.9 * distance)
  return {
    name: 'free',
    mode: model?.mode ?? 'track',
    body: model?.body ?? Math.min(1, bodies.length - 1),
    position: target.clone().add(offset).toArray(),
    target: target.toArray(),
    fov: model?.fov ?? Math.PI / 4,
  }
}
