/** The learner worker: an algorithm's whole iteration in one thread, reading batches from shared memory. */
import { workerData } from 'node:worker_threads'
import { answer, Moved } from './answer.ts'
import { type BatchColumns, type BatchShape, batchColumns } from './core/batch.ts'
import type { Metrics, PolicySnapshot, PolicySpec } from './core/policy.ts'
import type { TensorData } from './core/safetensors.ts'
import { type ExecutorName, executorFor } from './executors.ts'
import { type Chosen, createLearner } from './learn/algorithms.ts'
import { clippedShare } from './learn/heads.ts'
import type { LearnBatch, LocalLearner } from './learn/learner.ts'

export interface LearnerSetup {
  readonly spec: PolicySpec
  readonly chosen: Chosen
  readonly seed: number
  /** Iterations of the whole run, for annealing. */
  readonly iterations: number
  readonly shape: BatchShape
  /** Data there was before the run. */
  readonly offline?: LearnBatch
  readonly buffers: readonly SharedArrayBuffer[]
  readonly executor: ExecutorName
  /** Threads the executor may use. */
  readonly threads: number
}

export type Tensors = Record<string, TensorData>

export type LearnerRequest =
  /** Resolves to { snapshot, metrics }. */
  | { readonly type: 'update'; readonly buffer: number }
  /** Resolves to the same. */
  | { readonly type: 'pretrain'; readonly count: number }
  | { readonly type: 'relabel'; readonly sequence: number; readonly reward: Float64Array }
  | { readonly type: 'snapshot' }
  | { readonly type: 'save' }
  | { readonly type: 'load'; readonly tensors: Tensors }

export interface Updated {
  readonly snapshot: PolicySnapshot
  readonly metrics: Metrics
  /** What happened meanwhile that does not end the run: a GPU was lost. */
  readonly warnings: readonly string[]
}

interface Server {
  readonly learner: LocalLearner
  readonly columns: readonly BatchColumns[]
  readonly shape: BatchShape
  readonly warnings: string[]
}

answer(
  async (): Promise<Server> => {
    const setup = workerData as LearnerSetup
    const warnings: string[] = []
    const executor = await executorFor(setup.executor, setup.threads, message => warnings.push(message))
    return {
      learner: await createLearner(executor, setup.chosen, setup),
      warnings,
      shape: setup.shape,
      columns: setup.buffers.map(buffer => batchColumns(setup.shape, buffer)),
    }
  },
  async ({ learner, columns, shape, warnings }, request: LearnerRequest) => {
    const updated = (metrics: Metrics): Updated => ({
      snapshot: learner.snapshot,
      metrics,
      warnings: warnings.splice(0),
    })
    if (request.type === 'update') {
      const batch = columns[request.buffer]
      const actionsClipped = clippedShare(batch.action, batch.valid, learner.snapshot.spec)
      const metrics = await learner.update({ ...batch, T: shape.T, N: shape.N })
      return updated({ ...metrics, actionsClipped })
    }
    if (request.type === 'pretrain') {
      return updated((await learner.pretrain?.(request.count)) ?? {})
    }
    if (request.type === 'relabel') return learner.relabel?.(request.sequence, request.reward)
    if (request.type === 'snapshot') return learner.snapshot
    if (request.type === 'save') {
      // Copies of what the learner has; with a replay buffer they are large.
      const tensors = learner.save()
      return new Moved(
        tensors,
        Object.values(tensors).map(({ buffer }) => buffer as ArrayBuffer),
      )
    }
    return learner.load(request.tensors)
  },
)
