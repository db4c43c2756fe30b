/** Handling cubes: criteria on poses made for them, a grasp that is friction and nothing else. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../../envs/index.ts'
import { solve } from '../../../src/solve.ts'
import { signal } from '../look.ts'

const ARM = [0, Math.PI / 8, 0, (-5 * Math.PI) / 8, 0, (3 * Math.PI) / 4, Math.PI / 4]
const cube = (x: number, y: number, z: number) => [x, y, z, 1, 0, 0, 0]

describe('lift-cube', () => {
  test('is done with the cube 0.2 m up and the arm still', async () => {
    using env = await envById('lift-cube').make(4)
    const rest = Array(15).fill(0)
    const turning = rest.map((_, i) => (i === 3 ? 0.25 : 0))
    const pose = (z: number) => [...ARM, 0.04, 0.04, ...cube(0.1, 0, z)]
    env.setPose(0, pose(0.219), rest)
    env.setPose(1, pose(0.221), rest)
    env.setPose(2, pose(0.221), turning)
    env.setPose(3, pose(0.02), rest)
    expect([0, 1, 2, 3].map(row => signal(env, 'lifted', row)[0])).toEqual([0, 1, 0, 0])
  })

  test('a grasp holds the cube by friction, and loses it without', async () => {
    using env = await envById('lift-cube').make(1)
    // Between the pads, away from the table.
    const at = [...ARM, 0.021, 0.021, ...cube(0, 0, 0.17)]
    env.setPose(0, at, Array(15).fill(0))
    const step = (grip: number) => env.step(Float64Array.from([0, 0, 0, 0, 0, 0, grip]))
    for (let t = 0; t < 60; t++) step(-1)
    const [, , held] = signal(env, 'cubePosition')
    expect(held).toBeGreaterThan(0.16)
    expect(signal(env, 'grasping')).toEqual([1])
    for (const force of signal(env, 'fingerForces')) expect(force).toBeGreaterThan(5)
    for (let t = 0; t < 30; t++) step(1)
    expect(signal(env, 'cubePosition')[2]).toBeCloseTo(0.02, 3)
    expect(signal(env, 'grasping')).toEqual([0])
  })

  test('does not slip in a tight grasp', async () => {
    using env = await envById('lift-cube').make(1)
    env.setPose(0, [...ARM, 0.021, 0.021, ...cube(0, 0, 0.17)], Array(15).fill(0))
    const grip = Float64Array.from([0, 0, 0, 0, 0, 0, -1])
    const gap = () => {
      const tcp = signal(env, 'tcpPosition')
      return signal(env, 'cubePosition').map((x, i) => x - tcp[i])
    }
    for (let t = 0; t < 20; t++) env.step(grip)
    const before = gap()
    for (let t = 0; t < 70; t++) env.step(grip)
    gap().forEach((x, i) => {
      expect(Math.abs(x - before[i])).toBeLessThan(2e-3)
    })
  })
})

describe('pick-cube', () => {
  test('is done with the cube within 0.025 m of the goal', async () => {
    using env = await envById('pick-cube').make(1)
    // Where the model puts the goal.
    const [x, y, z] = [0, 0, 0.25]
    for (const [offset, done] of [
      [0.024, 1],
      [0.026, 0],
    ]) {
      env.setPose(0, [...ARM, 0.04, 0.04, ...cube(x + offset, y, z)], Array(15).fill(0))
      expect(signal(env, 'goalPosition')).toEqual([x, y, z])
      expect(signal(env, 'placed')).toEqual([done])
    }
  })

  test('starts cubes and goals all over their ranges', async () => {
    using env = await envById('pick-cube').make(200)
    env.reset(5)
    const rows = Array.from({ length: 200 }, (_, row) => row)
    const cubes = rows.map(row => signal(env, 'cubePosition', row))
    const goals = rows.map(row => signal(env, 'goalPosition', row))
    for (const axis of [0, 1]) {
      for (const points of [cubes, goals]) {
        const values = points.map(p => p[axis])
        expect(Math.max(...values)).toBeLessThan(0.1)
        expect(Math.min(...values)).toBeLessThan(-0.09)
        expect(Math.max(...values)).toBeGreaterThan(0.09)
      }
    }
    const heights = goals.map(p => p[2])
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0.02)
    expect(Math.max(...heights)).toBeGreaterThan(0.45)
    rows.forEach(row => {
      expect(Math.hypot(...signal(env, 'cubeToGoal', row))).toBeGreaterThan(0.05)
    })
  })
})

test('the expert picks by turning joints as well', async () => {
  const task = envById('pick-cube').configure({ control: 'joint-delta' })
  const { successRate, diverged } = await solve(task, 'expert', { episodes: 4, seed: 7 })
  expect(successRate).toBe(1)
  expect(diverged).toBe(0)
})
