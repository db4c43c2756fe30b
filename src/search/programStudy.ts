/**
 * Trains a policy with the library's program and one with its rival, task by task, and keeps what they reach: one line a
 * policy in `programs.csv`, and a table beside the published results in `programs.md`. What is in the file already, or in
 * a run's folder, is not done again.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig, type TrainConfig, type TrainInput } from '../config.ts'
import { CarrotError, closest } from '../core/errors.ts'
import type { TrainEvent } from '../core/events.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { loadProgram } from '../loadProgram.ts'
import { openRun, runNames, type StoredRun, writeWholeSync } from '../store/index.ts'
import { resumeTraining, startTraining, type TrainSession } from '../train.ts'
import { PROGRAM_TASKS, type ProgramTask, SUCCESS_TERM } from './programTasks.ts'

/** Of a judged policy. */
const EPISODES = 100
/** Success that a policy is said to have learned the task at. */
const LEARNED = 0.8
/** Success, 0…1, by which one program must be behind the other to be worse: two standard errors of 100 episodes at 50 %. */
const BEHIND = 0.1
/** A program that is as good in the end is slower when it takes this much longer to learn the task. */
const SLOWER = 1.25

export type RewardKind = 'library' | 'expert' | 'success only'

/** One policy. */
export interface Trial {
  readonly task: ProgramTask
  readonly kind: RewardKind
  readonly seed: number
  readonly steps: number
}

/** What it came to: a line of programs.csv. */
export interface TrialResult {
  /** Name of the library's program. */
  readonly task: string
  readonly env: string
  readonly kind: RewardKind
  readonly algorithm: string
  readonly seed: number
  readonly steps: number
  /** First digits of the SHA-256 of the program that was trained on. */
  readonly hash: string
  /** Of 100 episodes without exploration, 0…1. */
  readonly success: number
  /** Environment steps until four fifths of the last 100 training episodes succeeded; null when they never did. */
  readonly stepsToLearned: number | null
}

export interface StudyOptions {
  /** Names of programs; default all. */
  readonly tasks?: readonly string[]
  readonly seeds: readonly number[]
  /** In place of each task's own number. */
  readonly steps?: number
  readonly workers?: number
  /** That success is measured over; default 100, and results of others are not told apart. */
  readonly episodes?: number
  /** Where programs.csv and programs.md are kept. */
  readonly folder: string
  /** Folder of runs. */
  readonly root?: string
}

export interface StudyListener {
  readonly onStart: (about: { index: number; count: number; trial: Trial; run: string }) => void
  readonly onEvent: (event: TrainEvent) => void
  readonly onResult: (result: TrialResult) => void
}

/** Resolves to all results of the file, with those of this study; also when it is stopped. */
export async function studyPrograms(
  options: StudyOptions,
  listener: StudyListener,
  stop?: AbortSignal,
): Promise<TrialResult[]> {
  const trials = trialsOf(options)
  mkdirSync(options.folder, { recursive: true })
  const file = join(options.folder, 'programs.csv')
  let results = readResults(file)
  for (const [index, trial] of trials.entries()) {
    if (stop?.aborted) break
    const loaded = await loadProgram(programOf(trial))
    if (results.some(result => isOf(result, trial, loaded))) continue
    const run = await trained(
      trial,
      options,
      stop,
      session => listener.onStart({ index, count: trials.length, trial, run: session.run }),
      listener.onEvent,
    )
    if (run === undefined) break
    const result = resultOf(trial, loaded, run)
    results = [...results.filter(old => !isSamePlace(old, result)), result]
    writeWholeSync(file, csvOf(results), 'the results')
    writeWholeSync(join(options.folder, 'programs.md'), describeStudy(results), 'the table')
    listener.onResult(result)
  }
  return results
}

