/** T steps of N environments in preallocated columns: the unit that flows through the pipeline. */
import type { Fault } from './env.ts'
import { CarrotError } from './errors.ts'
import { POSE_WIDTH } from './scene.ts'

/**
 * What a reward reads and writes. A rollout batch is one, and so is a recorded episode (N = 1), which is why the same
 * program scores both. Row t of a [T, N] column belongs to the step from state t to state t+1.
 */
export interface ScoreColumns {
  readonly T: number
  readonly N: number
  /** [T+1, N, S]; row t+1 is the state after step t. */
  readonly signals: Float64Array
  /** [T, N, A] the action as the environment executed it. */
  readonly applied: Float64Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  /** [T, N] 0 where the row was only reset: no step was taken, no reward is due. */
  readonly valid: Uint8Array
  /** [T+1, N] control steps since the row's episode began. */
  readonly stepInEpisode: Int32Array
  /** [T+1, N] episode number of the row. */
  readonly episode: Int32Array
  /** [T, N] columns that arrive from slow sources (VLM, human), by name; NaN where no label came. */
  readonly labels: Map<string, Float64Array>
  /** Of recordings: the step from which on a term (or 'combine', 'success') was off for having failed, by name. */
  readonly offFrom?: Readonly<Record<string, number>>
  /** [K, T, N] raw term values, before weights. */
  terms: Float64Array
  /** [T, N] combined: what the learner sees. */
  readonly reward: Float64Array
  /** [T, N] 1 where the program's success criterion holds after the step. */
  readonly success: Uint8Array
}

export interface BatchShape {
  /** Steps per environment. */
  readonly T: number
  /** Environments. */
  readonly N: number
  /** Observation width. */
  readonly O: number
  /** Signal width. */
  readonly S: number
  /** Action width. */
  readonly A: number
  /** Rows 0…R-1 also keep full physics state and body poses, for the store and the viewer. */
  readonly R: number
  readonly stateSize: number
  /** Bodies drawn. */
  readonly bodies: number
}

const COLUMNS = {
  obs: [Float32Array, (s: BatchShape) => (s.T + 1) * s.N * s.O],
  signals: [Float64Array, (s: BatchShape) => (s.T + 1) * s.N * s.S],
  action: [Float32Array, (s: BatchShape) => s.T * s.N * s.A],
  applied: [Float64Array, (s: BatchShape) => s.T * s.N * s.A],
  logProb: [Float32Array, (s: BatchShape) => s.T * s.N],
  terminated: [Uint8Array, (s: BatchShape) => s.T * s.N],
  truncated: [Uint8Array, (s: BatchShape) => s.T * s.N],
  valid: [Uint8Array, (s: BatchShape) => s.T * s.N],
  stepInEpisode: [Int32Array, (s: BatchShape) => (s.T + 1) * s.N],
  episode: [Int32Array, (s: BatchShape) => (s.T + 1) * s.N],
  reward: [Float64Array, (s: BatchShape) => s.T * s.N],
  success: [Uint8Array, (s: BatchShape) => s.T * s.N],
  state: [Float64Array, (s: BatchShape) => (s.T + 1) * s.R * s.stateSize],
  poses: [Float32Array, (s: BatchShape) => (s.T + 1) * s.R * s.bodies * POSE_WIDTH],
} as const

/** The typed arrays of a batch, all views of one shared buffer so that workers fill them in place. */
export type BatchColumns = { [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K][0]> }

/** Bytes a batch of this shape takes. */
export function batchBytes(shape: BatchShape): number {
  let bytes = 0
  for (const [type, length] of Object.values(COLUMNS)) {
    bytes = Math.ceil(bytes / 8) * 8 + length(shape) * type.BYTES_PER_ELEMENT
  }
  return Math.max(8, bytes)
}

/** Lays the columns over a buffer; every thread that gets the buffer and the shape sees the same columns. */
export function batchColumns(shape: BatchShape, buffer: ArrayBufferLike): BatchColumns {
  const columns: Record<string, unknown> = {}
  let offset = 0
  for (const [name, [type, length]] of Object.entries(COLUMNS)) {
    offset = Math.ceil(offset / 8) * 8
    columns[name] = new type(buffer as ArrayBuffer, offset, length(shape))
    offset += length(shape) * type.BYTES_PER_ELEMENT
  }
  return columns as BatchColumns
}

