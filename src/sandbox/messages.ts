/** What host and worker say to each other. */
import type { ScoreColumns } from '../core/batch.ts'
import type { PortableError } from '../core/errors.ts'
import type { BindOptions, RewardProgram, TermFailure, TermSpec } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
import type { ColumnsShape } from './columns.ts'
import type { Refused } from './refusal.ts'

/** A program without its functions. */
export interface Outline extends Omit<RewardProgram, 'terms' | 'combine' | 'success'> {
  readonly terms: readonly Omit<TermSpec, 'formula'>[]
  /** It has a function of that name. */
  readonly combines: boolean
  readonly judges: boolean
}

export interface LoadRequest {
  readonly type: 'load'
  readonly module: string
  readonly spec: EnvSpec
  readonly options: BindOptions
  /** [2] number of the owner whose function runs, and of the last request that was answered. */
  readonly progress: SharedArrayBuffer
}

export interface ScoreRequest {
  readonly type: 'score'
  /** Counts from 1. */
  readonly number: number
  readonly shape: ColumnsShape
  /** Holds the columns; absent: the one before is still in use. */
  readonly buffer?: SharedArrayBuffer
  readonly offFrom?: ScoreColumns['offFrom']
  readonly weights: Readonly<Record<string, number>>
  /** As `RewardScorer.saveMemory` gives it; absent: what the worker has is right. */
  readonly memory?: Float64Array
  readonly relabel: boolean
}

export type Request = LoadRequest | ScoreRequest

export type Answer =
  | { readonly type: 'loaded'; readonly outline: Outline }
  | { readonly type: 'refused'; readonly refused: Refused }
  | {
      readonly type: 'scored'
      readonly number: number
      readonly failures: readonly TermFailure[]
      readonly faults: Readonly<Record<string, Refused>>
      readonly memory: Float64Array
    }
  /** An error of ours, not the program's. */
  | { readonly type: 'broken'; readonly error: PortableError }

/** Numbers in `LoadRequest.progress`. */
export const RUNNING = 0
export const ANSWERED = 1

/** Functions that run, by number: its terms, and what else a program may have. */
export const ownersOf = ({ terms }: Pick<Outline, 'terms'>): string[] => [
  ...terms.map(({ name }) => name),
  'combine',
  'success',
]
