/**
 * Trains a policy with the library's program and one with its rival, task by task, and keeps what they reach: one line a
 * policy in `programs.csv`, and a table beside the published results in `programs.md`. What is in the file already, or in
 * a run's folder, is not done again.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../config.ts'
import type { TrainEvent } from '../core/events.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { loadProgram } from '../loadProgram.ts'
import { type StoredRun, writeWholeSync } from '../store/index.ts'
import { describeStudy } from './programComparison.ts'
import { csvOf, HASH_DIGITS, isSamePlace, LEARNED, readResults, type TrialResult } from './programResults.ts'
import { runOf } from './programRuns.ts'
import { inputOf, programOf, type Trial, type TrialOptions, trialsOf } from './programTrials.ts'

export interface StudyOptions extends TrialOptions {
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
    const loaded = await loadProgram(programOf(trial.task.program, trial.kind))
    if (results.some(result => isOf(result, trial, loaded))) continue
    const run = await runOf(await inputOf(trial, options), {
      hash: loaded.hash,
      root: options.root,
      stop,
      onStart: session => {
        listener.onStart({ index, count: trials.length, trial, run: session.run })
        session.events$.subscribe(listener.onEvent)
      },
    })
    if (run === undefined) break
    const result = resultOf(trial, loaded, run)
    results = [...results.filter(old => !isSamePlace(old, result)), result]
    writeWholeSync(file, csvOf(results), 'the results')
    await writeTable(options.folder, results)
    listener.onResult(result)
  }
  // Also of what others have put into the file, and of programs that have changed since.
  if (results.length > 0) await writeTable(options.folder, results)
  return results
}

async function writeTable(folder: string, results: readonly TrialResult[]): Promise<void> {
  const table = describeStudy(results, await outdated(results))
  writeWholeSync(join(folder, 'programs.md'), table, 'the table')
}

/** Tasks of which a program has changed since it was trained on. */
async function outdated(results: readonly TrialResult[]): Promise<Set<string>> {
  const tasks = new Set<string>()
  for (const { task, kind, hash } of results) {
    const now = await loadProgram(programOf(task, kind))
    if (!now.hash.startsWith(hash)) tasks.add(task)
  }
  return tasks
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
