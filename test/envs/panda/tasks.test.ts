/** The tasks of the Panda: what counts as success, and that experts, rewards and chance rank as they should. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../../envs/index.ts'
import { pandaTasks } from '../../../envs/panda/index.ts'
import { bindReward, programs } from '../../../rewards/index.ts'
import type { EnvDefinition } from '../../../src/core/env.ts'
import { playSimply } from '../../../src/randomPlay.ts'
import { type SimplePolicy, solve } from '../../../src/solve.ts'
import { mean, signal } from '../look.ts'

/** Whether a task's criterion holds in a pose that differs from a keyframe in some numbers. */
async function holds(
  id: string,
  keyframe: string,
  changes: Readonly<Record<number, number>>,
  speeds: Readonly<Record<number, number>> = {},
): Promise<boolean> {
  using env = await envById(id).make(1)
  const { qpos, qvel } = env.keyframes.find(({ name }) => name === keyframe)!
  env.setPose(
    0,
    qpos.map((q, i) => changes[i] ?? q),
    qvel.map((v, i) => speeds[i] ?? v),
  )
  return signal(env, env.spec.success!.signal)[0] === 1
}

describe('success', () => {
  test('stack-cube: on the other cube, aside by up to 3.3 cm, still', async () => {
    const [x, y, z] = [9, 10, 11]
    expect(await holds('stack-cube', 'stacked', {})).toBe(true)
    expect(await holds('stack-cube', 'stacked', { [x]: 0.05 + 0.032 })).toBe(true)
    expect(await holds('stack-cube', 'stacked', { [y]: 0.1 + 0.034 })).toBe(false)
    expect(await holds('stack-cube', 'stacked', { [z]: 0.064 })).toBe(true)
    expect(await holds('stack-cube', 'stacked', { [z]: 0.066 })).toBe(false)
    expect(await holds('stack-cube', 'stacked', {}, { 9: 0.02 })).toBe(false)
    expect(await holds('stack-cube', 'ready', {})).toBe(false)
  })

  test('turn-faucet: more than nine tenths of a quarter turn', async () => {
    for (const share of [0.89, 0.91]) {
      const angle = (share * Math.PI) / 2
      expect(await holds('turn-faucet', 'ready', { 9: angle })).toBe(share > 0.9)
    }
  })

  test('the cabinet: nine tenths open, and nearly at rest', async () => {
    for (const [id, joint, range] of [
      ['open-cabinet-door', 13, Math.PI / 2],
      ['open-cabinet-drawer', 14, 0.36],
    ] as const) {
      expect(await holds(id, 'ready', { [joint]: 0.91 * range })).toBe(true)
      expect(await holds(id, 'ready', { [joint]: 0.89 * range })).toBe(false)
      expect(await holds(id, 'ready', { [joint]: 0.91 * range }, { [joint]: 1.1 })).toBe(false)
      // The other part does not matter.
      expect(await holds(id, 'open', { [joint]: 0 })).toBe(false)
    }
  })

  test('push-chair: within 15 cm, upright and still', async () => {
    const [x, , , w, rx] = [13, 14, 15, 16, 17]
    const tilted = (angle: number) => ({ [w]: Math.cos(angle / 2), [rx]: Math.sin(angle / 2), 19: 0 })
    expect(await holds('push-chair', 'there', { [x]: 0.14 })).toBe(true)
    expect(await holds('push-chair', 'there', { [x]: 0.16 })).toBe(false)
    expect(await holds('push-chair', 'there', tilted(0.04 * Math.PI))).toBe(true)
    expect(await holds('push-chair', 'there', tilted(0.06 * Math.PI))).toBe(false)
    expect(await holds('push-chair', 'there', {}, { 13: 0.2 })).toBe(false)
    expect(await holds('push-chair', 'there', {}, { 18: 0.3 })).toBe(false)
  })
})

describe('starts', () => {
  const COUNT = 100
  async function all(id: string, name: string): Promise<number[][]> {
    using env = await envById(id).make(COUNT)
    env.reset(1)
    return Array.from({ length: COUNT }, (_, row) => signal(env, name, row))
  }

  test('stack-cube: the cubes do not touch', async () => {
    for (const gap of await all('stack-cube', 'cubeToBase')) {
      expect(Math.hypot(...gap)).toBeGreaterThan(0.0585)
    }
  })

  test('the cabinet: 1.6 to 1.8 m from the published place, in front of it', async () => {
    const positions = await all('open-cabinet-door', 'robotPosition')
    const distances = positions.map(([x, y]) => Math.hypot(x, y - 0.8))
    expect(Math.min(...distances)).toBeGreaterThan(1.6 - 1e-9)
    expect(Math.max(...distances)).toBeLessThan(1.8)
    expect(Math.max(...distances) - Math.min(...distances)).toBeGreaterThan(0.17)
    expect(Math.max(...positions.map(([x]) => x))).toBeLessThan(-1.5)
  })

  test('push-chair: all around the target, the robot behind the chair', async () => {
    const chairs = await all('push-chair', 'chairPosition')
    const robots = await all('push-chair', 'robotPosition')
    const ranges = chairs.map(([x, y]) => Math.hypot(x, y))
    expect(Math.min(...ranges)).toBeGreaterThan(0.8)
    expect(Math.max(...ranges)).toBeLessThan(1.2)
    expect(chairs.some(([x]) => x > 0.7) && chairs.some(([x]) => x < -0.7)).toBe(true)
    robots.forEach(([x, y], i) => {
      const away = Math.hypot(x - chairs[i][0], y - chairs[i][1])
      expect(away > 0.8 && away < 1.2).toBe(true)
    })
  })
})

test('the mobile base drives along its own axes, not those of the world', async () => {
  using env = await envById('open-cabinet-door').make(1)
  const { qpos, qvel } = env.keyframes[0]
  env.setPose(
    0,
    qpos.map((q, i) => (i === 2 ? Math.PI / 2 : q)),
    qvel,
  )
  const [fromX, fromY] = signal(env, 'robotPosition')
  for (let t = 0; t < 20; t++) env.step(Float64Array.from({ length: 11 }, (_, a) => (a === 0 ? 1 : 0)))
  const [x, y] = signal(env, 'robotPosition')
  expect(y - fromY).toBeGreaterThan(0.4)
  expect(Math.abs(x - fromX)).toBeLessThan(0.02)
  expect(signal(env, 'robotVelocity')[1]).toBeCloseTo(0.5, 1)
})

describe.each(pandaTasks.map(task => [task.spec.id, task] as const))('%s', (_, task) => {
  test('is solved by its expert, and not by doing nothing', async () => {
    const options = { episodes: 2, seed: 5 }
    expect(await solve(task, 'expert', options)).toMatchObject({ successRate: 1, diverged: 0 })
    expect(await solve(task, 'zero', options)).toMatchObject({ successRate: 0, diverged: 0 })
  })

  test('pays its expert more than chance, and little for nothing', async () => {
    const expert = await meanReward(task, 'expert')
    expect(expert).toBeGreaterThan(2 * (await meanReward(task, 'random')))
    expect(expert).toBeGreaterThan(2 * (await meanReward(task, 'zero')))
  })
})

/** Mean reward of a step under the task's own program, over an episode. */
async function meanReward(task: EnvDefinition, policy: SimplePolicy): Promise<number> {
  const program = programs.find(({ name }) => name === task.spec.defaultReward)!
  const { maxSteps } = task.spec
  const columns = await playSimply(task, policy, { rows: 1, steps: maxSteps, seed: 7 })
  bindReward(program, task.spec, { rows: 1, gamma: 0.99 }).score(columns)
  return mean([...columns.reward])
}
