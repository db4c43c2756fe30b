/**
 * Draws a scene without a graphics card: a ray caster in WebAssembly, on the calling thread, in Node, workers and pages.
 * The same scene and pose give the same bytes wherever the engine is the same. Three.js draws the same look in the page
 * (threeScene.ts).
 */
import { fromBase64 } from '../core/base64.ts'
import { CarrotError } from '../core/errors.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { axesOf, cameraNamed, FOV, type View, viewOf } from './camera.ts'
import * as at from './kernels/layout.ts'
import { raycaster } from './kernels/module.ts'
import { ABOVE_COLOR, BELOW_COLOR, HAZE_FROM, HAZE_TO, hazeOf, SUN_COLOR, towardsSun } from './look.ts'
import { checkPoses, checkSize, type RenderOptions } from './renderOptions.ts'
import { layOut, type SoftMemory } from './softMemory.ts'

let compiled: WebAssembly.Module | undefined
function kernel(): WebAssembly.Module {
  if (compiled !== undefined) return compiled
  const bytes = fromBase64(raycaster)
  if (!WebAssembly.validate(bytes)) {
    throw new CarrotError(
      'unsupported',
      'This engine has no WebAssembly SIMD.',
      'Use Node 18 or a browser of 2023 or later.',
    )
  }
  compiled = new WebAssembly.Module(bytes)
  return compiled
}

export class SoftRenderer {
  readonly scene: SceneSpec
  readonly width: number
  readonly height: number
  private readonly parts: SoftMemory
  private readonly draw: () => void
  private readonly floats: Float32Array
  private readonly words: Int32Array
  private readonly axes = new Float64Array(9)
  private readonly color: Uint8Array<ArrayBuffer>
  private readonly depths: Float32Array<ArrayBuffer>
  private readonly geoms: Int32Array<ArrayBuffer>

  /** Throws CarrotError 'bad-argument' for sizes that are no picture. */
  constructor(scene: SceneSpec, { width, height, antialias = true, shadow = true }: RenderOptions) {
    checkSize(width, height)
    this.scene = scene
    this.width = width
    this.height = height
    this.parts = layOut(scene, width, height)
    const { memory, color, depth, ids } = this.parts
    const buffer = memory.buffer as ArrayBuffer
    this.floats = new Float32Array(buffer)
    this.color = new Uint8Array(buffer, color, 4 * width * height)
    this.depths = new Float32Array(buffer, depth, width * height)
    this.geoms = new Int32Array(buffer, ids, width * height)
    this.draw = new WebAssembly.Instance(kernel(), { env: { memory } }).exports.render as () => void
    this.words = new Int32Array(buffer)
    this.words[at.SHADOW / 4] = shadow ? 1 : 0
    this.words[at.ANTIALIAS / 4] = antialias ? 1 : 0
    this.light()
  }

  /**
   * `poses` [bodies, 7] as an environment gives them; `camera` by its name in the scene, or any view. Returns RGBA
   * [height, width, 4], row 0 on top: a view that the next call overwrites. Throws CarrotError 'unknown-name' and
   * 'bad-argument'.
   */
  render(poses: Float32Array, camera: string | View): Uint8Array<ArrayBuffer> {
    checkPoses(this.scene, poses)
    this.look(typeof camera === 'string' ? viewOf(cameraNamed(this.scene, camera), poses) : camera)
    for (let i = 0; i < this.scene.geoms.length; i++) this.place(i, poses)
    this.draw()
    this.pack()
    return this.color
  }

  /** Of the last picture: [height, width] distance along the view's axis to what is seen first, m; 1e30 where that is the sky. Overwritten by the next. */
  depth(): Float32Array<ArrayBuffer> {
    return this.depths
  }

  /** Of the last picture: [height, width] index into the scene's geoms of what is seen first; -1 where that is the sky. Overwritten by the next. */
  ids(): Int32Array<ArrayBuffer> {
    return this.geoms
  }

  private light(): void {
    const { scene, floats } = this
    floats.set(towardsSun(scene), at.SUN / 4)
    floats.set(SUN_COLOR, at.SUN_COLOR / 4)
    floats.set(ABOVE_COLOR, at.ABOVE_COLOR / 4)
    floats.set(BELOW_COLOR, at.BELOW_COLOR / 4)
    floats.set(hazeOf(scene), at.HAZE_COLOR / 4)
  }

  private look(view: View): void {
    const { floats, axes, width, height } = this
    const { position, target, fov = FOV } = view
    axesOf(view, axes)
    floats.set(position, at.EYE / 4)
    floats.set(axes, at.RIGHT / 4)
    const tangent = Math.tan(fov / 2)
    const distance = Math.hypot(target[0] - position[0], target[1] - position[1], target[2] - position[2])
    floats[at.TAN_X / 4] = (tangent * width) / height
    floats[at.TAN_Y / 4] = tangent
    floats[at.PIXEL / 4] = (2 * tangent) / height
    floats[at.HAZE_FROM / 4] = HAZE_FROM * distance
    floats[at.HAZE_RATE / 4] = 1 / ((HAZE_TO - HAZE_FROM) * distance)
  }

  /** Writes a geom's place in the world: its body's pose times its own. */
  private place(i: number, poses: Float32Array): void {
    const { body, position, quaternion } = this.scene.geoms[i]
    const b = body * POSE_WIDTH
    const bw = poses[b + 3]
    const bx = poses[b + 4]
    const by = poses[b + 5]
    const bz = poses[b + 6]
    const [gw, gx, gy, gz] = quaternion
    const [px, py, pz] = position
    // Twice the body's axis times the place, and what a rotation makes of that.
    const ux = 2 * (by * pz - bz * py)
    const uy = 2 * (bz * px - bx * pz)
    const uz = 2 * (bx * py - by * px)
    const { floats } = this
    const g = (this.parts.geoms + i * at.GEOM_BYTES) / 4
    const c = g + at.CENTRE / 4
    floats[c] = poses[b] + px + bw * ux + by * uz - bz * uy
    floats[c + 1] = poses[b + 1] + py + bw * uy + bz * ux - bx * uz
    floats[c + 2] = poses[b + 2] + pz + bw * uz + bx * uy - by * ux
    const w = bw * gw - bx * gx - by * gy - bz * gz
    const x = bw * gx + bx * gw + by * gz - bz * gy
    const y = bw * gy - bx * gz + by * gw + bz * gx
    const z = bw * gz + bx * gy - by * gx + bz * gw
    const m = g + at.ROTATION / 4
    floats[m] = 1 - 2 * (y * y + z * z)
    floats[m + 1] = 2 * (x * y - w * z)
    floats[m + 2] = 2 * (x * z + w * y)
    floats[m + 3] = 2 * (x * y + w * z)
    floats[m + 4] = 1 - 2 * (x * x + z * z)
    floats[m + 5] = 2 * (y * z - w * x)
    floats[m + 6] = 2 * (x * z - w * y)
    floats[m + 7] = 2 * (y * z + w * x)
    floats[m + 8] = 1 - 2 * (x * x + y * y)
  }

  /** The kernel fills whole tiles; takes out what lies beyond the picture. */
  private pack(): void {
    const { width, height } = this
    const row = Math.ceil(width / at.TILE) * at.TILE
    if (row === width) return
    for (const start of [this.parts.color, this.parts.depth, this.parts.ids]) {
      const from = start / 4
      for (let y = 1; y < height; y++)
        this.words.copyWithin(from + y * width, from + y * row, from + y * row + width)
    }
  }
}
