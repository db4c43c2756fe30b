/** The learner as the pipeline sees it: an algorithm in a worker thread, so that learning never blocks the page or the table. */
import type { ActorPool } from './actorPool.ts'
import type { RolloutBatch } from './core/batch.ts'
import type { Learner, Metrics, PolicySnapshot } from './core/policy.ts'
import type { LearnerRequest, LearnerSetup, Tensors, Updated } from './learnerWorker.ts'
import { Port } from './port.ts'

export class WorkerLearner implements Learner {
  private readonly port: Port
  private readonly pool: ActorPool
  private readonly onWarning: (message: string) => void
  private current: PolicySnapshot

  static async create(
    setup: Omit<LearnerSetup, 'shape' | 'buffers'>,
    pool: ActorPool,
    onWarning: (message: string) => void,
  ): Promise<WorkerLearner> {
    const complete: LearnerSetup = { ...setup, shape: pool.shape, buffers: pool.sharedBuffers }
    const port = new Port('./learnerWorker', import.meta.url, complete)
    try {
      const snapshot = await port.call<PolicySnapshot>({ type: 'snapshot' } satisfies LearnerRequest)
      return new WorkerLearner(port, pool, onWarning, snapshot)
    } catch (error) {
      await port[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(
    port: Port,
    pool: ActorPool,
    onWarning: (message: string) => void,
    snapshot: PolicySnapshot,
  ) {
    this.port = port
    this.pool = pool
    this.onWarning = onWarning
    this.current = snapshot
  }

  get snapshot(): PolicySnapshot {
    return this.current
  }

  async update(batch: RolloutBatch): Promise<Metrics> {
    return this.taken(
      await this.port.call({ type: 'update', buffer: this.pool.bufferOf(batch) } satisfies LearnerRequest),
    )
  }

  async pretrain(count: number): Promise<Metrics> {
    return this.taken(await this.port.call({ type: 'pretrain', count } satisfies LearnerRequest))
  }

  private taken({ snapshot, metrics, warnings }: Updated): Metrics {
    this.current = snapshot
    for (const warning of warnings) this.onWarning(warning)
    return metrics
  }

  relabel(sequence: number, reward: Float64Array): Promise<void> {
    return this.port.call({ type: 'relabel', sequence, reward } satisfies LearnerRequest)
  }

  save(): Promise<Tensors> {
    return this.port.call<Tensors>({ type: 'save' } satisfies LearnerRequest)
  }

  async load(tensors: Tensors): Promise<void> {
    await this.port.call({ type: 'load', tensors } satisfies LearnerRequest)
    this.current = await this.port.call<PolicySnapshot>({ type: 'snapshot' } satisfies LearnerRequest)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.port[Symbol.asyncDispose]()
  }
}
