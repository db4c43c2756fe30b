/** Which recorded episodes to give up when they take too much space. */
import type { EpisodeSummary } from '../core/events.ts'

/**
 * The episode whose loss leaves the run covered most evenly: the one with the nearest neighbours in steps, the oldest
 * of equals. Never the first, the best or the newest; undefined when there is no other. Episodes are ordered by `atStep`.
 */
export function leastMissed(episodes: readonly EpisodeSummary[]): EpisodeSummary | undefined {
  const best = episodes.reduce<EpisodeSummary | undefined>(
    (top, episode) => (top === undefined || episode.return > top.return ? episode : top),
    undefined,
  )
  let least: EpisodeSummary | undefined
  let leastGap = Number.POSITIVE_INFINITY
  for (let i = 1; i < episodes.length - 1; i++) {
    const gap = episodes[i + 1].atStep - episodes[i - 1].atStep
    if (episodes[i] === best || gap >= leastGap) continue
    least = episodes[i]
    leastGap = gap
  }
  return least
}
