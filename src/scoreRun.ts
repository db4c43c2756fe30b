/** Scores the recorded episodes of a run again: with its own program, and with another program or other weights. */
import type { z } from 'zod'
import { termTable } from '../rewards/index.ts'
import { RecordingScorer } from './bindProgram.ts'
import type { ScoreColumns } from './core/batch.ts'
import { columnsFor, type EpisodeRecord } from './core/episode.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import { allColumns, textsName } from './core/vision.ts'
import { loadProgram } from './loadProgram.ts'
import { loadStored, loadUntrusted } from './loadUntrusted.ts'
import type { scoreOutput } from './protocol/cli.ts'
import { openRun, type StoredRun } from './store/index.ts'
import { visionRequests } from './vision/visionLabels.ts'

export type ScoreReport = z.infer<typeof scoreOutput>
type Scored = ScoreReport['before']

export interface ScoreOptions {
  /** Folder of runs; default CARROT_RUNS or `runs/`. */
  readonly root?: string
  /** Program id or file; default: the run's own. */
  readonly reward?: string
  /** Nobody vouches for the file. */
  readonly untrusted?: boolean
  /** Weights by term name, in place of the program's (of the run's, when the program is its own). */
  readonly weights?: Readonly<Record<string, number>>
}

/** Throws CarrotError when the run has no recordings, or the program cannot be loaded or does not fit. */
export async function scoreRun(name: string, options: ScoreOptions = {}): Promise<ScoreReport> {
  const run = openRun(name, options.root)
  const { env } = run.header
  const own = { loaded: await loadStored(run, env), weights: run.program.weights }
  // The run's own program keeps the hash it was trained under: its copy in the run is a module of its own.
  await using before = await Scoring.open(run, own.loaded, run.program.hash, own.weights)
  await using after =
    options.reward === undefined
      ? await Scoring.open(run, own.loaded, run.program.hash, { ...own.weights, ...options.weights })
      : await otherScoring(run, options.reward, options)
  let reproducible = 0
  let identical = 0
  const returns: ScoreReport['returns'] = []
  for (const { id, atStep } of run.episodes()) {
    const episode = await run.episode(id)
    const columns = await before.score(episode)
    if (isOf(episode, run.program)) {
      reproducible++
      if (sameBits(columns.reward, episode.columns.reward)) identical++
    }
    returns.push({ id, atStep, before: sum(columns.reward), after: sum((await after.score(episode)).reward) })
  }
  if (returns.length === 0) {
    throw new CarrotError(
      'bad-run',
      `The run ${run.name} has recorded no episodes, so there is nothing to score.`,
      'Let it train longer, or record more often with --record-every.',
    )
  }
  return {
    run: run.name,
    env: env.id,
    episodes: returns.length,
    before: before.report(returns.map(each => each.before)),
    after: after.report(returns.map(each => each.after)),
    reproduced: { episodes: reproducible, identical },
    returns,
  }
}

async function otherScoring(
  run: StoredRun,
  reward: string,
  { untrusted, weights }: ScoreOptions,
): Promise<Scoring> {
  const { env } = run.header
  const loaded = untrusted ? await loadUntrusted(reward, env) : await loadProgram(reward, env)
  return Scoring.open(run, loaded, loaded.hash, weights)
}

const NONE = new Float64Array(0)

/** One program over all episodes. */
class Scoring implements AsyncDisposable {
  private readonly loaded: LoadedProgram
  private readonly hash: string
  private readonly scorer: RecordingScorer
  private readonly scored: ScoreColumns[] = []

  static async open(
    { header: { env, gamma } }: StoredRun,
    loaded: LoadedProgram,
    hash: string,
    weights?: Readonly<Record<string, number>>,
  ): Promise<Scoring> {
    const options = { rows: 1, gamma, ...(weights && { weights }) }
    return new Scoring(loaded, hash, await RecordingScorer.open(loaded, env, options))
  }

  private constructor(loaded: LoadedProgram, hash: string, scorer: RecordingScorer) {
    this.loaded = loaded
    this.hash = hash
    this.scorer = scorer
  }

  async score(episode: EpisodeRecord): Promise<ScoreColumns> {
    const copy = columnsFor(episode, this.hash)
    this.checkSeen(copy)
    await this.scorer.score(copy)
    // For the table: the signals of all episodes together would fill the memory.
    this.scored.push({ ...copy, signals: NONE, applied: NONE })
    return copy
  }

  /** Similarities are of the texts, the model and the camera they were asked for; nothing can be looked at again here. */
  private checkSeen({ labels }: ScoreColumns): void {
    for (const { prompts, ...request } of visionRequests(this.loaded.program)) {
      const missing = allColumns({ prompts, ...request }).find(column => !labels.has(column))
      if (missing === undefined) continue
      throw new CarrotError(
        'bad-run',
        `${this.loaded.program.name} pays for looking like "${textsName(prompts)}", and these recordings do not hold "${missing}".`,
        'Alpha, temperature, threshold, head and shape can be changed afterwards; prompts, baseline, camera and model need a run of their own.',
      )
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.scorer[Symbol.asyncDispose]()
  }

  report(returns: readonly number[]): Scored {
    const returnMean = sum(returns) / returns.length
    const variance = sum(returns.map(value => (value - returnMean) ** 2)) / returns.length
    return {
      name: this.loaded.program.name,
      hash: this.hash,
      returnMean,
      returnStd: Math.sqrt(variance),
      terms: termTable(this.scored, this.scorer.bound).map(({ name, weight, mean, std, share }) => ({
        name,
        weight,
        mean,
        std,
        share,
      })),
    }
  }
}

const isOf = ({ program }: EpisodeRecord, { hash, weights }: StoredRun['program']): boolean =>
  program.hash === hash && program.terms.every(name => program.weights[name] === weights[name])

/** Equal to the bit, NaN included. */
const sameBits = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

const sum = (values: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]
  return total
}
