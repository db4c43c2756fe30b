/**
 * Two tasks that undo each other, in turns and without a reset in between: how robots are trained that nobody tidies up
 * after (Yang et al., "Robot fine-tuning made easy", ICRA 2024, and the forward-backward methods it builds on).
 */
import type { ResetRng } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { ResetFree } from './definition.ts'
import { flagOf, type Readouts } from './fields.ts'
import type { Views } from './views.ts'

/** Numbers a pair keeps in userdata: its direction, and whether that task was done already when the episode began. */
export const PAIR_USERDATA = 2

/** Options of an environment with such a pair. */
export const pairOptions = (episodeSteps: number, stepsBetweenResets: number) =>
  ({
    episodeSteps: {
      default: episodeSteps,
      unit: '1',
      about: 'Control steps until the task turns round.',
    },
    stepsBetweenResets: {
      default: stepsBetweenResets,
      unit: '1',
      about: 'Control steps from one reset of the scene to the next: a multiple of episodeSteps.',
    },
  }) as const

export interface PairSettings {
  readonly episodeSteps: number
  readonly stepsBetweenResets: number
  /** First of the PAIR_USERDATA numbers in userdata. */
  readonly at: number
  /** What the two tasks are, for `about`: 'open' and 'close'. */
  readonly names: readonly [forward: string, backward: string]
  /** Whether a task is done, 0 forward and 1 backward. At a start nothing has been computed from qpos yet: ask qpos. */
  readonly isDone: (sim: Views, direction: number) => boolean
  /** What else changes with the direction: goals, markers. */
  readonly aim?: (sim: Views, direction: number, rng: ResetRng) => void
}

/** What a pair gives to the definition of its environment. */
export interface TaskPair {
  readonly maxSteps: number
  readonly resetFree: ResetFree<Views>
  /** To be called at the end of `start`: the forward task is at hand. */
  begin(sim: Views, rng: ResetRng): void
  /** `direction`, for observations and signals. */
  readonly direction: Readouts
  /** `success`: the task at hand is done, and was not when the episode began. Doing nothing is no success. */
  readonly success: Readouts
}

/** Throws CarrotError 'bad-argument' unless the resets fall between episodes. */
export function taskPair({
  episodeSteps,
  stepsBetweenResets,
  at,
  names: [forward, backward],
  isDone,
  aim,
}: PairSettings): TaskPair {
  const episodesPerReset = stepsBetweenResets / episodeSteps
  if (!(Number.isInteger(episodeSteps) && episodeSteps > 0 && Number.isInteger(episodesPerReset))) {
    throw new CarrotError(
      'bad-argument',
      `Episodes of ${episodeSteps} steps do not fit into ${stepsBetweenResets} steps between resets.`,
      'Make stepsBetweenResets a multiple of episodeSteps.',
    )
  }
  const turn = (sim: Views, direction: number, rng: ResetRng) => {
    sim.userdata[at] = direction
    sim.userdata[at + 1] = isDone(sim, direction) ? 1 : 0
    aim?.(sim, direction, rng)
  }
  return {
    maxSteps: episodeSteps,
    resetFree: { episodesPerReset, next: (sim, rng) => turn(sim, 1 - sim.userdata[at], rng) },
    begin: (sim, rng) => turn(sim, 0, rng),
    direction: {
      direction: {
        shape: [],
        unit: '1',
        about: `The task at hand: 0 to ${forward}, 1 to ${backward}.`,
        read({ userdata }, out, to) {
          out[to] = userdata[at]
        },
      },
    },
    success: {
      success: {
        shape: [],
        unit: 'bool',
        about: 'The task at hand is done, and was not when the episode began.',
        read: flagOf(sim => sim.userdata[at + 1] === 0 && isDone(sim, sim.userdata[at])),
      },
    },
  }
}
