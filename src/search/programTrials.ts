/** The policies of a study: which there are, and how each is trained. */
import type { TrainInput } from '../config.ts'
import { CarrotError, closest } from '../core/errors.ts'
import { loadProgram } from '../loadProgram.ts'
import { EPISODES, type RewardKind } from './programResults.ts'
import { PROGRAM_TASKS, type ProgramTask, SUCCESS_TERM } from './programTasks.ts'

/** One policy. */
export interface Trial {
  readonly task: ProgramTask
  readonly kind: RewardKind
  readonly seed: number
  readonly steps: number
}

export interface TrialOptions {
  /** Names of programs; default all. */
  readonly tasks?: readonly string[]
  readonly seeds: readonly number[]
  /** In place of each task's own number. */
  readonly steps?: number
  readonly workers?: number
  /** That success is measured over; default 100, and results of others are not told apart. */
  readonly episodes?: number
}

/** Throws CarrotError 'unknown-name' for a task that there is not. */
export function trialsOf({ tasks, seeds, steps }: TrialOptions): Trial[] {
  const names = PROGRAM_TASKS.map(({ program }) => program)
  for (const name of tasks ?? []) {
    if (names.includes(name)) continue
    const near = closest(name, names)
    throw new CarrotError(
      'unknown-name',
      `'${name}' is no task of the library.`,
      near === undefined ? `There are ${names.join(', ')}.` : `Did you mean '${near}'?`,
    )
  }
  return PROGRAM_TASKS.filter(({ program }) => tasks?.includes(program) ?? true).flatMap(task =>
    seeds.flatMap(seed => kindsOf(task).map(kind => ({ task, kind, seed, steps: steps ?? task.steps }))),
  )
}

const kindsOf = ({ rival }: ProgramTask): RewardKind[] =>
  rival === 'none' ? ['library'] : ['library', rival]

/** Id of the program it is trained on. */
export const programOf = (task: string, kind: RewardKind): string =>
  kind === 'expert' ? `${task}-expert` : task

/** The settings of its run. */
export async function inputOf(
  trial: Trial,
  { workers, episodes = EPISODES }: TrialOptions,
): Promise<TrainInput> {
  const { task, kind, seed, steps } = trial
  const reward = programOf(task.program, kind)
  const { program } = await loadProgram(reward)
  const off = kind === 'success only' ? program.terms.filter(({ name }) => name !== SUCCESS_TERM) : []
  return {
    env: task.env,
    reward,
    weights: Object.fromEntries(off.map(({ name }) => [name, 0])),
    seed,
    steps,
    evalEpisodes: episodes,
    ...(workers !== undefined && { workers }),
  }
}
