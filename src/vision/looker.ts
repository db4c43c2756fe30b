/** Workers that see what a scene looks like in given poses, as a dual encoder's embeddings. */
import { CarrotError } from '../core/errors.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { sightOf } from '../models/stateFiles.ts'
import { Port } from '../port.ts'
import { cameraNamed } from '../render/camera.ts'
import type { RendererName } from '../render/drawing.ts'
import { modelFolder } from '../vlm/cache.ts'
import { type ModelFolder, readModelFolder } from '../vlm/folder.ts'
import { wordsOutside } from '../vlm/words.ts'
import type { LookRequest, LookSetup } from './lookWorker.ts'

/** States a worker is given at a time. */
const TURN = 32

export class Looker implements AsyncDisposable {
  readonly model: ModelFolder
  readonly scene: SceneSpec
  /** E, the length of an embedding. */
  readonly width: number
  private readonly ports: readonly Port[]

  /** Throws CarrotError where there is no such model or renderer, or they cannot be run. */
  static async open(
    scene: SceneSpec,
    idOrFolder: string,
    workers: number,
    renderer: RendererName = 'soft',
  ): Promise<Looker> {
    const { model: named, fromStates } = sightOf(idOrFolder)
    const { id, folder } = modelFolder(named)
    const model = readModelFolder(folder, id)
    const setup: LookSetup = { scene, model, fromStates, renderer }
    const ports = Array.from({ length: workers }, () => new Port('./lookWorker', import.meta.url, setup))
    try {
      const [width] = await Promise.all(
        ports.map(port => port.call<number>({ type: 'width' } satisfies LookRequest)),
      )
      return new Looker(model, scene, width, ports)
    } catch (error) {
      await Promise.all(ports.map(port => port[Symbol.asyncDispose]()))
      throw error
    }
  }

  private constructor(model: ModelFolder, scene: SceneSpec, width: number, ports: readonly Port[]) {
    this.model = model
    this.scene = scene
    this.width = width
    this.ports = ports
  }

  /** Words that the model was not made for. */
  unknownWords(text: string): readonly string[] {
    const { lexicon } = this.model
    return lexicon === undefined ? [] : wordsOutside(new Set(lexicon), text)
  }

  /** [texts, E] of unit length. */
  texts(texts: readonly string[]): Promise<Float32Array> {
    return this.ports[0].call({ type: 'texts', texts } satisfies LookRequest)
  }

  /**
   * `poses` [states, bodies, 7]; gives [states, cameras, E] of unit length, the same whatever the number of workers.
   * They are copied to the workers in turns, whoever is free first.
   */
  async look(poses: Float32Array, cameras: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    const size = this.scene.bodies.length * POSE_WIDTH
    const states = poses.length / size
    const perState = cameras.length * this.width
    const out = new Float32Array(states * perState)
    let next = 0
    await Promise.all(
      this.ports.map(async port => {
        while (next < states) {
          signal?.throwIfAborted()
          const from = next
          next += TURN
          const part = poses.slice(from * size, Math.min(next, states) * size)
          const request: LookRequest = { type: 'look', poses: part, cameras }
          out.set(await port.call<Float32Array>(request, [part.buffer as ArrayBuffer]), from * perState)
        }
      }),
    )
    return out
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.ports.map(port => port[Symbol.asyncDispose]()))
  }
}

/** Name of a scene's camera; of '', the one that is meant for models, or the first. Throws CarrotError. */
export function cameraFor(scene: SceneSpec, name: string): string {
  if (name !== '') return cameraNamed(scene, name).name
  const { cameras } = scene
  const camera = cameras.find(camera => camera.name === 'vlm') ?? cameras[0]
  if (camera !== undefined) return camera.name
  throw new CarrotError(
    'unsupported',
    'The scene has no camera, so a vision-language model has nothing to look through.',
    'Add one to its MJCF: <camera name="vlm" pos="…" xyaxes="…"/>.',
  )
}
