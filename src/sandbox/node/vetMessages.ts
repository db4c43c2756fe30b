/** What the process that vets a program hears and says. */
import type { ScoreColumns } from '../../core/batch.ts'
import type { TermSummary } from '../../core/reward.ts'
import type { EnvSpec } from '../../core/spec.ts'
import type { Outline } from '../messages.ts'
import type { Refused } from '../refusal.ts'

export interface VetText {
  /** Named in messages. */
  readonly name: string
  /** Absent: the file of that name is read, and what it imports beside it. */
  readonly source?: string
}

export type VetRequest =
  | ({ readonly type: 'load'; readonly spec: EnvSpec } & VetText)
  | { readonly type: 'try'; readonly columns: ScoreColumns }

export interface TrialFigures {
  readonly env: string
  readonly steps: number
  readonly episodes: number
  readonly terms: readonly TermSummary[]
  readonly success: number | null
}

export type VetAnswer =
  | { readonly type: 'loaded'; readonly program: LoadedOutline }
  | { readonly type: 'tried'; readonly figures: TrialFigures; readonly errors: readonly Refused[] }
  | { readonly type: 'refused'; readonly errors: readonly Refused[] }

/** A `LoadedProgram` without functions. */
export interface LoadedOutline {
  readonly outline: Outline
  readonly hash: string
  readonly source: string
  readonly module: string
}
