/**
 * Recorded episodes that candidates are compared on before any training: the same for all of an iteration, so that nothing
 * but the programs differs. They come from policies that need no learning, and from runs of earlier candidates.
 */

import { RecordingScorer } from '../bindProgram.ts'
import type { ScoreColumns } from '../core/batch.ts'
import type { EnvDefinition } from '../core/env.ts'
import { columnsFor, rescoringCopy } from '../core/episode.ts'
import type { LoadedProgram } from '../core/reward.ts'
import { proofData } from '../proof/data.ts'
import { episodesOf } from '../randomPlay.ts'
import { openRun } from '../store/index.ts'
import type { Judge } from './judge.ts'

export interface Evidence {
  /** N = 1 each. */
  readonly episodes: readonly ScoreColumns[]
  /** The judge's, by episode: steps in which it holds, and its return where that is equal. */
  readonly worth: readonly number[]
}

/** Episodes taken of one policy that needs no learning, and of one run: the first, the last, and some between. */
const OF_A_PLAY = 16
const OF_A_RUN = 8
/** Any discount will do: potentials telescope, and rank episodes by their end. */
const GAMMA = 1

export async function gatherEvidence(
  env: EnvDefinition,
  judge: Judge,
  runs: readonly string[],
  root: string,
): Promise<Evidence> {
  const { plays } = await proofData(env)
  const episodes = plays.flatMap(({ columns }) =>
    spread([...episodesOf(columns)], OF_A_PLAY).map(episode => episode.columns),
  )
  for (const name of runs) {
    const run = openRun(name, root)
    for (const { id } of spread(run.episodes(), OF_A_RUN)) {
      episodes.push(columnsFor(await run.episode(id), ''))
    }
  }
  const scored = await scoreAll(judge.loaded, env, episodes)
  return { episodes, worth: scored.map(worthOf) }
}

/** Evenly over the list, both ends included. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list]
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))])
}

/** What a program gives for every episode, each scored as if it were the first. */
export async function scoreAll(
  loaded: LoadedProgram,
  { spec }: EnvDefinition,
  episodes: readonly ScoreColumns[],
): Promise<ScoreColumns[]> {
  await using scorer = await RecordingScorer.open(loaded, spec, { rows: 1, gamma: GAMMA })
  const scored: ScoreColumns[] = []
  for (const episode of episodes) {
    const columns = rescoringCopy(episode)
    await scorer.score(columns)
    scored.push(columns)
  }
  return scored
}

/** Success above all; the return, squeezed into less than a step of success, tells the rest apart. */
function worthOf({ success, reward }: ScoreColumns): number {
  const held = sum(success)
  const paid = sum(reward)
  return held + 0.5 + Math.atan(paid) / Math.PI
}

export const sum = (values: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]
  return total
}

/**
 * Share of the pairs of episodes that returns put in the order of worth (Kendall's τ as a share: 1 always, 0.5 by chance).
 * Null when no two episodes differ in worth.
 */
export function agreement(returns: readonly number[], worth: readonly number[]): number | null {
  let pairs = 0
  let agreed = 0
  for (let i = 0; i < worth.length; i++) {
    for (let j = 0; j < i; j++) {
      const wanted = Math.sign(worth[i] - worth[j])
      if (wanted === 0) continue
      pairs++
      const got = Math.sign(returns[i] - returns[j])
      agreed += got === wanted ? 1 : got === 0 ? 0.5 : 0
    }
  }
  return pairs === 0 ? null : agreed / pairs
}

/** Pearson's correlation; 0 where either does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length
  const [meanA, meanB] = [sum(a) / n, sum(b) / n]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB)
    aa += (a[i] - meanA) ** 2
    bb += (b[i] - meanB) ** 2
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb)
}
