/**
 * Trains a policy with the library's program and one with its rival, task by task, and keeps what they reach: one line a
 * policy in `programs.csv`, and a table beside the published results in `programs.md`. What is in the file already, or in
 * a run's folder, is not done again.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig, type TrainConfig, type TrainInput } from '../config.ts'
import { CarrotError, closest } from '../core/errors.ts'
import type { TrainEvent } from '../core/events.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { loadProgram } from '../loadProgram.ts'
import { openRun, runNames, type StoredRun, writeWholeSync } from '../store/index.ts'
import { resumeTraining, startTraining, type TrainSession, untilDone } from '../train.ts'
import { describeStudy } from './programComparison.ts'
import {
  csvOf,
  EPISODES,
  HASH_DIGITS,
  isSamePlace,
  LEARNED,
  type RewardKind,
  readResults,
  type TrialResult,
} from './programResults.ts'
import { PROGRAM_TASKS, type ProgramTask, SUCCESS_TERM } from './programTasks.ts'

/** One policy. */
export interface Trial {
  readonly task: ProgramTask
  readonly kind: RewardKind
  readonly seed: number
  readonly steps: number
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
  const result = await untilDone(session, stop)
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

const isOf = (result: TrialResult, { task, kind, seed, steps }: Trial, { hash }: LoadedProgram): boolean =>
  result.task === task.program &&
  result.kind === kind &&
  result.seed === seed &&
  result.steps === steps &&
  hash.startsWith(result.hash)
