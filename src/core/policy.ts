/** What acts, and what learns. */
import type { RolloutBatch } from './batch.ts'
import type { Rng } from './rng.ts'
import type { TensorData } from './safetensors.ts'

/**
 * How the network's last layer becomes an action. 'gaussian': mean of a normal distribution whose spread does not
 * depend on the observation (PPO); 'squashed': mean and spread of one that tanh bounds (SAC); 'deterministic': tanh of
 * the output (TD3); 'discrete': the value of each choice, the best of which is taken (DQN).
 */
export type PolicyHead = 'gaussian' | 'squashed' | 'deterministic' | 'discrete'

/** Shape of a policy; enough to rebuild it from its parameters. */
export interface PolicySpec {
  readonly obsSize: number
  readonly actionSize: number
  /** Hidden widths, e.g. [64, 64]. */
  readonly hidden: readonly number[]
  readonly activation: 'tanh' | 'relu'
  readonly head: PolicyHead
  /** [A] the action range: what the head gives as −1 and 1. */
  readonly low: readonly number[]
  readonly high: readonly number[]
  /** Of 'discrete': the actions to choose from, each [A]. */
  readonly choices?: readonly (readonly number[])[]
}

/** A version of a policy as a value: flat, transferable, complete (observation normaliser and exploration included). */
export interface PolicySnapshot {
  readonly version: number
  readonly spec: PolicySpec
  readonly params: Float32Array
}

/** Acts for a fixed number of rows. Synchronous. */
export interface Policy {
  readonly rows: number
  load(snapshot: PolicySnapshot): void
  /**
   * obs [n, O] → action [n, A] sampled with one generator a row, logProb [n]. Only a 'gaussian' knows its logProb
   * (in units where the action range is −1 to 1); others leave NaN.
   */
  sample(obs: Float64Array, rngs: readonly Rng[], action: Float32Array, logProb: Float32Array): void
  /** obs [n, O] → action [n, A] without exploration. */
  mean(obs: Float64Array, action: Float32Array): void
}

export type Metrics = Readonly<Record<string, number>>

/** Turns scored batches into better policies: on-policy from the batch alone, off-policy from all it has kept. */
export interface Learner extends AsyncDisposable {
  readonly snapshot: PolicySnapshot
  /**
   * Learns from `batch.reward`. The batch must stay leased until the promise settles. Throws CarrotError 'diverged'
   * when numbers stopped being finite; the snapshot is then still the one from before.
   */
  update(batch: RolloutBatch): Promise<Metrics>
  /** Gradient steps on data there was before the run; no figures where the algorithm learns from its own batches only. */
  pretrain(count: number): Promise<Metrics>
  /**
   * Fills or replaces the rewards [T, N] of rollout `sequence`, where it is still remembered. A reward of NaN is not
   * learned from until then.
   */
  relabel(sequence: number, reward: Float64Array): Promise<void>
  /** Everything a bit-exact continuation needs, by tensor name. */
  save(): Promise<Record<string, TensorData>>
  /** Throws CarrotError 'bad-run' when the tensors are of another architecture. */
  load(tensors: Readonly<Record<string, TensorData>>): Promise<void>
}
