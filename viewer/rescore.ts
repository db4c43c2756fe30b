/** Scores a recording again, in this page. */
import { bindReward } from '../rewards/index.ts'
import { columnsFor, type EpisodeRecord } from '../src/core/episode.ts'
import type { RewardProgram } from '../src/core/reward.ts'
import type { EnvSpec } from '../src/core/spec.ts'

/** An episode scored again. */
export interface Rescored {
  readonly weights: Readonly<Record<string, number>>
  /** [K][T] raw. */
  readonly terms: readonly Float64Array[]
  /** [T] */
  readonly reward: Float64Array
  readonly return: number
}

/** Scores a recording with a program (of that hash) under some weights. Throws CarrotError 'bad-signal' when they do not fit. */
export function rescore(
  record: EpisodeRecord,
  { program, hash }: { readonly program: RewardProgram; readonly hash: string },
  env: EnvSpec,
  weights: Readonly<Record<string, number>>,
): Rescored {
  const columns = columnsFor(record, hash)
  const scorer = bindReward(program, env, { rows: 1, gamma: record.gamma, weights })
  scorer.score(columns)
  const { T, terms, reward } = columns
  return {
    weights: scorer.weights,
    terms: program.terms.map((_, k) => terms.subarray(k * T, (k + 1) * T)),
    reward,
    return: reward.reduce((sum, value) => sum + value, 0),
  }
}
