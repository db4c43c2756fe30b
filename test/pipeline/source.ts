/** A rollout source without physics: batches come after a turn of the event loop, filled with their own number. */
import { type BatchShape, RolloutBatch } from '../../src/core/batch.ts'
import type { RolloutSource } from '../../src/pipeline/rollouts.ts'

const shape: BatchShape = { T: 2, N: 2, O: 1, S: 1, A: 1, R: 0, stateSize: 1, bodies: 1 }

export class NumberedSource implements RolloutSource {
  readonly buffers: number
  onFree: (() => void) | undefined
  readonly batches: RolloutBatch[]
  /** Rollouts running now, and the most there ever were. */
  running = 0
  mostRunning = 0
  /** Version of the policy that each rollout was acted under. */
  readonly versions: number[] = []
  failAt = Number.POSITIVE_INFINITY

  constructor(buffers: number) {
    this.buffers = buffers
    this.batches = Array.from({ length: buffers }, () => new RolloutBatch(shape, () => this.onFree?.()))
  }

  get leased(): number {
    return this.batches.filter(batch => batch.leased).length
  }

  async rollout(sequence: number, policy: { readonly version: number }): Promise<RolloutBatch> {
    this.running++
    this.mostRunning = Math.max(this.mostRunning, this.running)
    const free = this.batches.find(batch => !batch.leased)
    if (free === undefined) throw new Error('no free batch')
    const batch = free.lease()
    await new Promise(resolve => setImmediate(resolve))
    this.running--
    if (sequence === this.failAt) throw new Error('the physics is gone')
    this.versions.push(policy.version)
    batch.sequence = sequence
    batch.valid.fill(1)
    batch.reward.fill(sequence)
    return batch
  }
}
