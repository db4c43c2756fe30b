/** What an environment's author writes for a MuJoCo model. */
import type { Expert, ResetRng } from '../core/env.ts'
import type { ActionSpec, EnvSpec } from '../core/spec.ts'
import type { Readouts } from './fields.ts'
import type { Views } from './views.ts'

/** What an author says about an environment, whatever computes its dynamics; `Sim` is what is read from. */
export interface Definition<Sim>
  extends Pick<
    EnvSpec,
    'id' | 'version' | 'about' | 'dt' | 'maxSteps' | 'defaultReward' | 'success' | 'descriptor'
  > {
  readonly action: ActionSpec
  /** What the policy sees. */
  readonly obs: Readouts<Sim>
  /** What rewards may read. */
  readonly signals: Readouts<Sim>
  /** The task has ended in this state. */
  readonly isTerminal: (sim: Sim) => boolean
  readonly expert?: Expert
  readonly resetFree?: ResetFree<Sim>
}

/**
 * Episodes that go on where the one before them ended, for a robot that nobody tidies up after. Which episodes start from
 * a reset follows from their numbers alone.
 */
export interface ResetFree<Sim> {
  /** Episodes from one reset to the next; 2 or more. */
  readonly episodesPerReset: number
  /**
   * Runs in place of `start` in between: says which task is at hand now, in userdata or the like. The physics goes on
   * untouched; only what blew up is started anew, by `start`.
   */
  readonly next: (sim: Sim, rng: ResetRng) => void
}

export interface MujocoDefinition extends Definition<Views> {
  /**
   * The MJCF file: `new URL('./name.xml', import.meta.url)`, spelled so that bundlers find it. It may include other
   * files and name meshes, textures and height fields beside it.
   */
  readonly mjcf: URL
  /** Physics steps per control step; `dt` is that many of the model's timesteps. */
  readonly frameSkip: number
  /** One entry per actuator, in the model's order and with its control ranges; with `act`, what you like. */
  readonly action: ActionSpec
  /**
   * Stepping leaves the positions of bodies and geoms where the last force evaluation had them, up to a physics step
   * behind qpos. True brings them up to date before anything is read.
   */
  readonly currentPositions?: boolean
  /** True computes `cfrc_ext` after every control step. */
  readonly contactForces?: boolean
  /**
   * Turns the model's initial pose into a random start, in place: qpos, qvel, and for goals mocap_pos, mocap_quat and
   * userdata. What follows from the pose (xpos, sensors) is not computed yet.
   */
  readonly start: (sim: Views, rng: ResetRng) => void
  /**
   * Turns the action `action[at]`… (in range, finite) into controls, once per control step. Without it the action is
   * the control.
   */
  readonly act?: (sim: Views, action: Float64Array, at: number) => void
  /** Runs after the physics of every control step and after a start, before anything is read: latches in userdata. */
  readonly update?: (sim: Views) => void
}
