/** The one interface of all algorithms, as seen by the thread they run in. */
import type { BatchColumns } from '../core/batch.ts'
import type { Metrics, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import type { TensorData } from '../core/safetensors.ts'

/** What a learner reads of a batch of T steps in N environments. */
export type LearnBatch = Pick<
  BatchColumns,
  'obs' | 'action' | 'logProb' | 'reward' | 'terminated' | 'truncated' | 'valid'
> & { readonly T: number; readonly N: number }

/** A learner in this thread; `core/policy.ts` says what its methods promise. */
export interface LocalLearner {
  readonly snapshot: PolicySnapshot
  update(batch: LearnBatch): Promise<Metrics>
  save(): Record<string, TensorData>
  load(tensors: Readonly<Record<string, TensorData>>): void
  /** Gradient steps on data there was before. Absent: the algorithm learns from its own batches only. */
  pretrain?(count: number): Promise<Metrics>
  /** Fills or replaces rewards [T, N] of a rollout that is remembered. Absent: the algorithm remembers none. */
  relabel?(sequence: number, reward: ArrayLike<number>): void
}

/** What a learner is made for. */
export interface LearnerPlan<Settings = unknown> {
  readonly spec: PolicySpec
  readonly settings: Settings
  readonly seed: number
  /** Iterations of the whole run, for what changes over it. */
  readonly iterations: number
  readonly shape: { readonly T: number; readonly N: number }
  /** Data there was before the run, as one row of T steps: episodes with a reset row after each. */
  readonly offline?: LearnBatch
}
