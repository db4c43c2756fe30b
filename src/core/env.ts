/** The environment interface: N copies stepped together in one thread. */
import type { Rng } from './rng.ts'
import type { SceneSpec } from './scene.ts'
import type { EnvSpec, Options, OptionValue } from './spec.ts'
import type { Wrapping } from './wrapping.ts'

/**
 * N copies stepped together. Columns are overwritten by every call and never reallocated, so views may be kept.
 * Next-step autoreset (Gymnasium's NEXT_STEP): the call after a row ended ignores that row's action and resets it, so
 * `obs` always holds the true successor and `restarted` marks the reset row.
 */
export interface VectorEnv extends Disposable {
  readonly spec: EnvSpec
  /** N. */
  readonly size: number
  /** [N, O] what the policy sees. */
  readonly obs: Float64Array
  /** [N, S] what rewards may read. */
  readonly signals: Float64Array
  /** [N, A] the action as executed in the last step (clipped to the action range). */
  readonly applied: Float64Array
  /** [N] the task ended; the value of the next state is 0. */
  readonly terminated: Uint8Array
  /** [N] the clock ended; bootstrap from the next state. */
  readonly truncated: Uint8Array
  /** [N] the last call reset this row instead of stepping it. */
  readonly restarted: Uint8Array
  /** [N] control steps since the row's episode began. */
  readonly stepInEpisode: Int32Array
  /** [N] episodes begun by the row, counting from 0; the reset of episode e draws from block e of the row's stream. */
  readonly episode: Int32Array
  /** Times the physics diverged (and was reset), per row. */
  readonly diverged: Int32Array
  /** The first few steps that diverged since this was last called. */
  takeFaults(): Fault[]

  /** Starts episode 0 in every row. `firstRow` is the pool-wide number of row 0, so results do not depend on sharding. */
  reset(seed: number, firstRow?: number): void
  /** [N, A]; finite numbers, clipped to the action range. A row that is not finite counts as diverged and is truncated. */
  step(actions: Float32Array | Float64Array): void

  /** Numbers in a full state: everything the next step depends on. */
  readonly stateSize: number
  getState(row: number, out: Float64Array): void
  /** Puts a state back exactly, episode counters included; the next step equals the one that followed `getState`. */
  setState(row: number, state: Float64Array): void
  /** Sets positions and velocities as Gymnasium's `set_state` does (forward pass, cold solver start), then reads obs and signals. */
  setPose(row: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void
  /** Generalised positions and velocities of a row, as last stepped. */
  getPose(row: number): { qpos: Float64Array; qvel: Float64Array }

  /** Named poses of the model. */
  readonly keyframes: readonly Keyframe[]
  readonly scene: SceneSpec
  /** Writes x y z w x y z of every body, [bodies × 7], as the viewer draws them. */
  bodyPoses(row: number, out: Float32Array): void
}

/** A step that diverged: what it takes to see it again. */
export interface Fault {
  readonly row: number
  readonly episode: number
  /** Control steps since the episode began, before this one. */
  readonly step: number
  /** [stateSize] before the step. */
  readonly state: Float64Array
  /** [A] as it was given: it may itself be what was not finite. */
  readonly action: Float64Array
}

/** A pose worth a name, for pictures and for starting from. */
export interface Keyframe {
  readonly name: string
  readonly qpos: readonly number[]
  readonly qvel: readonly number[]
}

/** Numbers an expert may keep from step to step. */
export const EXPERT_MEMORY = 32
/**
 * A hand-written policy that solves the task, to show that it can be solved and to rank rewards by. It reads the signals
 * of one row by name and fills `action` [A]. `memory` [EXPERT_MEMORY] is its own, all 0 when an episode starts.
 */
export type Expert = (
  signals: Readonly<Record<string, Float64Array>>,
  memory: Float64Array,
  action: Float64Array,
) => void

export interface PhysicsFacts {
  /** Address of the MJCF file. */
  readonly mjcf: string
  /** Physics steps per control step. */
  readonly frameSkip: number
  /** `cfrc_ext` is computed after every control step. */
  readonly contactForces: boolean
}

/** How an environment is made. The same definition works in a worker and in the page. */
export interface EnvDefinition {
  readonly spec: EnvSpec
  /** What a user may change about it. */
  readonly options: Options
  readonly expert?: Expert
  /** Of environments on MuJoCo: what their physics is, for whoever runs it without us. */
  readonly physics?: PhysicsFacts
  /** The same with other values of its options; what is not given keeps its default. Throws CarrotError 'bad-argument'. */
  configure(given: Readonly<Record<string, OptionValue>>): EnvDefinition
  /** The same with other clocks, noise or physics, in place of what was put around it before. Throws CarrotError 'bad-argument'. */
  wrap(wrapping: Wrapping): EnvDefinition
  /** N copies in this thread. Throws CarrotError 'bad-model' when the model does not compile. */
  make(size: number): Promise<VectorEnv>
}

/** Draws for the start of an episode; seeded by (seed, row, episode). */
export type ResetRng = Pick<Rng, 'uniform' | 'range' | 'normal' | 'below'>
