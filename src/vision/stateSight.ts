/** What cameras see, told from poses alone by state encoders. */
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import type { StateEncoder } from '../models/stateEncoder.ts'
import { loadStateEncoder } from '../models/stateFiles.ts'

export class StateSight {
  private readonly folder: string
  private readonly scene: SceneSpec
  private readonly encoders = new Map<string, StateEncoder>()

  /** `folder` of the model. */
  constructor(folder: string, scene: SceneSpec) {
    this.folder = folder
    this.scene = scene
  }

  /** `poses` [states, bodies, 7] → [states, cameras, E]. Throws CarrotError where a camera was not learned. */
  look(poses: Float32Array, cameras: readonly string[]): Float32Array<ArrayBuffer> {
    const parts = cameras.map(camera => this.encoder(camera).encode(poses))
    if (parts.length === 1) return parts[0]
    const states = poses.length / (this.scene.bodies.length * POSE_WIDTH)
    const width = parts[0].length / states
    const out = new Float32Array(states * width * parts.length)
    parts.forEach((part, c) => {
      for (let i = 0; i < states; i++)
        out.set(part.subarray(i * width, (i + 1) * width), (i * parts.length + c) * width)
    })
    return out
  }

  private encoder(camera: string): StateEncoder {
    const known = this.encoders.get(camera)
    if (known !== undefined) return known
    const encoder = loadStateEncoder(this.folder, this.scene, camera)
    this.encoders.set(camera, encoder)
    return encoder
  }
}
