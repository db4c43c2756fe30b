/** Worker threads that step the environments between them and fill shared batches. */

import type { ActorRequest, ActorSetup } from './actor.ts'
import { type BatchShape, RolloutBatch } from './core/batch.ts'
import type { Fault } from './core/env.ts'
import type { PolicySnapshot } from './core/policy.ts'
import type { EnvChoice } from './loadEnv.ts'
import type { RolloutSource } from './pipeline/rollouts.ts'
import { Port } from './port.ts'

export interface PoolOptions {
  readonly env: EnvChoice
  readonly seed: number
  readonly shape: BatchShape
  readonly workers: number
  /** Batches that may be in use at once. */
  readonly buffers: number
  /** Take the policy's mean instead of sampling. */
  readonly deterministic?: boolean
}

/** Rows are dealt to workers in contiguous shares; results do not depend on how many workers there are. */
export class ActorPool implements RolloutSource, AsyncDisposable {
  readonly buffers: number
  readonly shape: BatchShape
  onFree: (() => void) | undefined
  private readonly ports: readonly Port[]
  private readonly shares: readonly { readonly firstRow: number; readonly rows: number }[]
  private readonly batches: readonly RolloutBatch[]

  constructor(options: PoolOptions) {
    const { shape, workers, buffers } = options
    this.shape = shape
    this.buffers = buffers
    this.batches = Array.from({ length: buffers }, () => new RolloutBatch(shape, () => this.onFree?.()))
    this.shares = shares(shape.N, workers)
    this.ports = this.shares.map(({ firstRow, rows }) => {
      const setup: ActorSetup = {
        env: options.env,
        seed: options.seed,
        firstRow,
        rows,
        shape,
        buffers: this.batches.map(batch => batch.buffer),
        deterministic: options.deterministic ?? false,
      }
      return new Port('./actor', import.meta.url, setup)
    })
  }

  /** The shared buffers, for a learner in another thread. */
  get sharedBuffers(): readonly SharedArrayBuffer[] {
    return this.batches.map(batch => batch.buffer)
  }

  /** Number of a batch's buffer in `sharedBuffers`. */
  bufferOf(batch: RolloutBatch): number {
    return this.batches.indexOf(batch)
  }

  async rollout(sequence: number, policy: PolicySnapshot): Promise<RolloutBatch> {
    const buffer = this.batches.findIndex(batch => !batch.leased)
    const batch = this.batches[buffer].lease()
    try {
      const faults = await this.all<Fault[]>({ type: 'rollout', buffer, sequence, policy })
      batch.faults = faults.flatMap((found, i) =>
        found.map(fault => ({ ...fault, row: fault.row + this.shares[i].firstRow })),
      )
    } catch (error) {
      batch.release()
      throw error
    }
    batch.sequence = sequence
    batch.policyVersion = policy.version
    return batch
  }

  /** Starts every row anew, as rows `firstRow`… of the seed's episodes. */
  async reset(seed: number, firstRow = 0): Promise<void> {
    await Promise.all(
      this.ports.map((port, i) =>
        port.call({
          type: 'reset',
          seed,
          firstRow: firstRow + this.shares[i].firstRow,
        } satisfies ActorRequest),
      ),
    )
  }

  /** [N, stateSize] of every row. */
  async save(): Promise<Float64Array> {
    const { N, stateSize } = this.shape
    const parts = await this.all<Float64Array>({ type: 'save' })
    const state = new Float64Array(N * stateSize)
    parts.forEach((part, i) => {
      state.set(part, this.shares[i].firstRow * stateSize)
    })
    return state
  }

  /** Continues exactly where `save` was called, with any number of workers. */
  async load(state: Float64Array): Promise<void> {
    const { stateSize } = this.shape
    await Promise.all(
      this.ports.map((port, i) => {
        const { firstRow, rows } = this.shares[i]
        const part = state.slice(firstRow * stateSize, (firstRow + rows) * stateSize)
        return port.call({ type: 'load', state: part } satisfies ActorRequest)
      }),
    )
  }

  private all<T>(request: ActorRequest): Promise<T[]> {
    return Promise.all(this.ports.map(port => port.call<T>(request)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.ports.map(port => port[Symbol.asyncDispose]()))
  }
}

/** N rows in `workers` contiguous shares, sizes as equal as they can be. */
function shares(rows: number, workers: number): { firstRow: number; rows: number }[] {
  const edges = Array.from({ length: workers + 1 }, (_, i) => Math.round((rows * i) / workers))
  return edges.slice(1).map((end, i) => ({ firstRow: edges[i], rows: end - edges[i] }))
}