/**
 * One lease-counted batch. The pool hands it out with one lease; whoever outlives the synchronous call must
 * `retain()`. When the last lease is released the buffer is reused: in development it is poisoned first, so that a
 * late reader sees NaN instead of plausible numbers.
 */
export class RolloutBatch implements ScoreColumns {
  readonly shape: BatchShape
  readonly buffer: SharedArrayBuffer
  readonly labels = new Map<string, Float64Array>()
  terms: Float64Array = new Float64Array(0)
  /** Version of the policy that acted. */
  policyVersion = 0
  /** Number of this rollout in the run, from 0. */
  sequence = 0
  /** Some of the steps that diverged, with pool-wide rows. */
  faults: readonly Fault[] = []
  private readonly columns: BatchColumns
  private leases = 0
  private onFree: ((batch: RolloutBatch) => void) | undefined

  constructor(shape: BatchShape, onFree?: (batch: RolloutBatch) => void) {
    this.shape = shape
    this.buffer = new SharedArrayBuffer(batchBytes(shape))
    this.columns = batchColumns(shape, this.buffer)
    this.onFree = onFree
  }

  private live(): BatchColumns {
    if (this.leases === 0) {
      throw new CarrotError(
        'protocol-misuse',
        'A rollout batch was read after it was released.',
        'Call retain() before the batch leaves the synchronous call, and release() when done.',
      )
    }
    return this.columns
  }

  get T(): number {
    return this.shape.T
  }
  get N(): number {
    return this.shape.N
  }
  /** [T+1, N, O] */
  get obs(): Float32Array {
    return this.live().obs
  }
  get signals(): Float64Array {
    return this.live().signals
  }
  /** [T, N, A] the policy's sample, before clipping. */
  get action(): Float32Array {
    return this.live().action
  }
  get applied(): Float64Array {
    return this.live().applied
  }
  /** [T, N] of the sample. */
  get logProb(): Float32Array {
    return this.live().logProb
  }
  get terminated(): Uint8Array {
    return this.live().terminated
  }
  get truncated(): Uint8Array {
    return this.live().truncated
  }
  get valid(): Uint8Array {
    return this.live().valid
  }
  get stepInEpisode(): Int32Array {
    return this.live().stepInEpisode
  }
  get episode(): Int32Array {
    return this.live().episode
  }
  get reward(): Float64Array {
    return this.live().reward
  }
  get success(): Uint8Array {
    return this.live().success
  }
  /** [T+1, R, stateSize] */
  get state(): Float64Array {
    return this.live().state
  }
  /** [T+1, R, bodies, 7] */
  get poses(): Float32Array {
    return this.live().poses
  }

  /** First lease of a free batch; the pool calls it. */
  lease(): this {
    if (this.leases !== 0) {
      throw new CarrotError('protocol-misuse', 'A batch in use was leased again.', 'Release it first.')
    }
    this.leases = 1
    return this
  }

  retain(): this {
    this.live()
    this.leases++
    return this
  }

  release(): void {
    this.live()
    if (--this.leases > 0) return
    if (globalThis.process?.env.NODE_ENV !== 'production') this.poison()
    this.labels.clear()
    this.onFree?.(this)
  }

  /** True while somebody holds a lease. */
  get leased(): boolean {
    return this.leases > 0
  }

  private poison(): void {
    for (const column of Object.values(this.columns)) {
      if (column instanceof Float32Array || column instanceof Float64Array) column.fill(Number.NaN)
      else column.fill(255)
    }
    this.terms.fill(Number.NaN)
  }
}

/** One step as an object, for looking at and for teaching; training never makes these. */
export interface StepView {
  readonly t: number
  readonly n: number
  readonly obs: Float32Array
  readonly action: Float32Array
  readonly reward: number
  readonly terminated: boolean
  readonly truncated: boolean
}

/** Walks a batch step by step, environment by environment. Slow on purpose: for looking, not for training. */
export function* perStep(batch: RolloutBatch): Generator<StepView> {
  const { T, N, O, A } = batch.shape
  for (let n = 0; n < N; n++) {
    for (let t = 0; t < T; t++) {
      const row = t * N + n
      if (!batch.valid[row]) continue
      yield {
        t,
        n,
        obs: batch.obs.slice(row * O, row * O + O),
        action: batch.action.slice(row * A, row * A + A),
        reward: batch.reward[row],
        terminated: batch.terminated[row] === 1,
        truncated: batch.truncated[row] === 1,
      }
    }
  }
}
