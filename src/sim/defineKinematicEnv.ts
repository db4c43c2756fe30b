/** Makes an environment of dynamics written in TypeScript, with a scene that only shows them. */
import type { EnvDefinition, Keyframe, ResetRng, VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { Rng } from '../core/rng.ts'
import type { SceneSpec } from '../core/scene.ts'
import type { EnvSpec, Options, OptionValues } from '../core/spec.ts'
import { FACTORS, hasFactors } from '../core/wrapping.ts'
import type { Definition } from './definition.ts'
import { environment } from './environment.ts'
import { copy, zeroIfFinite } from './numbers.ts'
import { Rows } from './rows.ts'

/** A row's state: `positions` numbers, then `velocities`, then whatever else the next step depends on. */
export type KinematicState = Float64Array

export interface KinematicDefinition extends Definition<KinematicState> {
  readonly positions: number
  readonly velocities: number
  /** Default 0. */
  readonly extra?: number
  /** Fills a zeroed state with a random start. */
  readonly start: (state: KinematicState, rng: ResetRng) => void
  /** Fills `extra` of a state whose positions and velocities were set by hand; it is all 0 before. */
  readonly complete?: (state: KinematicState) => void
  /** One control step under `action[at]`…, in place. */
  readonly step: (state: KinematicState, action: Float64Array, at: number) => void
  readonly scene: SceneSpec
  readonly keyframes: readonly Keyframe[]
  /** x y z w x y z of every body of the scene, [bodies × 7]. */
  readonly poses: (state: KinematicState, out: Float32Array) => void
}

/** An environment with dynamics of its own. With options, the definition is a function of their values. */
export function defineKinematicEnv(definition: KinematicDefinition): EnvDefinition
export function defineKinematicEnv<const O extends Options>(
  options: O,
  build: (values: OptionValues<O>) => KinematicDefinition,
): EnvDefinition
export function defineKinematicEnv(
  first: KinematicDefinition | Options,
  build?: (values: OptionValues) => KinematicDefinition,
): EnvDefinition {
  if (build === undefined)
    return environment({ options: {}, build: () => first as KinematicDefinition, make })
  return environment({ options: first as Options, build, make })
}

async function make(definition: KinematicDefinition, spec: EnvSpec, size: number): Promise<VectorEnv> {
  if (hasFactors(spec.wrapping ?? {})) {
    throw new CarrotError(
      'unsupported',
      `${spec.id} computes its own dynamics, which have no masses or frictions to randomise.`,
      `Leave ${FACTORS.join(', ')} out; noise and delays work everywhere.`,
    )
  }
  const rows = new KinematicRows(definition, spec, size)
  rows.reset(0)
  return rows
}

class KinematicRows extends Rows<KinematicState> {
  private readonly definition: KinematicDefinition
  private readonly states: readonly KinematicState[]
  private disposed = false

  constructor(definition: KinematicDefinition, spec: EnvSpec, size: number) {
    const { positions, velocities, extra = 0, scene, keyframes, obs, signals, resetFree } = definition
    const physicsSize = positions + velocities + extra
    super({ spec, size, scene, keyframes, physicsSize, obs, signals, resetFree })
    this.definition = definition
    this.states = Array.from({ length: size }, () => new Float64Array(physicsSize))
  }

  protected sim(n: number): KinematicState {
    return this.states[n]
  }

  protected enter(): void {
    if (!this.disposed) return
    throw new CarrotError(
      'protocol-misuse',
      `${this.spec.id} was used after it was disposed of.`,
      'Make it anew.',
    )
  }

  protected isSound(n: number): boolean {
    return zeroIfFinite(this.states[n]) === 0
  }

  protected start(n: number, rng: Rng): void {
    this.definition.start(this.states[n].fill(0), rng)
  }

  protected place(n: number, qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    const state = this.states[n].fill(0)
    state.set(qpos)
    state.set(qvel, qpos.length)
    this.definition.complete?.(state)
  }

  protected advance(n: number, action: Float64Array, at: number): boolean {
    this.definition.step(this.states[n], action, at)
    return zeroIfFinite(this.states[n]) === 0
  }

  protected release(): void {
    // Nothing is held from one step to the next.
  }

  protected isTerminal(n: number): boolean {
    return this.definition.isTerminal(this.states[n])
  }

  protected savePhysics(n: number, out: Float64Array, at: number): void {
    out.set(this.states[n], at)
  }

  protected loadPhysics(n: number, state: Float64Array, at: number): void {
    copy(state, at, this.states[n], 0, this.states[n].length)
  }

  getPose(row: number): { qpos: Float64Array; qvel: Float64Array } {
    this.enter()
    const { positions, velocities } = this.definition
    const state = this.states[row]
    return { qpos: state.slice(0, positions), qvel: state.slice(positions, positions + velocities) }
  }

  bodyPoses(row: number, out: Float32Array): void {
    this.enter()
    this.definition.poses(this.states[row], out)
  }

  [Symbol.dispose](): void {
    this.disposed = true
  }
}
