/** Labels for every step from a few looks: a student learns them from observations, and answers for the rest. */
import type { RolloutBatch } from '../core/batch.ts'
import type { TensorData } from '../core/safetensors.ts'
import { allColumns, type VisionRequest } from '../core/vision.ts'
import type { LabelSource } from '../pipeline/label.ts'
import { Port } from '../port.ts'
import { type Frame, framesOf } from './frames.ts'
import type { Sight, Views } from './sight.ts'
import type { StudentShape } from './student.ts'
import type { StudentRequest } from './studentWorker.ts'
import { lateOf, lookAt, rowsLooked, TIMEOUT, write } from './visionSource.ts'

export class DistilledSource implements LabelSource, AsyncDisposable {
  readonly columns: readonly string[]
  readonly late: LabelSource['late']
  readonly timeout = TIMEOUT
  private readonly request: VisionRequest
  private readonly sight: Sight
  private readonly seed: number
  private student: Port | undefined
  private restored: Readonly<Record<string, TensorData>> | undefined

  constructor(request: VisionRequest, sight: Sight, seed: number) {
    this.request = request
    this.sight = sight
    this.seed = seed
    this.columns = allColumns(request)
    this.late = lateOf(request)
  }

  async label(batch: RolloutBatch, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    const { T, N, shape } = batch
    // All that is needed of the batch before the first `await`.
    const every = framesOf(batch, N, 1)
    const due = framesOf(batch, rowsLooked(this.request, N, shape.R), this.request.every)
    const isDue = new Set(due.map(key))
    const others = every.filter(frame => !isDue.has(key(frame)))
    const obs = gatherObs(batch, due)
    const asked = gatherObs(batch, others)
    const looked = await lookAt(this.sight, batch, due, signal)
    const targets = Float64Array.from(looked.flatMap(flat))
    const K = looked.length === 0 ? 0 : flat(looked[0]).length
    const columns = write(this.request, T * N, due, looked)
    if (K === 0) return columns
    const student = await this.studentOf({ obsSize: shape.O, outputs: K, seed: this.seed })
    const request: StudentRequest = { type: 'learn', obs, targets, asked }
    const answers = await student.call<Float64Array | null>(request)
    if (answers === null) return columns
    const guessed = others.map((_, i) => unflat(answers.subarray(i * K, (i + 1) * K), looked[0]))
    return write(this.request, T * N, [...due, ...others], [...looked, ...guessed])
  }

  private async studentOf(shape: StudentShape): Promise<Port> {
    if (this.student !== undefined) return this.student
    this.student = new Port('./studentWorker', import.meta.url, shape)
    if (this.restored !== undefined) {
      await this.student.call({ type: 'load', tensors: this.restored } satisfies StudentRequest)
      this.restored = undefined
    }
    return this.student
  }

  /** What the next batch depends on; nothing before the first. */
  async save(): Promise<Readonly<Record<string, TensorData>>> {
    if (this.student === undefined) return this.restored ?? {}
    return this.student.call({ type: 'save' } satisfies StudentRequest)
  }

  /** Taken over with the next batch. */
  load(tensors: Readonly<Record<string, TensorData>>): void {
    this.restored = Object.keys(tensors).length === 0 ? undefined : tensors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.student?.[Symbol.asyncDispose]()
  }
}

const key = ({ row, isStart }: Frame): number => 2 * row + (isStart ? 1 : 0)

/** [frames, O] */
function gatherObs({ shape: { N, O }, obs }: RolloutBatch, frames: readonly Frame[]): Float32Array {
  const out = new Float32Array(frames.length * O)
  frames.forEach(({ state, n }, i) => {
    const at = (state * N + n) * O
    out.set(obs.subarray(at, at + O), i * O)
  })
  return out
}

/** The similarities of a state as a list, camera after camera; and back. */
const flat = (views: Views): number[] =>
  views.flatMap(({ goal, along, negatives }) => [goal, along, ...negatives])

function unflat(values: Float64Array, like: Views): Views {
  let at = 0
  return like.map(({ negatives }) => ({
    goal: values[at++],
    along: values[at++],
    negatives: negatives.map(() => values[at++]),
  }))
}
