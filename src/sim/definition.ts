/** What an environment's author writes for a MuJoCo model. */
import type { ResetRng } from '../core/env.ts'
import type { ActionSpec } from '../core/spec.ts'
import type { Readouts } from './fields.ts'
import type { Views } from './views.ts'

export interface MujocoEnvDefinition {
  /** Plain id, e.g. 'hopper'. */
  readonly id: string
  /** Rises when results could change. */
  readonly version: number
  readonly about: string
  /** The MJCF file: `new URL('./name.xml', import.meta.url)`, spelled so that bundlers find it. */
  readonly model: URL
  /** Control period, s: `frameSkip` times the model's timestep. */
  readonly dt: number
  /** Physics steps per control step. */
  readonly frameSkip: number
  /** Control steps until the clock truncates the episode. */
  readonly maxSteps: number
  /** Id of the reward program it is published with. */
  readonly defaultReward: string
  /** One entry per actuator, in the model's order and with its control ranges. */
  readonly action: ActionSpec
  /** What the policy sees. */
  readonly obs: Readouts
  /** What rewards may read. */
  readonly signals: Readouts
  /**
   * Stepping leaves the positions of bodies and geoms where the last force evaluation had them, up to a physics step
   * behind qpos. True brings them up to date before anything is read.
   */
  readonly currentPositions?: boolean
  /** True computes `cfrc_ext` after every control step. */
  readonly contactForces?: boolean
  /** Turns the model's initial pose into a random start, in place. Draw qpos first, then qvel. */
  readonly perturb: (rng: ResetRng, qpos: Float64Array, qvel: Float64Array) => void
  /** The task has ended in this state. */
  readonly isTerminal: (views: Views) => boolean
}
