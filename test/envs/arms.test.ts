/** What is particular to the arms: how they start, what their signals mean. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { deviation, every, observation, round, signal, starts, UNIFORM } from './look.ts'

describe('reacher', () => {
  test('tells where its tip and its target are', async () => {
    using env = await envById('reacher').make(1)
    env.setPose(0, [Math.PI / 2, -Math.PI / 2, 0.05, -0.12], [0, 0, 0, 0])
    // Upper arm along y, forearm along x; the tip is 0.11 m from the elbow.
    expect(signal(env, 'elbowPosition').map(round)).toEqual([0, 0.1, 0.01])
    expect(signal(env, 'tipPosition').map(round)).toEqual([0.11, 0.1, 0.01])
    expect(signal(env, 'targetPosition').map(round)).toEqual([0.05, -0.12, 0.01])
    expect(observation(env, 'tipOffset').map(round)).toEqual([0.06, 0.22])
    expect(observation(env, 'targetPosition')).toEqual([0.05, -0.12])
  })

  test('has reached when the tip is at the target', async () => {
    using env = await envById('reacher').make(2)
    env.setPose(0, [0, 0, 0.21, 0.015], [0, 0, 0, 0])
    env.setPose(1, [0, 0, 0.21, 0.025], [0, 0, 0, 0])
    expect([0, 1].map(n => signal(env, 'reached', n)[0])).toEqual([1, 0])
  })

  test('starts with targets all over the disc, and at rest but for noise', async () => {
    const { qpos, qvel } = await starts('reacher', 400)
    const [x, y] = [every(qpos, 4, 2), every(qpos, 4, 3)]
    const radii = x.map((_, i) => Math.hypot(x[i], y[i]))
    expect(Math.max(...radii)).toBeLessThan(0.2)
    // Even over a disc: half of them beyond 1/√2 of its radius.
    expect(radii.filter(r => r > 0.2 / Math.SQRT2).length / radii.length).toBeCloseTo(0.5, 1)
    for (const joint of [0, 1]) {
      expect(Math.max(...every(qpos, 4, joint).map(Math.abs))).toBeLessThan(0.1)
      expect(deviation(every(qpos, 4, joint)) / 0.1).toBeCloseTo(UNIFORM, 1)
      expect(Math.max(...every(qvel, 4, joint).map(Math.abs))).toBeLessThan(0.005)
    }
    expect([...every(qvel, 4, 2), ...every(qvel, 4, 3)].every(v => v === 0)).toBe(true)
  })

  test('its clock is short, and nothing else ends it', async () => {
    using env = await envById('reacher').make(1)
    for (let t = 0; t < 50; t++) {
      expect(env.truncated[0]).toBe(0)
      env.step(Float64Array.from([1, -1]))
    }
    expect([env.terminated[0], env.truncated[0]]).toEqual([0, 1])
  })
})

describe('pusher', () => {
  const pose = (joints: readonly number[], objectY: number, objectX: number) => [
    ...joints,
    ...[objectY, objectX, 0, 0],
  ]
  const FOLDED = [0, 0, 0, 0, 0, 0, 0]

  test('tells where hand, object and goal are', async () => {
    using env = await envById('pusher').make(1)
    env.setPose(0, pose(FOLDED, -0.15, 0.1), new Float64Array(11))
    // The arm stretched along x from the shoulder at y = -0.6: 0.1 + 0.4 + 0.321 m.
    expect(signal(env, 'handPosition').map(round)).toEqual([0.821, -0.6, 0])
    expect(signal(env, 'objectPosition').map(round)).toEqual([0.55, -0.2, -0.275])
    expect(signal(env, 'goalPosition').map(round)).toEqual([0.45, -0.05, -0.323])
    expect(observation(env, 'objectPosition')).toEqual(signal(env, 'objectPosition'))
  })

  test('has placed the object when its middle is over the goal', async () => {
    using env = await envById('pusher').make(2)
    env.setPose(0, pose(FOLDED, 0.05, 0.05), new Float64Array(11))
    env.setPose(1, pose(FOLDED, 0.06, 0.06), new Float64Array(11))
    expect([0, 1].map(n => signal(env, 'placed', n)[0])).toEqual([1, 0])
  })

  test('a slow hand pushes the object over the table', async () => {
    using env = await envById('pusher').make(1)
    // The fingers point along x at the height of the object, which lies between them.
    env.setPose(0, [0, 0.336, 0, 0, 0, 0, 0, -0.52, 0.41, 0, 0], new Float64Array(11))
    const before = signal(env, 'objectPosition')
    // Contact is soft: a fast finger goes through the object, as in the published model.
    for (let t = 0; t < 60; t++) env.step(Float64Array.from([0.15, 0, 0, 0, 0, 0, 0]))
    const after = signal(env, 'objectPosition')
    expect(after[1]).toBeGreaterThan(before[1] + 0.05)
    expect(after[2]).toBe(before[2])
    expect(signal(env, 'objectVelocity')[1]).toBeCloseTo(env.getPose(0).qvel[7], 12)
  })

  test('starts with the object off the goal, before it', async () => {
    const { qpos, qvel } = await starts('pusher', 300)
    const [y, x] = [every(qpos, 11, 7), every(qpos, 11, 8)]
    const distances = x.map((_, i) => Math.hypot(x[i], y[i]))
    expect(Math.min(...distances)).toBeGreaterThan(0.17)
    expect([Math.min(...y) > -0.3, Math.max(...y) < 0]).toEqual([true, true])
    expect(Math.max(...x.map(Math.abs))).toBeLessThan(0.2)
    expect(Math.max(...y)).toBeGreaterThan(-0.05)
    expect(every(qpos, 11, 0).every(q => q === 0)).toBe(true)
    expect(Math.max(...every(qvel, 11, 3).map(Math.abs))).toBeLessThan(0.005)
    expect(every(qvel, 11, 7).every(v => v === 0)).toBe(true)
  })
})
