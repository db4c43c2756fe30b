/** The learner worker: PPO's whole iteration in one thread, reading batches from shared memory. */
import { workerData } from 'node:worker_threads'
import { answer } from './answer.ts'
import { type BatchColumns, type BatchShape, batchColumns } from './core/batch.ts'
import type { Metrics, PolicySnapshot, PolicySpec } from './core/policy.ts'
import { executorFor } from './executors.ts'
import { Ppo, type PpoSettings } from './learn/ppo.ts'

export interface LearnerSetup {
  readonly spec: PolicySpec
  readonly settings: PpoSettings
  readonly seed: number
  /** Iterations of the whole run, for annealing. */
  readonly iterations: number
  readonly shape: BatchShape
  readonly buffers: readonly SharedArrayBuffer[]
  readonly executor: 'wasm' | 'onnx-cpu'
}

export type Tensors = Record<string, Float32Array | Float64Array>

export type LearnerRequest =
  /** Resolves to { snapshot, metrics }. */
  | { readonly type: 'update'; readonly buffer: number }
  | { readonly type: 'snapshot' }
  | { readonly type: 'save' }
  | { readonly type: 'load'; readonly tensors: Tensors }

export interface Updated {
  readonly snapshot: PolicySnapshot
  readonly metrics: Metrics
}

interface Server {
  readonly ppo: Ppo
  readonly columns: readonly BatchColumns[]
  readonly shape: BatchShape
}

answer(
  async (): Promise<Server> => {
    const setup = workerData as LearnerSetup
    const ppo = await Ppo.create(await executorFor(setup.executor), setup)
    return {
      ppo,
      shape: setup.shape,
      columns: setup.buffers.map(buffer => batchColumns(setup.shape, buffer)),
    }
  },
  async ({ ppo, columns, shape }, request: LearnerRequest) => {
    if (request.type === 'update') {
      const metrics = await ppo.update({ ...columns[request.buffer], T: shape.T, N: shape.N })
      return { snapshot: ppo.snapshot, metrics } satisfies Updated
    }
    if (request.type === 'snapshot') return ppo.snapshot
    if (request.type === 'save') return ppo.save()
    return ppo.load(request.tensors)
  },
)
