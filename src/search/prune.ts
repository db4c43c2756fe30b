/** Which candidates are worth training: ranked on identical recorded data, before any steps are spent on them. */
import { correlation } from './evidence.ts'

export interface Ranked<T> {
  readonly candidate: T
  readonly agreement: number | null
  /** Reward of every recorded step. */
  readonly rewards: Float64Array
}

export interface Verdict<T> {
  readonly candidate: T
  readonly agreement: number | null
  /** '' when it is to be trained. */
  readonly why: string
}

/** More alike than this, two rewards teach the same: they differ in scale and offset only. */
const SAME = 0.9999
/** Below this, a reward ranks episodes worse than chance. */
const CHANCE = 0.5

/**
 * Best first; at most `most` of them are to be trained. `name` is what a candidate is called; `known` are those of earlier
 * rounds, which are not trained twice.
 */
export function prune<T>(
  ranked: readonly Ranked<T>[],
  most: number,
  name: (candidate: T) => string,
  known: readonly Ranked<T>[] = [],
): Verdict<T>[] {
  // The sort is stable: of equals, the earlier one is trained.
  const sorted = [...ranked].sort((a, b) => (b.agreement ?? CHANCE) - (a.agreement ?? CHANCE))
  const taken: Ranked<T>[] = []
  return sorted.map(each => {
    const { candidate, agreement, rewards } = each
    const twin = [...known, ...taken].find(other => correlation(other.rewards, rewards) > SAME)
    const why =
      twin !== undefined
        ? `It pays the same as ${name(twin.candidate)}, but for scale and offset.`
        : taken.length > 0 && agreement !== null && agreement < CHANCE
          ? `It ranks recorded episodes worse than chance (${agreement.toFixed(2)}).`
          : taken.length >= most
            ? 'Others rank recorded episodes better.'
            : ''
    if (why === '') taken.push(each)
    return { candidate, agreement, why }
  })
}
