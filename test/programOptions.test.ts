/** Options of its environment that a program needs. */
import { expect, test } from 'vitest'
import { defineReward, flag } from '../rewards/index.ts'
import { planNew } from '../src/plan.ts'

const OPTION = 'terminateWhenUnhealthy'

test('a run has the options that its program asks for, and says so', async () => {
  const { config, env, notes } = await planNew({ env: 'hopper', reward: 'hopper-front-flip' })
  expect(config.envOptions).toEqual({ [OPTION]: false })
  expect(env.spec.options[OPTION]).toBe(false)
  expect(notes).toContain(`hopper-front-flip sets the option ${OPTION} of hopper to false.`)
  const plain = await planNew({ env: 'hopper', reward: 'hopper-forward' })
  expect(plain.config.envOptions).toEqual({})
  expect(plain.env.spec.options[OPTION]).toBe(true)
})

test('what the user gives wins, and other options stay', async () => {
  const envOptions = { [OPTION]: true, minHeight: 0.5 }
  const { config, env, notes } = await planNew({ env: 'hopper', reward: 'hopper-front-flip', envOptions })
  expect(config.envOptions).toEqual(envOptions)
  expect(env.spec.options).toMatchObject(envOptions)
  expect(notes.join()).not.toContain('sets the option')
})

test.each([
  [{ env: undefined, envOptions: { a: 1 } }, /sets options of no environment/],
  [{ env: 'hopper', envOptions: 3 }, /sets options of its environment wrongly/],
  [{ env: 'hopper', envOptions: { a: null } }, /sets the option 'a' to a object/],
])('a definition of options that cannot be: %j', (given, message) => {
  const definition = {
    name: 'some',
    reads: { healthy: flag() },
    terms: { up: { weight: 1, value: () => 1 } },
    ...given,
  } as never
  expect(() => defineReward(definition)).toThrow(message)
})
