/** The hand-written policies of Gymnasium's tasks solve them, from any start; doing nothing does not. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { solve } from '../../src/solve.ts'

test.each(['inverted-pendulum', 'inverted-double-pendulum', 'reacher', 'swimmer'])('%s', async id => {
  const options = { episodes: 8, seed: 5 }
  const expert = await solve(envById(id), 'expert', options)
  const zero = await solve(envById(id), 'zero', options)
  expect([expert.successRate, zero.successRate]).toEqual([1, 0])
})
