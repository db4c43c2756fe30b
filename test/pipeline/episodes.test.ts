import { expect, test } from 'vitest'
import { EpisodeStats } from '../../src/pipeline/episodes.ts'

/** Two rows of a step each line: reward of row 0, reward of row 1, which rows end. */
function batch(...steps: readonly (readonly [a: number, b: number, ends?: string])[]) {
  const ends = (n: number) => steps.map(([, , rows = '']) => (rows.includes(String(n)) ? 1 : 0))
  const both = (first: readonly number[], second: readonly number[]) =>
    first.flatMap((x, t) => [x, second[t]])
  return {
    T: steps.length,
    N: 2,
    reward: Float64Array.from(steps.flatMap(step => [step[0], step[1]])),
    valid: new Uint8Array(2 * steps.length).fill(1),
    terminated: Uint8Array.from(both(ends(0), ends(1))),
    truncated: new Uint8Array(2 * steps.length),
    success: new Uint8Array(2 * steps.length),
  }
}

test('means are over the last episodes, and over those that ended in the last batch', () => {
  const stats = new EpisodeStats(2, 3)
  stats.take(batch([1, 10], [2, 20]), 'last')
  expect(stats.summary()).toEqual({})
  stats.take(batch([3, 30, '1'], [4, 1, '0']), 'last')
  expect(stats.summary()).toMatchObject({
    episodeReturn: 35,
    episodeLength: 3.5,
    episodesEnded: 2,
    endedReturn: 35,
  })
  stats.take(batch([0, 2]), 'last')
  expect(stats.summary()).toMatchObject({ episodeReturn: 35, episodesEnded: 0 })
  expect(stats.summary()).not.toHaveProperty('endedReturn')
  stats.take(batch([5, 3, '01'], [6, 0, '0']), 'last')
  // Of 60, 10, 5, 6 and 6 the last three count.
  expect(stats.summary()).toMatchObject({ episodeReturn: 17 / 3, episodesEnded: 3, endedReturn: 17 / 3 })
  const again = new EpisodeStats(2, 3)
  again.load(stats.save())
  expect(again.summary()).toMatchObject({ episodeReturn: 17 / 3, episodesEnded: 0 })
})
