/** What acts, and what learns. */
import type { RolloutBatch } from './batch.ts'
import type { Rng } from './rng.ts'

/** Shape of a Gaussian policy with a state-free spread; enough to rebuild it from its parameters. */
export interface PolicySpec {
  readonly obsSize: number
  readonly actionSize: number
  /** Hidden widths, e.g. [64, 64]. */
  readonly hidden: readonly number[]
  readonly activation: 'tanh' | 'relu'
}

/** A version of a policy as a value: flat, transferable, complete (observation normaliser included). */
export interface PolicySnapshot {
  readonly version: number
  readonly spec: PolicySpec
  readonly params: Float32Array
}

/** Acts for a fixed number of rows. Synchronous. */
export interface Policy {
  readonly rows: number
  load(snapshot: PolicySnapshot): void
  /** obs [n, O] → action [n, A] sampled with one generator a row, logProb [n]. */
  sample(obs: Float64Array, rngs: readonly Rng[], action: Float32Array, logProb: Float32Array): void
  /** obs [n, O] → mean action [n, A]. */
  mean(obs: Float64Array, action: Float32Array): void
}

export type Metrics = Readonly<Record<string, number>>

/** Turns scored batches into better policies. */
export interface Learner extends AsyncDisposable {
  readonly snapshot: PolicySnapshot
  /** Learns from `batch.reward`. The batch must stay leased until the promise settles. */
  update(batch: RolloutBatch): Promise<Metrics>
  /** Everything a bit-exact continuation needs, by tensor name. */
  save(): Promise<Record<string, Float32Array | Float64Array>>
  load(tensors: Readonly<Record<string, Float32Array | Float64Array>>): Promise<void>
}
