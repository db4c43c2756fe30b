import { expect, test } from 'vitest'
import { envById, envs } from '../../envs/index.ts'
import { envContract } from '../contract/env.ts'

for (const env of envs) envContract(env)

test('environments are found by id, or the nearest is named', () => {
  expect(envById('ant').spec.id).toBe('ant')
  expect(() => envById('hoper')).toThrow(/no environment 'hoper'/)
  expect(() => envById('hoper')).toThrow(
    expect.objectContaining({ code: 'unknown-name', hint: "Did you mean 'hopper'?" }),
  )
  expect(() => envById('zzzzzzzz')).toThrow(
    expect.objectContaining({
      hint: expect.stringContaining('inverted-pendulum, hopper, half-cheetah, ant'),
    }),
  )
  expect(new Set(envs.map(env => env.spec.id)).size).toBe(envs.length)
})
