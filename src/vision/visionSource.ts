/** Labels from a vision-language model: looks at the states of a batch, and writes how near they are to texts. */
import type { RolloutBatch } from '../core/batch.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import { allColumns, atStart, type VisionColumns, type VisionRequest, visionColumns } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import { type Frame, framesOf } from './frames.ts'
import type { Sight, Similarities, Views } from './sight.ts'

/** A large model may take minutes for a batch; that is no failure. */
export const TIMEOUT = 30 * 60_000

export class VisionSource implements LabelSource {
  readonly columns: readonly string[]
  readonly late: LabelSource['late']
  readonly timeout = TIMEOUT
  private readonly request: VisionRequest
  private readonly sight: Sight

  constructor(request: VisionRequest, sight: Sight) {
    this.request = request
    this.sight = sight
    this.columns = allColumns(request)
    this.late = lateOf(request)
  }

  async label(batch: RolloutBatch, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    const { T, N, shape } = batch
    const frames = framesOf(batch, rowsLooked(this.request, N, shape.R), this.request.every)
    return write(this.request, T * N, frames, await lookAt(this.sight, batch, frames, signal))
  }
}

export const lateOf = ({ policy }: VisionRequest): LabelSource['late'] =>
  policy === 'wait' ? undefined : policy === 'hold' ? 'held' : 'unpaid'

/** Of N environments, those whose frames are looked at; a batch has the poses of the first `kept`. */
export const rowsLooked = ({ share }: VisionRequest, N: number, kept = N): number =>
  Math.min(kept, Math.max(1, Math.ceil(share * N)))

/** Takes what it needs of the batch at once. */
export function lookAt(
  sight: Sight,
  { shape: { R, bodies }, poses }: RolloutBatch,
  frames: readonly Frame[],
  signal?: AbortSignal,
): Promise<Views[]> {
  const size = bodies * POSE_WIDTH
  const seen = new Float32Array(frames.length * size)
  frames.forEach(({ state, n }, i) => {
    const at = (state * R + n) * size
    seen.set(poses.subarray(at, at + size), i * size)
  })
  return sight.see(seen, signal)
}

/** Columns of `rows` numbers in the order of `allColumns`, NaN where nothing was seen. */
export function write(
  request: VisionRequest,
  rows: number,
  frames: readonly Frame[],
  seen: readonly Views[],
): Float64Array[] {
  const columns = new Map(allColumns(request).map(name => [name, new Float64Array(rows).fill(Number.NaN)]))
  const views = visionColumns(request)
  frames.forEach(({ row, isStart }, i) => {
    views.forEach((view, camera) => {
      for (const [name, value] of valuesOf(view, seen[i][camera]))
        (columns.get(isStart ? atStart(name) : name) as Float64Array)[row] = value
    })
  })
  return [...columns.values()]
}

const valuesOf = (
  { goal, along, negatives }: VisionColumns,
  seen: Similarities,
): readonly (readonly [string, number])[] => [
  [goal, seen.goal],
  ...(along === undefined ? [] : [[along, seen.along] as const]),
  ...negatives.map((name, i) => [name, seen.negatives[i]] as const),
]
