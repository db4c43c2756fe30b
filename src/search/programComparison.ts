/** Which of the library's programs teach worse, as well as, or better than their rivals, and the table that says so. */
import { EPISODES, LEARNED, type TrialResult } from './programResults.ts'
import { PROGRAM_TASKS, type ProgramTask } from './programTasks.ts'

/** Success, 0…1, by which one program must be behind the other to be worse: two standard errors of 100 episodes at 50 %. */
const BEHIND = 0.1
/** A program that is as good in the end is slower when it takes this much longer to learn the task. */
const SLOWER = 1.25

/** The library's program beside its rival: policies of the same steps, over the seeds that both have. */
export interface Comparison {
  readonly task: ProgramTask
  readonly steps: number
  readonly seeds: readonly number[]
  readonly library: Reached
  /** Absent where there is none, or it has not been trained yet. */
  readonly rival?: Reached
  readonly verdict: 'worse' | 'slower' | 'as good' | 'better' | 'faster' | 'neither learns' | 'not compared'
}

interface Reached {
  /** Mean over the seeds, 0…1. */
  readonly success: number
  /** Mean over the seeds; null unless all learned the task. */
  readonly stepsToLearned: number | null
}

/** One for each task and number of steps that a policy of the library was trained for. */
export function compare(results: readonly TrialResult[]): Comparison[] {
  return PROGRAM_TASKS.flatMap(task => {
    const own = results.filter(result => result.task === task.program)
    return [...new Set(own.map(({ steps }) => steps))]
      .sort((a, b) => a - b)
      .flatMap(steps =>
        comparisonOf(
          task,
          steps,
          own.filter(result => result.steps === steps),
        ),
      )
  })
}

function comparisonOf(task: ProgramTask, steps: number, results: readonly TrialResult[]): Comparison[] {
  const ofKind = (isLibrary: boolean) => results.filter(({ kind }) => (kind === 'library') === isLibrary)
  const all = ofKind(true)
  if (all.length === 0) return []
  const rivals = ofKind(false).filter(({ seed }) => all.some(own => own.seed === seed))
  const own = rivals.length === 0 ? all : all.filter(({ seed }) => rivals.some(other => other.seed === seed))
  const library = reached(own)
  const seeds = own.map(({ seed }) => seed)
  if (rivals.length === 0) return [{ task, steps, seeds, library, verdict: 'not compared' }]
  const rival = reached(rivals)
  return [{ task, steps, seeds, library, rival, verdict: verdictOf(library, rival) }]
}

function reached(results: readonly TrialResult[]): Reached {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const learned = results.flatMap(({ stepsToLearned }) => stepsToLearned ?? [])
  return {
    success: mean(results.map(({ success }) => success)),
    stepsToLearned: learned.length === results.length ? mean(learned) : null,
  }
}

function verdictOf(library: Reached, rival: Reached): Comparison['verdict'] {
  const ahead = library.success - rival.success
  if (ahead < -BEHIND) return 'worse'
  if (ahead > BEHIND) return 'better'
  if (Math.max(library.success, rival.success) < BEHIND) return 'neither learns'
  if (library.success < LEARNED) return 'as good'
  const own = library.stepsToLearned ?? Number.POSITIVE_INFINITY
  const other = rival.stepsToLearned ?? Number.POSITIVE_INFINITY
  if (own > SLOWER * other) return 'slower'
  if (other > SLOWER * own) return 'faster'
  return 'as good'
}

/** The table, as Markdown. `outdated`: tasks of which a program has changed since. */
export function describeStudy(
  results: readonly TrialResult[],
  outdated: ReadonlySet<string> = new Set(),
): string {
  const listed = (names: Iterable<string>) => [...names].map(name => `\`${name}\``).join(', ')
  const steps = (value: number | null) => (value === null ? 'never' : value.toLocaleString('en-US'))
  const shown = (side: Reached | undefined) =>
    side === undefined ? '– | –' : `${Math.round(100 * side.success)} % | ${steps(side.stepsToLearned)}`
  const rows = compare(results).map(
    ({ task, steps: trained, seeds, library, rival, verdict }) =>
      `| \`${task.program}\` | ${trained.toLocaleString('en-US')} | ${seeds.join(', ')} | ${shown(library)} | ${task.rival} | ${shown(rival)} | ${verdict === 'worse' || verdict === 'slower' ? `**${verdict}**` : verdict} | ${task.published} |`,
  )
  const missing = PROGRAM_TASKS.filter(({ program }) => !results.some(({ task }) => task === program))
  return [
    '# Programs of the library beside the rewards of experts',
    '',
    `Made by \`carrot eval programs\`. Success is over ${EPISODES} episodes without exploration noise, by the task's own criterion; "80 %" is the step at which four fifths of the last 100 training episodes succeeded. Of two policies of one line only the reward differs. **worse**: success is more than ${100 * BEHIND} points behind; **slower**: as good in the end, but it took over ${SLOWER} times as long to get to 80 %.`,
    '',
    '| Program | Steps | Seeds | Success | 80 % | Beside | Success | 80 % | The program is | Text2Reward |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    "The last column is what Text2Reward (Xie et al., ICLR 2024) reports of its own programs on these tasks, with SAC, for 1 to 8 million steps, on the published models; ours are other models, algorithms and budgets: compare, do not equate. Over all, 13 of its 17 manipulation programs matched or beat the expert's reward, and all six skills succeeded above 94 %; per-task percentages of the skills are quoted second-hand.",
    ...(outdated.size === 0
      ? []
      : ['', `Trained on an earlier version of a program, to be done again: ${listed(outdated)}.`]),
    ...(missing.length === 0
      ? []
      : ['', `Not trained yet: ${listed(missing.map(({ program }) => program))}.`]),
    '',
  ].join('\n')
}
