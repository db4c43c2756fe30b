/** Recorded episodes of other runs as data to learn from, scored by the program that is trained on. */
import { RecordingScorer } from './bindProgram.ts'
import { columnsFor, type EpisodeRecord } from './core/episode.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import type { LearnBatch } from './learn/learner.ts'
import { openRun } from './store/index.ts'

export interface OfflineOptions {
  /** Folders or names of runs. */
  readonly runs: readonly string[]
  readonly root?: string
  readonly env: EnvSpec
  readonly loaded: LoadedProgram
  readonly weights: Readonly<Record<string, number>>
  readonly gamma: number
}

/**
 * One row of all episodes, with a reset row after each. Throws CarrotError 'bad-run' when a run has no episodes, or is of
 * another environment.
 */
export async function offlineData({ runs, root, ...scoring }: OfflineOptions): Promise<LearnBatch> {
  const episodes: EpisodeRecord[] = []
  for (const name of runs) {
    const run = openRun(name, root)
    const { id, version } = run.header.env
    if (id !== scoring.env.id || version !== scoring.env.version) {
      throw new CarrotError(
        'bad-run',
        `The run ${run.name} is of ${id} (version ${version}), and ${scoring.env.id} (version ${scoring.env.version}) is trained.`,
        'Give --offline-data runs of the environment that is trained.',
      )
    }
    for (const { id: episode } of run.episodes()) episodes.push(await run.episode(episode))
  }
  if (episodes.length === 0) {
    throw new CarrotError(
      'bad-run',
      `${runs.join(', ')} recorded no episodes, so there is nothing to learn from.`,
      'Give --offline-data runs with recordings; --record-every says how often a run records.',
    )
  }
  return joined(episodes, scoring)
}

async function joined(
  episodes: readonly EpisodeRecord[],
  { env, loaded, weights, gamma }: Omit<OfflineOptions, 'runs' | 'root'>,
): Promise<LearnBatch> {
  const T = episodes.reduce((sum, { columns }) => sum + columns.T + 1, 0)
  const O = episodes[0].obs.length / (episodes[0].columns.T + 1)
  const A = env.action.low.length
  const batch = {
    T,
    N: 1,
    obs: new Float32Array((T + 1) * O),
    action: new Float32Array(T * A),
    logProb: new Float32Array(T).fill(Number.NaN),
    reward: new Float64Array(T),
    terminated: new Uint8Array(T),
    truncated: new Uint8Array(T),
    valid: new Uint8Array(T),
  }
  await using scorer = await RecordingScorer.open(loaded, env, { rows: 1, gamma, weights })
  let at = 0
  for (const episode of episodes) {
    const columns = columnsFor(episode, loaded.hash)
    await scorer.score(columns)
    const { length } = episode.summary
    batch.obs.set(episode.obs, at * O)
    batch.action.set(columns.applied, at * A)
    batch.reward.set(columns.reward, at)
    batch.terminated.set(columns.terminated, at)
    batch.truncated.set(columns.truncated, at)
    batch.valid.fill(1, at, at + length)
    // The last observation stands in a row of its own, as where an environment resets.
    at += length + 1
  }
  return batch
}
