/** Labels from a vision-language model: looks at the states of a batch, and writes how near they are to texts. */
import type { RolloutBatch } from '../core/batch.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import { allColumns, atStart, type VisionColumns, type VisionRequest, visionColumns } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import { type Frame, framesOf } from './frames.ts'
import type { Looker } from './looker.ts'
import { Sight, type Similarities } from './sight.ts'

/** A large model may take minutes for a batch; that is no failure. */
const TIMEOUT = 30 * 60_000

export class VisionSource implements LabelSource {
  readonly columns: readonly string[]
  readonly late: LabelSource['late']
  readonly timeout = TIMEOUT
  private readonly request: VisionRequest
  private readonly sight: Sight

  /** Throws CarrotError where cameras are missing, or the model cannot tell the texts apart. */
  static async open(request: VisionRequest, looker: Looker): Promise<VisionSource> {
    return new VisionSource(request, await Sight.open(request, looker))
  }

  private constructor(request: VisionRequest, sight: Sight) {
    this.request = request
    this.sight = sight
    this.columns = allColumns(request)
    this.late = request.policy === 'wait' ? undefined : request.policy === 'hold' ? 'held' : 'unpaid'
  }

  async label(batch: RolloutBatch, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    const { T, N } = batch
    const frames = framesOf(batch, rowsLooked(this.request, N, batch.shape.R), this.request.every)
    // Before the first `await`, as the batch may go on.
    const poses = gather(batch, frames)
    const seen = await this.sight.see(poses, signal)
    const columns = new Map(this.columns.map(name => [name, new Float64Array(T * N).fill(Number.NaN)]))
    const names = visionColumns(this.request)
    frames.forEach(({ row, isStart }, i) => {
      names.forEach((view, camera) => {
        for (const [name, value] of valuesOf(view, seen[i][camera]))
          (columns.get(isStart ? atStart(name) : name) as Float64Array)[row] = value
      })
    })
    return [...columns.values()]
  }
}

/** Of N environments, those whose frames are looked at; a batch has the poses of the first `kept`. */
export const rowsLooked = ({ share }: VisionRequest, N: number, kept = N): number =>
  Math.min(kept, Math.max(1, Math.ceil(share * N)))

const valuesOf = (
  { goal, along, negatives }: VisionColumns,
  seen: Similarities,
): readonly (readonly [string, number])[] => [
  [goal, seen.goal],
  ...(along === undefined ? [] : [[along, seen.along] as const]),
  ...negatives.map((name, i) => [name, seen.negatives[i]] as const),
]

/** [frames, bodies, 7] */
function gather({ shape: { R, bodies }, poses }: RolloutBatch, frames: readonly Frame[]): Float32Array {
  const size = bodies * POSE_WIDTH
  const out = new Float32Array(frames.length * size)
  frames.forEach(({ state, n }, i) => {
    const at = (state * R + n) * size
    out.set(poses.subarray(at, at + size), i * size)
  })
  return out
}
