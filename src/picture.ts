/** A picture of an environment as a PNG file: for pages of documentation, and for looking at a pose. */
import type { EnvDefinition, Keyframe, VectorEnv } from './core/env.ts'
import { CarrotError, closest } from './core/errors.ts'
import { POSE_WIDTH } from './core/scene.ts'
import { encodePng } from './png.ts'
import type { View } from './render/camera.ts'
import { SoftRenderer } from './render/softRenderer.ts'

export interface PictureOptions {
  /** By name, or any view; the scene's first camera when not given. */
  readonly camera?: string | View
  /** Name of a keyframe, or positions and velocities; a random start when not given. */
  readonly pose?: string | { readonly qpos: ArrayLike<number>; readonly qvel?: ArrayLike<number> }
  /** Of the random start. */
  readonly seed?: number
  /** Pixels; 640 × 480 when not given. */
  readonly width?: number
  readonly height?: number
}

/** Throws CarrotError 'unknown-name' for cameras and keyframes there are none of. */
export async function picture(
  definition: EnvDefinition,
  { camera, pose, seed = 0, width = 640, height = 480 }: PictureOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  using env = await definition.make(1)
  env.reset(seed)
  if (pose !== undefined) {
    const { qpos, qvel = new Float64Array(env.getPose(0).qvel.length) } =
      typeof pose === 'string' ? keyframeNamed(env, pose) : pose
    env.setPose(0, qpos, qvel)
  }
  const { scene } = env
  const poses = new Float32Array(scene.bodies.length * POSE_WIDTH)
  env.bodyPoses(0, poses)
  const view = camera ?? scene.cameras[0]?.name ?? overview(scene.extent)
  const pixels = new SoftRenderer(scene, { width, height }).render(poses, view)
  return encodePng(pixels, width, height)
}

/** Throws CarrotError 'unknown-name'. */
export function keyframeNamed({ keyframes, spec }: VectorEnv, name: string): Keyframe {
  const found = keyframes.find(keyframe => keyframe.name === name)
  if (found !== undefined) return found
  const names = keyframes.map(keyframe => keyframe.name)
  const near = closest(name, names)
  throw new CarrotError(
    'unknown-name',
    `${spec.id} has no keyframe '${name}'.`,
    near === undefined ? `It has ${names.join(', ') || 'none'}.` : `Did you mean '${near}'?`,
  )
}

/** For a scene without cameras. */
const overview = (extent: number): View => ({
  position: [1.2 * extent, -1.8 * extent, extent],
  target: [0, 0, extent / 4],
})
