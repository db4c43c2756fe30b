/** The worker that renders poses at the size its model sees, and encodes them. */
import { workerData } from 'node:worker_threads'
import { answer, Moved } from '../answer.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { type Drawing, openDrawing, type RendererName } from '../render/drawing.ts'
import { FRAME_CHANNELS, LocalEncoder } from '../vlm/encoder.ts'
import type { ModelFolder } from '../vlm/folder.ts'
import { StateSight } from './stateSight.ts'

export interface LookSetup {
  readonly scene: SceneSpec
  readonly model: ModelFolder
  /** Tell what it sees from the poses, as a state encoder learned to, and render nothing. */
  readonly fromStates: boolean
  readonly renderer: RendererName
}

export type LookRequest =
  /** Resolves to the length of an embedding. */
  | { readonly type: 'width' }
  /** Resolves to embeddings [texts, E]. */
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  /** `poses` [states, bodies, 7]. Resolves to embeddings [states, cameras, E]. */
  | { readonly type: 'look'; readonly poses: Float32Array; readonly cameras: readonly string[] }

/** Pictures that go through the network at once: always as many, so that what is beside a picture changes nothing. */
const BATCH = 16

class Eye {
  private readonly encoder: LocalEncoder
  private readonly scene: SceneSpec
  private readonly drawing: Drawing
  private readonly side: number
  /** In place of pictures. */
  private readonly states: StateSight | undefined
  private readonly frames: Uint8Array

  static async open({ scene, model, fromStates, renderer }: LookSetup): Promise<Eye> {
    // One thread each: there are as many workers as cores to use.
    const encoder = await LocalEncoder.open(model, { threads: 1, providers: ['cpu'] })
    const { side } = model.image
    const drawing = await openDrawing(renderer, scene, { width: side, height: side })
    const states = fromStates ? new StateSight(model.folder, scene) : undefined
    return new Eye(scene, encoder, drawing, side, states)
  }

  private constructor(
    scene: SceneSpec,
    encoder: LocalEncoder,
    drawing: Drawing,
    side: number,
    states?: StateSight,
  ) {
    this.scene = scene
    this.states = states
    this.encoder = encoder
    this.drawing = drawing
    this.side = side
    this.frames = new Uint8Array(BATCH * side * side * FRAME_CHANNELS)
  }

  get width(): number {
    return this.encoder.facts.width
  }

  texts(texts: readonly string[]): Promise<Float32Array<ArrayBuffer>> {
    return this.encoder.encodeTexts(texts)
  }

  async look(poses: Float32Array, cameras: readonly string[]): Promise<Float32Array<ArrayBuffer>> {
    if (this.states !== undefined) return this.states.look(poses, cameras)
    const { side, width, frames, drawing } = this
    const size = this.scene.bodies.length * POSE_WIDTH
    const bytes = side * side * FRAME_CHANNELS
    const count = (poses.length / size) * cameras.length
    const out = new Float32Array(count * width)
    for (let first = 0; first < count; first += BATCH) {
      const here = Math.min(BATCH, count - first)
      const drawn = Array.from({ length: here }, (_, i) => {
        const state = Math.floor((first + i) / cameras.length)
        const camera = cameras[(first + i) % cameras.length]
        const pose = poses.subarray(state * size, (state + 1) * size)
        return drawing.into(frames.subarray(i * bytes, (i + 1) * bytes), pose, camera)
      })
      await Promise.all(drawn)
      const embeddings = await this.encoder.encodeImages(frames, BATCH, side, side)
      out.set(embeddings.subarray(0, here * width), first * width)
    }
    return out
  }
}

const moved = (embeddings: Float32Array<ArrayBuffer>) => new Moved(embeddings, [embeddings.buffer])

answer(
  () => Eye.open(workerData as LookSetup),
  async (eye, request: LookRequest) => {
    if (request.type === 'width') return eye.width
    if (request.type === 'texts') return moved(await eye.texts(request.texts))
    return moved(await eye.look(request.poses, request.cameras))
  },
)
