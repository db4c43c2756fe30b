import { expect, test } from 'vitest'
import { envById, envs } from '../../envs/index.ts'
import { envContract, type Peculiarities } from '../contract/env.ts'

const PECULIAR: Readonly<Record<string, Peculiarities>> = {
  // Their speeds are limited, or far from what does not fit a number.
  cartpole: { wildSpeeds: [] },
  'mountain-car': { wildSpeeds: [] },
  'hard-maze': { wildSpeeds: [] },
  'redundant-arm': { wildSpeeds: [] },
  // Random play folds the arm and rarely gets to the ball.
  curling: { still: ['ballVelocity'] },
  // Random play drops the poles before the cart gets to the end of its rail.
  'inverted-double-pendulum': { still: ['railForce'] },
  // The published goal is always in one place, and random play does not hit the object.
  pusher: { still: ['goalPosition', 'objectVelocity'] },
  // Two joints with as much damping as inertia, and no contacts.
  reacher: { wildSpeeds: [1e8, 9e9] },
}
for (const env of envs) envContract(env, PECULIAR[env.spec.id])

test('environments are found by id, or the nearest is named', () => {
  expect(envById('ant').spec.id).toBe('ant')
  expect(() => envById('hoper')).toThrow(/no environment 'hoper'/)
  expect(() => envById('hoper')).toThrow(
    expect.objectContaining({ code: 'unknown-name', hint: "Did you mean 'hopper'?" }),
  )
  expect(() => envById('zzzzzzzz')).toThrow(
    expect.objectContaining({
      hint: expect.stringContaining('hopper, walker2d, half-cheetah, ant'),
    }),
  )
  expect(new Set(envs.map(env => env.spec.id)).size).toBe(envs.length)
})