/** Throws CarrotError 'unknown-name' for a task that there is not. */
function trialsOf({ tasks, seeds, steps }: StudyOptions): Trial[] {
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

const programOf = ({ task, kind }: Trial): string =>
  kind === 'expert' ? `${task.program}-expert` : task.program

/** The settings of its run. */
async function inputOf(trial: Trial, { workers, episodes = EPISODES }: StudyOptions): Promise<TrainInput> {
  const { task, kind, seed, steps } = trial
  const { program } = await loadProgram(programOf(trial))
  const off = kind === 'success only' ? program.terms.filter(({ name }) => name !== SUCCESS_TERM) : []
  return {
    env: task.env,
    reward: programOf(trial),
    weights: Object.fromEntries(off.map(({ name }) => [name, 0])),
    seed,
    steps,
    evalEpisodes: episodes,
    ...(workers !== undefined && { workers }),
  }
}

/** The run of a trial at its end: found, gone on with, or new. Undefined when it was stopped. */
async function trained(
  trial: Trial,
  options: StudyOptions,
  stop: AbortSignal | undefined,
  onStart: (session: TrainSession) => void,
  onEvent: (event: TrainEvent) => void,
): Promise<StoredRun | undefined> {
  const { root } = options
  const input = await inputOf(trial, options)
  const begun = begunRun(parseConfig(input), await loadProgram(programOf(trial)), root)
  if (begun?.summary().eval !== undefined) return begun
  const session = await (begun === undefined
    ? startTraining(input, { root })
    : resumeTraining(begun.name, { root }))
  onStart(session)
  session.events$.subscribe(onEvent)
  const halt = (): void => session.stop()
  stop?.addEventListener('abort', halt)
  const result = await session.done.finally(() => stop?.removeEventListener('abort', halt))
  return result === null ? undefined : openRun(session.run, root)
}

/** The newest run of the same training that ended, or can be gone on with. */
function begunRun(wanted: TrainConfig, { hash }: LoadedProgram, root?: string): StoredRun | undefined {
  return runNames(root)
    .map(name => openRun(name, root))
    .filter(run => !run.live && run.program.hash === hash && isSameTraining(run, wanted))
    .findLast(run => run.summary().eval !== undefined || run.latestCheckpoint() !== undefined)
}

function isSameTraining(run: StoredRun, wanted: TrainConfig): boolean {
  const { reward, seed, steps, weights, evalEpisodes, ...rest } = parseConfig(run.config)
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  return (
    rest.env === wanted.env &&
    reward === wanted.reward &&
    seed === wanted.seed &&
    steps === wanted.steps &&
    evalEpisodes === wanted.evalEpisodes &&
    same(weights, wanted.weights) &&
    same(rest[rest.algorithm], wanted[wanted.algorithm])
  )
}

function resultOf(trial: Trial, { hash }: LoadedProgram, run: StoredRun): TrialResult {
  const learned = run.metrics().find(({ values }) => (values.episodeSuccess ?? 0) >= LEARNED)
  return {
    task: trial.task.program,
    env: trial.task.env,
    kind: trial.kind,
    algorithm: parseConfig(run.config).algorithm,
    seed: trial.seed,
    steps: trial.steps,
    hash: hash.slice(0, HASH_DIGITS),
    success: run.summary().eval?.successRate ?? 0,
    stepsToLearned: learned?.step ?? null,
  }
}

// What is kept.

const HASH_DIGITS = 12
const COLUMNS = [
  'task',
  'env',
  'kind',
  'algorithm',
  'seed',
  'steps',
  'hash',
  'success',
  'stepsToLearned',
] as const satisfies readonly (keyof TrialResult)[]

const csvOf = (results: readonly TrialResult[]): string =>
  [COLUMNS.join(','), ...results.map(result => COLUMNS.map(column => result[column] ?? '').join(','))]
    .join('\n')
    .concat('\n')

/** Throws CarrotError 'bad-file' when it is something else. */
export function readResults(file: string): TrialResult[] {
  if (!existsSync(file)) return []
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  if (header !== COLUMNS.join(',')) {
    throw new CarrotError(
      'bad-file',
      `${file} does not hold results of this command.`,
      'Name another folder with --out, or move that file away.',
    )
  }
  return lines.map(line => {
    const cells = line.split(',')
    const cell = (column: (typeof COLUMNS)[number]) => cells[COLUMNS.indexOf(column)]
    return {
      task: cell('task'),
      env: cell('env'),
      kind: cell('kind') as RewardKind,
      algorithm: cell('algorithm'),
      seed: Number(cell('seed')),
      steps: Number(cell('steps')),
      hash: cell('hash'),
      success: Number(cell('success')),
      stepsToLearned: cell('stepsToLearned') === '' ? null : Number(cell('stepsToLearned')),
    }
  })
}

/** Of the same policy: results of an older version of a program give way to those of the newer. */
const isSamePlace = (a: TrialResult, b: TrialResult): boolean =>
  a.task === b.task && a.kind === b.kind && a.seed === b.seed && a.steps === b.steps

const isOf = (result: TrialResult, { task, kind, seed, steps }: Trial, { hash }: LoadedProgram): boolean =>
  result.task === task.program &&
  result.kind === kind &&
  result.seed === seed &&
  result.steps === steps &&
  hash.startsWith(result.hash)

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

/** The table, as Markdown. */
export function describeStudy(results: readonly TrialResult[]): string {
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
    ...(missing.length === 0
      ? []
      : ['', `Not trained yet: ${missing.map(({ program }) => `\`${program}\``).join(', ')}.`]),
    '',
  ].join('\n')
}
