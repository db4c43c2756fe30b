/** What renderers that make pictures have in common. */
import { CarrotError } from '../core/errors.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'

export interface RenderOptions {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Smooth edges; true when not given. */
  readonly antialias?: boolean
  /** Draw the sun's shadows; true when not given. */
  readonly shadow?: boolean
}

const MOST_PIXELS = 8192

/** Throws CarrotError 'bad-argument' for sizes that are no picture. */
export function checkSize(width: number, height: number): void {
  for (const size of [width, height]) {
    if (Number.isInteger(size) && size > 0 && size <= MOST_PIXELS) continue
    throw new CarrotError(
      'bad-argument',
      `A picture of ${width} × ${height} pixels cannot be drawn.`,
      `Give whole numbers from 1 to ${MOST_PIXELS}.`,
    )
  }
}

/** Throws CarrotError 'bad-argument' for poses of another scene. */
export function checkPoses({ bodies }: SceneSpec, poses: Float32Array): void {
  if (poses.length === bodies.length * POSE_WIDTH) return
  throw new CarrotError(
    'bad-argument',
    `${poses.length} numbers were given for the poses of ${bodies.length} bodies.`,
    `Give ${POSE_WIDTH} numbers per body.`,
  )
}
