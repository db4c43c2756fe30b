/** Simple policies are judged by the environment's own criterion. */
import { expect, test } from 'vitest'
import { CarrotError } from '../src/core/errors.ts'
import { defineEnv } from '../src/sim/defineEnv.ts'
import { solve } from '../src/solve.ts'
import { BALL, ball } from './sim/model.ts'

/** Its motor can lift the ball, and the expert does. */
const lift = defineEnv(
  ball(
    {
      expert(_, __, action) {
        action[0] = 1
      },
    },
    BALL.replace('gear="10"', 'gear="100"'),
  ),
)
const options = { episodes: 12, seed: 3 }

test('the expert solves what doing nothing does not', async () => {
  const expert = await solve(lift, 'expert', options)
  expect(expert.successRate).toBe(1)
  expect(expert.meanFirst).toBeGreaterThan(0)
  expect(expert.meanLength).toBeGreaterThanOrEqual(expert.meanFirst)
  const zero = await solve(lift, 'zero', options)
  expect(zero.successRate).toBe(0)
  expect(zero.meanLength).toBe(100)
  expect(zero.meanFirst).toBeNaN()
  expect(await solve(lift, 'random', options)).toEqual(await solve(lift, 'random', options))
})

test('what has no expert says so', async () => {
  await expect(solve(defineEnv(ball()), 'expert', options)).rejects.toThrow(CarrotError)
})
