/** Pairs of tasks of the Sawyer that undo each other, for training without resets. Slower steps: 20 a second. */
import type { ResetRng } from '../../src/core/env.ts'
import type { MujocoDefinition } from '../../src/sim/definition.ts'
import { pairOptions, taskPair } from '../../src/sim/resetFree.ts'
import type { Views } from '../../src/sim/views.ts'
import { type SawyerTask, sawyerTask, TASK_USERDATA } from './sawyer.ts'

/** m that the hand's target moves at most in a step. */
export const PAIR_STEP = 0.03
/** Physics steps per control step. */
const FRAME_SKIP = 12

/** Ten seconds of work between resets take 200 steps; a reset comes every 1000, as in the published simulations. */
export const PAIR_OPTIONS = pairOptions(50, 1000)

export interface SawyerPair extends Omit<SawyerTask, 'threshold' | 'axes'> {
  readonly names: readonly [forward: string, backward: string]
  /** Whether a task is done, 0 forward and 1 backward, from qpos. */
  readonly isDone: (sim: Views, direction: number) => boolean
  /** Puts the goal where the task at hand wants the object. */
  readonly aim: (sim: Views, direction: number) => void
}

export function sawyerPair(
  { names, isDone, aim, ...task }: SawyerPair,
  steps: { readonly episodeSteps: number; readonly stepsBetweenResets: number },
): MujocoDefinition {
  const pair = taskPair({ ...steps, at: TASK_USERDATA, names, isDone, aim })
  const base = sawyerTask({
    ...task,
    frameSkip: FRAME_SKIP,
    step: PAIR_STEP,
    place(sim: Views, rng: ResetRng) {
      task.place(sim, rng)
      pair.begin(sim, rng)
    },
  })
  return {
    ...base,
    maxSteps: pair.maxSteps,
    resetFree: pair.resetFree,
    obs: { ...base.obs, ...pair.direction },
    signals: { ...base.signals, ...pair.direction, ...pair.success },
  }
}
