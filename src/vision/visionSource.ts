/** Labels from a vision-language model: renders the states of a batch, and writes how near they look to texts. */
import { dot, type TextAxes, textAxes } from '../../rewards/vlm/index.ts'
import type { RolloutBatch } from '../core/batch.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import { allColumns, atStart, type VisionRequest, visionColumns } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import { framesOf } from './frames.ts'
import { cameraFor, type Looker } from './looker.ts'

/** A large model may take minutes for a batch; that is no failure. */
const TIMEOUT = 30 * 60_000
/** States whose embeddings are remembered. */
const REMEMBERED = 20_000

/** Columns of one request, with what each is measured along. */
interface Measure {
  /** Index into the cameras. */
  readonly camera: number
  readonly column: string
  readonly along: Float64Array
  /** Subtracted. */
  readonly origin: number
}

export class VisionSource implements LabelSource {
  readonly columns: readonly string[]
  readonly late: LabelSource['late']
  readonly timeout = TIMEOUT
  private readonly request: VisionRequest
  private readonly looker: Looker
  private readonly cameras: readonly string[]
  private readonly measures: readonly Measure[]
  /** Embeddings [cameras, E] by the bytes of the pose, which decides the picture. */
  private readonly seen = new Map<string, Float32Array>()

  /** Encodes the texts. Throws CarrotError where cameras are missing, or the model cannot tell the texts apart. */
  static async open(request: VisionRequest, looker: Looker): Promise<VisionSource> {
    const cameras = request.cameras.map(name => cameraFor(looker.scene, name))
    return new VisionSource(request, looker, cameras, await measuresOf(request, looker))
  }

  private constructor(
    request: VisionRequest,
    looker: Looker,
    cameras: readonly string[],
    measures: readonly Measure[],
  ) {
    this.request = request
    this.looker = looker
    this.cameras = cameras
    this.measures = measures
    this.columns = allColumns(request)
    this.late = request.policy === 'wait' ? undefined : request.policy === 'hold' ? 'held' : 'unpaid'
  }

  async label(batch: RolloutBatch, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    const { T, N } = batch
    const frames = framesOf(batch, rowsLooked(this.request, N, batch.shape.R), this.request.every)
    // Before the first `await`, as the batch may go on.
    const poses = gather(batch, frames)
    const embeddings = await this.look(poses, signal)
    const columns = new Map(this.columns.map(column => [column, new Float64Array(T * N).fill(Number.NaN)]))
    const { width } = this.looker
    frames.forEach(({ row, isStart }, i) => {
      for (const { camera, column, along, origin } of this.measures) {
        const into = columns.get(isStart ? atStart(column) : column) as Float64Array
        into[row] = dot(along, embeddings, (i * this.cameras.length + camera) * width) - origin
      }
    })
    return [...columns.values()]
  }

  /** `poses` [states, bodies, 7]; [states, cameras, E], from memory where a state was seen before. */
  private async look(poses: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const size = this.looker.scene.bodies.length * POSE_WIDTH
    const states = poses.length / size
    const keys = Array.from({ length: states }, (_, i) => keyOf(poses.subarray(i * size, (i + 1) * size)))
    const fresh = new Map<string, number>()
    keys.forEach((key, i) => {
      if (!this.seen.has(key) && !fresh.has(key)) fresh.set(key, i)
    })
    const asked = new Float32Array(fresh.size * size)
    let at = 0
    for (const i of fresh.values()) asked.set(poses.subarray(i * size, (i + 1) * size), size * at++)
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

/** Of N environments, those whose frames are looked at; a batch has the poses of the first `kept`. */
export const rowsLooked = ({ share }: VisionRequest, N: number, kept = N): number =>
  Math.min(kept, Math.max(1, Math.ceil(share * N)))

/** [frames, bodies, 7] */
function gather(batch: RolloutBatch, frames: ReturnType<typeof framesOf>): Float32Array {
  const { R, bodies } = batch.shape
  const size = bodies * POSE_WIDTH
  const poses = new Float32Array(frames.length * size)
  frames.forEach(({ state, n }, i) => {
    const at = (state * R + n) * size
    poses.set(batch.poses.subarray(at, at + size), i * size)
  })
  return poses
}

const keyOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('latin1')

async function measuresOf(request: VisionRequest, looker: Looker): Promise<Measure[]> {
  const { prompts, baselines, head } = request
  const negatives = head.type === 'softmax' ? head.negatives : []
  const texts = await looker.texts([...prompts, ...baselines, ...negatives])
  const { width } = looker
  const part = (from: number, count: number) => texts.subarray(from * width, (from + count) * width)
  const axes: TextAxes = textAxes(part(0, prompts.length), part(prompts.length, baselines.length), width)
  const others = negatives.map((_, i) => Float64Array.from(part(prompts.length + baselines.length + i, 1)))
  return visionColumns(request).flatMap(({ goal, along, negatives: names }, camera) => [
    { camera, column: goal, along: axes.goal, origin: 0 },
    ...(along === undefined || axes.direction === undefined
      ? []
      : [{ camera, column: along, along: axes.direction, origin: axes.origin }]),
    ...names.map((column, i) => ({ camera, column, along: others[i], origin: 0 })),
  ])
}
