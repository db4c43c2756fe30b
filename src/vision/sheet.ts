/** Frames side by side as one PNG file. */
import { POSE_WIDTH } from '../core/scene.ts'
import { encodePng } from '../png.ts'
import { SoftRenderer } from '../render/softRenderer.ts'
import type { Frames } from './evalVision.ts'

/** Pixels of a frame's side, and between frames. */
const SIDE = 160
const GAP = 4

/** `columns` frames a row, in their order. */
export function sheet({ scene, camera, poses }: Frames, columns: number): Uint8Array<ArrayBuffer> {
  const size = scene.bodies.length * POSE_WIDTH
  const count = poses.length / size
  const rows = Math.ceil(count / columns)
  const width = columns * (SIDE + GAP) - GAP
  const height = rows * (SIDE + GAP) - GAP
  const out = new Uint8Array(4 * width * height).fill(255)
  const renderer = new SoftRenderer(scene, { width: SIDE, height: SIDE })
  for (let i = 0; i < count; i++) {
    const frame = renderer.render(poses.slice(i * size, (i + 1) * size), camera)
    const left = (i % columns) * (SIDE + GAP)
    const top = Math.floor(i / columns) * (SIDE + GAP)
    for (let y = 0; y < SIDE; y++) {
      out.set(frame.subarray(4 * y * SIDE, 4 * (y + 1) * SIDE), 4 * ((top + y) * width + left))
    }
  }
  return encodePng(out, width, height)
}
