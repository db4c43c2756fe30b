/**
 * The actor worker: steps its share of the environments under the newest policy and fills their rows of a batch. It
 * keeps no clock and no hidden randomness, so what a row does depends on (seed, row, step) only and not on which worker
 * has it.
 */
import { workerData } from 'node:worker_threads'
import { answer } from './answer.ts'
import { type BatchColumns, type BatchShape, batchColumns } from './core/batch.ts'
import type { Fault, VectorEnv } from './core/env.ts'
import type { PolicySnapshot } from './core/policy.ts'
import { Rng, STREAM } from './core/rng.ts'
import { POSE_WIDTH } from './core/scene.ts'
import { wasmExecutor } from './graph/wasm.ts'
import { NetworkPolicy, randomBlocks } from './learn/policy.ts'
import { type EnvChoice, loadEnv } from './loadEnv.ts'

export interface ActorSetup {
  readonly env: EnvChoice
  readonly seed: number
  /** This worker's rows of the batch. */
  readonly firstRow: number
  readonly rows: number
  readonly shape: BatchShape
  readonly buffers: readonly SharedArrayBuffer[]
  /** Sample actions, or take their mean. */
  readonly deterministic: boolean
}

export type ActorRequest =
  /** Resolves when the rows are filled, to the faults met. */
  | {
      readonly type: 'rollout'
      readonly buffer: number
      readonly sequence: number
      readonly policy: PolicySnapshot
    }
  /** Starts episode 0 in every row; `firstRow` is the global number of this worker's first row. */
  | { readonly type: 'reset'; readonly seed: number; readonly firstRow: number }
  /** Resolves to [rows, stateSize], everything the next rollout depends on. */
  | { readonly type: 'save' }
  | { readonly type: 'load'; readonly state: Float64Array }

/** One worker's environments, policy and place in the batch. */
class Actor {
  private readonly setup: ActorSetup
  private readonly env: VectorEnv
  private readonly policy: NetworkPolicy
  private readonly columns: readonly BatchColumns[]
  private readonly noise: readonly Rng[]
  private readonly action: Float32Array
  private readonly logProb: Float32Array
  private readonly recorded: number

  static async create(setup: ActorSetup): Promise<Actor> {
    const definition = await loadEnv(setup.env)
    const env = await definition.make(setup.rows)
    return new Actor(setup, env, new NetworkPolicy(wasmExecutor(), setup.rows))
  }

  private constructor(setup: ActorSetup, env: VectorEnv, policy: NetworkPolicy) {
    const { shape, firstRow, rows } = setup
    this.setup = setup
    this.env = env
    this.policy = policy
    this.columns = setup.buffers.map(buffer => batchColumns(shape, buffer))
    this.noise = Array.from({ length: rows }, (_, n) => new Rng(setup.seed, STREAM.action, firstRow + n))
    this.action = new Float32Array(rows * shape.A)
    this.logProb = new Float32Array(rows)
    this.recorded = Math.max(0, Math.min(shape.R - firstRow, rows))
    env.reset(setup.seed, firstRow)
  }

  rollout(buffer: number, sequence: number, snapshot: PolicySnapshot): Fault[] {
    const { env, policy, action, logProb, setup } = this
    const { shape } = setup
    const into = this.columns[buffer]
    policy.load(snapshot)
    const blocks = randomBlocks(snapshot.spec)
    for (let t = 0; t < shape.T; t++) {
      this.writeState(into, t)
      if (setup.deterministic) policy.mean(env.obs, action)
      else {
        const step = sequence * shape.T + t
        for (const rng of this.noise) rng.seek(step * blocks)
        policy.sample(env.obs, this.noise, action, logProb)
      }
      env.step(action)
      this.writeStep(into, t)
    }
    this.writeState(into, shape.T)
    return env.takeFaults()
  }

  /** Row t of the state columns. */
  private writeState(into: BatchColumns, t: number): void {
    const { env } = this
    const { N, O, S, R, stateSize, bodies } = this.setup.shape
    const { firstRow } = this.setup
    const row = t * N + firstRow
    into.obs.set(env.obs, row * O)
    into.signals.set(env.signals, row * S)
    into.stepInEpisode.set(env.stepInEpisode, row)
    into.episode.set(env.episode, row)
    const poses = bodies * POSE_WIDTH
    for (let n = 0; n < this.recorded; n++) {
      const at = t * R + firstRow + n
      env.getState(n, into.state.subarray(at * stateSize, (at + 1) * stateSize))
      env.bodyPoses(n, into.poses.subarray(at * poses, (at + 1) * poses))
    }
  }

  /** Row t of the step columns. */
  private writeStep(into: BatchColumns, t: number): void {
    const { env } = this
    const { N, A } = this.setup.shape
    const row = t * N + this.setup.firstRow
    into.action.set(this.action, row * A)
    into.applied.set(env.applied, row * A)
    into.logProb.set(this.logProb, row)
    into.terminated.set(env.terminated, row)
    into.truncated.set(env.truncated, row)
    for (let n = 0; n < env.size; n++) into.valid[row + n] = 1 - env.restarted[n]
  }

  reset(seed: number, firstRow: number): void {
    this.env.reset(seed, firstRow)
  }

  save(): Float64Array {
    const { env } = this
    const state = new Float64Array(env.size * env.stateSize)
    for (let n = 0; n < env.size; n++) {
      env.getState(n, state.subarray(n * env.stateSize, (n + 1) * env.stateSize))
    }
    return state
  }

  load(state: Float64Array): void {
    const { env } = this
    for (let n = 0; n < env.size; n++) {
      env.setState(n, state.subarray(n * env.stateSize, (n + 1) * env.stateSize))
    }
  }
}

answer(
  () => Actor.create(workerData as ActorSetup),
  (actor, request: ActorRequest) => {
    if (request.type === 'rollout') return actor.rollout(request.buffer, request.sequence, request.policy)
    if (request.type === 'reset') actor.reset(request.seed, request.firstRow)
    if (request.type === 'load') actor.load(request.state)
    return request.type === 'save' ? actor.save() : undefined
  },
)
