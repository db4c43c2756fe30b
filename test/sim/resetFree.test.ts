/** Episodes that go on where the one before them ended. */
import { expect, test } from 'vitest'
import type { VectorEnv } from '../../src/core/env.ts'
import { CarrotError } from '../../src/core/errors.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { slice } from '../../src/sim/fields.ts'
import { PAIR_USERDATA, pairOptions, taskPair } from '../../src/sim/resetFree.ts'
import { solve } from '../../src/solve.ts'
import { BALL, ball } from './model.ts'

const MJCF = BALL.replace('memory="200K"', `memory="200K" nuserdata="${PAIR_USERDATA}"`)
  .replace('<option ', '<option gravity="0 0 0" ')
  .replace('<joint ', '<joint damping="40" ')
const HIGH = 0.16
const LOW = 0.14

/** A ball that floats: up and down are a pair. */
const pair = defineEnv(pairOptions(50, 200), options => {
  const upAndDown = taskPair({
    ...options,
    at: 0,
    names: ['go up', 'go down'],
    isDone: ({ qpos }, direction) => (direction === 0 ? qpos[0] > HIGH : qpos[0] < LOW),
  })
  return {
    ...ball({}, MJCF),
    id: 'up-and-down',
    maxSteps: upAndDown.maxSteps,
    resetFree: upAndDown.resetFree,
    success: { signal: 'success', over: 'ever' },
    obs: { height: { shape: [], unit: 'm', about: 'Above the start.', read: slice('qpos', 0) } },
    signals: {
      speed: { shape: [], unit: 'm/s', about: 'Upward.', read: slice('qvel', 0) },
      ...upAndDown.direction,
      ...upAndDown.success,
    },
    start(sim, rng) {
      sim.qpos[0] = rng.range(0, 0.1)
      upAndDown.begin(sim, rng)
    },
    isTerminal: () => false,
    expert(signals, _, action) {
      action[0] = signals.direction[0] === 0 ? 1 : -1
    },
  }
})

const signal = (env: VectorEnv, name: string) => env.signals[layoutOf(env.spec.signals).slots[name].offset]
const push = Float64Array.of(1)

test('the task turns round, the physics goes on, and every so often all is reset', async () => {
  using env = await pair.make(1)
  expect(env.spec.episodesPerReset).toBe(4)
  env.reset(1)
  const start = env.obs[0]
  for (let episode = 0; episode < 8; episode++) {
    expect(env.episode[0]).toBe(episode)
    expect(signal(env, 'direction')).toBe(episode % 2)
    for (let t = 1; t <= 50; t++) {
      env.step(push)
      expect(env.truncated[0]).toBe(t === 50 ? 1 : 0)
    }
    const before = env.getPose(0)
    env.step(push)
    expect([env.restarted[0], env.stepInEpisode[0], env.applied[0]]).toEqual([1, 0, 0])
    const after = env.getPose(0)
    if (episode % 4 === 3) {
      expect(after.qpos[0]).toBeLessThan(0.1)
      expect(after.qpos[0]).not.toBe(start)
    } else {
      expect(before.qpos[0]).toBeGreaterThan(0.1)
      expect(after).toEqual(before)
    }
  }
})

test('what was done already when an episode began is no success', async () => {
  expect((await solve(pair, 'zero', { episodes: 40, seed: 1 })).successRate).toBe(0)
  const expert = await solve(pair, 'expert', { episodes: 40, seed: 1 })
  expect(expert.successRate).toBe(1)
  expect(expert.meanLength).toBe(50)
})

test('goes on from a saved state to the bit, over turns and resets', async () => {
  using env = await pair.make(1)
  using other = await pair.make(1)
  env.reset(5)
  other.reset(5)
  const state = new Float64Array(env.stateSize)
  for (let t = 0; t < 75; t++) env.step(push)
  env.getState(0, state)
  other.setState(0, state)
  for (let t = 0; t < 300; t++) {
    const action = Float64Array.of(Math.sin(t))
    env.step(action)
    other.step(action)
    expect([...other.obs, ...other.signals]).toEqual([...env.obs, ...env.signals])
  }
})

test('starts anew where nothing can go on', async () => {
  using env = await pair.make(1)
  env.reset(1)
  env.setPose(0, [0], [9e9])
  env.step(push)
  expect([env.diverged[0], env.truncated[0]]).toEqual([1, 1])
  env.step(push)
  expect(env.episode[0]).toBe(1)
  expect(env.obs[0]).toBeLessThan(0.1)
  expect(signal(env, 'direction')).toBe(0)
})

test('resets must fall between episodes', () => {
  expect(() => pair.configure({ stepsBetweenResets: 130 })).toThrow(CarrotError)
  expect(pair.configure({ episodeSteps: 40, stepsBetweenResets: 1000 }).spec.episodesPerReset).toBe(25)
})
