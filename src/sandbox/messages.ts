/** What host and worker say to each other. */
import type { ScoreColumns } from '../core/batch.ts'
import type { PortableError } from '../core/errors.ts'
import type { BindOptions, RewardProgram, TermFailure, TermSpec } from '../core/reward.ts'
import type { EnvSpec } from '../core/spec.ts'
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
  /** [5], see `ASKED` and the others. */
  readonly progress: SharedArrayBuffer
}

/** Asks for the batch that `LoadRequest.progress` says; holds what the worker has not heard yet. */
export interface ScoreRequest {
  readonly type: 'score'
  /** What is in the slot from now on. */
  readonly columns?: ScoreColumns
  readonly weights?: Readonly<Record<string, number>>
  /** Of this batch alone. */
  readonly offFrom?: ScoreColumns['offFrom']
}

export type Request = LoadRequest | ScoreRequest

export interface Loaded {
  readonly type: 'loaded'
  readonly outline: Outline
  /** As `RewardScorer.saveMemory` gives it: after every batch what the worker has, before one what it is to take. */
  readonly memory: SharedArrayBuffer
}

export type Answer =
  | Loaded
  | { readonly type: 'refused'; readonly refused: Refused }
  | {
      readonly type: 'scored'
      readonly failures: readonly TermFailure[]
      readonly faults: Readonly<Record<string, Refused>>
    }
  /** An error of ours, not the program's. */
  | { readonly type: 'broken'; readonly error: PortableError }

/** What is mostly said. Where both sides have other ways to wake each other, these need not be sent. */
export const SCORE: ScoreRequest = Object.freeze({ type: 'score' })
export const SCORED: Extract<Answer, { type: 'scored' }> = Object.freeze({
  type: 'scored',
  failures: Object.freeze([]),
  faults: Object.freeze({}),
})

/** Numbers in `LoadRequest.progress`: of the owner whose function runs, of the last batch that was scored, */
export const RUNNING = 0
export const ANSWERED = 1
/** of the batch that is asked for, counted from 1, of its slot, and a sum of what is to be done. */
export const ASKED = 2
export const SLOT = 3
export const TASK = 4
export const PROGRESS_BYTES = 20

/** Parts of the sum: labels alone are scored again; the memory is taken over first. */
export const RELABEL = 1
export const RECALL = 2

/** Functions that run, by number: its terms, and what else a program may have. */
export const ownersOf = ({ terms }: Pick<Outline, 'terms'>): string[] => [
  ...terms.map(({ name }) => name),
  'combine',
  'success',
]
