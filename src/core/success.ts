/** When an episode counts as a success. */
import type { SuccessOver } from './spec.ts'

/** Steps of an episode so far, and in how many of them the criterion held. */
export interface SuccessCount {
  readonly length: number
  readonly held: number
  /** It held after the last step. */
  readonly last: boolean
}

export function hasSucceeded(over: SuccessOver, { length, held, last }: SuccessCount): boolean {
  if (over === 'last') return last
  if (over === 'ever') return held > 0
  return held >= over * length
}

/** 'at the end', for messages. */
export const describeOver = (over: SuccessOver): string =>
  over === 'last'
    ? 'at the end'
    : over === 'ever'
      ? 'at any step'
      : `in ${Math.round(100 * over)} % of the steps`
