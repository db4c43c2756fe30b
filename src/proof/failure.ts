/** What is wrong with a program, as a value: good enough to show a person and to send back to a language model. */
import type { CarrotError, SourcePosition } from '../core/errors.ts'

/** In the order in which they run; a program that fails one does not reach the next. */
export const STAGES = ['parse', 'imports', 'types', 'dry-run', 'unit-tests'] as const
export type Stage = (typeof STAGES)[number]

export interface ProofFailure {
  readonly stage: Stage
  /** What is wrong, a full sentence. */
  readonly message: string
  /** What to do about it, a full sentence. */
  readonly hint?: string
  readonly at?: SourcePosition
}

/** An error about a program's text or behaviour as failures, those found on the same pass included. */
export const failuresOf = (stage: Stage, error: CarrotError): ProofFailure[] =>
  [error, ...error.also].map(({ message, hint, at }) => ({
    stage,
    message,
    hint,
    ...(at === undefined ? {} : { at }),
  }))
