/** How states look to a model, next to the texts of a request: the numbers that its heads score. */
import { dot, scoreOf, textAxes } from '../../rewards/vlm/index.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { VisionHead, VisionRequest } from '../core/vision.ts'
import { cameraFor, type Looker } from './looker.ts'

/** States whose embeddings are remembered. */
const REMEMBERED = 20_000

/** Of one state in one camera; `along` is 0 without a baseline. */
export interface Similarities {
  /** s·g */
  readonly goal: number
  /** (s − g)·d */
  readonly along: number
  /** s·n of each negative. */
  readonly negatives: readonly number[]
}

/** Of one state, camera by camera. */
export type Views = readonly Similarities[]

/** The mean over cameras of a state's score. `dials` has what the head needs. */
export function scoreOfViews(
  views: Views,
  head: VisionHead,
  dials: Readonly<Record<string, number>>,
): number {
  let sum = 0
  for (const { goal, along, negatives } of views) sum += scoreOf(head, dials, goal, along, negatives)
  return sum / views.length
}

interface Texts {
  readonly goal: Float64Array
  readonly direction?: Float64Array
  readonly origin: number
  readonly negatives: readonly Float64Array[]
}

export class Sight {
  private readonly looker: Looker
  private readonly cameras: readonly string[]
  private readonly texts: Texts
  /** Embeddings [cameras, E] by the bytes of the pose, which decides the picture. */
  private readonly seen = new Map<string, Float32Array>()

  /** Encodes the texts. Throws CarrotError where cameras are missing, or the model cannot tell the texts apart. */
  static async open(request: VisionRequest, looker: Looker): Promise<Sight> {
    const cameras = request.cameras.map(name => cameraFor(looker.scene, name))
    return new Sight(looker, cameras, await textsOf(request, looker))
  }

  private constructor(looker: Looker, cameras: readonly string[], texts: Texts) {
    this.looker = looker
    this.cameras = cameras
    this.texts = texts
  }

  /** `poses` [states, bodies, 7] → [states][cameras]. */
  async see(poses: Float32Array, signal?: AbortSignal): Promise<Views[]> {
    const embeddings = await this.embed(poses, signal)
    const { goal, direction, origin, negatives } = this.texts
    const { width } = this.looker
    const views = this.cameras.length
    return Array.from({ length: embeddings.length / (views * width) }, (_, state) =>
      Array.from({ length: views }, (_, camera) => {
        const at = (state * views + camera) * width
        return {
          goal: dot(goal, embeddings, at),
          along: direction === undefined ? 0 : dot(direction, embeddings, at) - origin,
          negatives: negatives.map(negative => dot(negative, embeddings, at)),
        }
      }),
    )
  }

  /** [states, cameras, E], from memory where a state was seen before. */
  private async embed(poses: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const size = this.looker.scene.bodies.length * POSE_WIDTH
    const states = poses.length / size
    const pose = (i: number) => poses.subarray(i * size, (i + 1) * size)
    const keys = Array.from({ length: states }, (_, i) => keyOf(pose(i)))
    const fresh = new Map<string, number>()
    keys.forEach((key, i) => {
      if (!this.seen.has(key) && !fresh.has(key)) fresh.set(key, i)
    })
    const asked = new Float32Array(fresh.size * size)
    let count = 0
    for (const i of fresh.values()) asked.set(pose(i), size * count++)
    const answer = await this.looker.look(asked, this.cameras, signal)
    const width = this.cameras.length * this.looker.width
    const found = new Map(
      [...fresh.keys()].map((key, i) => [key, answer.slice(i * width, (i + 1) * width)] as const),
    )
    const out = new Float32Array(states * width)
    keys.forEach((key, i) => {
      out.set(found.get(key) ?? (this.seen.get(key) as Float32Array), i * width)
    })
    this.remember(found)
    return out
  }

  /** The oldest are forgotten. */
  private remember(found: ReadonlyMap<string, Float32Array>): void {
    for (const [key, embedding] of found) this.seen.set(key, embedding)
    for (const key of this.seen.keys()) {
      if (this.seen.size <= REMEMBERED) break
      this.seen.delete(key)
    }
  }
}

const keyOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('latin1')

async function textsOf({ prompts, baselines, head }: VisionRequest, looker: Looker): Promise<Texts> {
  const negatives = head.type === 'softmax' ? head.negatives : []
  const texts = await looker.texts([...prompts, ...baselines, ...negatives])
  const { width } = looker
  const part = (from: number, count: number) => texts.subarray(from * width, (from + count) * width)
  const axes = textAxes(part(0, prompts.length), part(prompts.length, baselines.length), width)
  const others = prompts.length + baselines.length
  return { ...axes, negatives: negatives.map((_, i) => Float64Array.from(part(others + i, 1))) }
}
