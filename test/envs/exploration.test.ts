/** Worlds to explore: what they pay, where they can be got to, and that chance does not get there. */
import { describe, expect, test } from 'vitest'
import { walkAlong } from '../../envs/ant/trot.ts'
import { type Stroke, strokes } from '../../envs/curling/strokes.ts'
import { driveAlong } from '../../envs/hardMaze/driving.ts'
import { nearestPoint, sight } from '../../envs/hardMaze/plan.ts'
import { envById } from '../../envs/index.ts'
import { bindReward, programs } from '../../rewards/index.ts'
import type { EnvDefinition, Expert } from '../../src/core/env.ts'
import { layoutOf } from '../../src/core/spec.ts'
import { expertActor, solve } from '../../src/solve.ts'
import { observation, signal } from './look.ts'

const WORLDS = ['curling', 'hard-maze', 'redundant-arm', 'ant-maze'] as const
const RADII: Record<(typeof WORLDS)[number], number[]> = {
  curling: [0.4, 0.2],
  'hard-maze': [0.5, 0.5],
  'redundant-arm': [0.05, 0.05, 0.05],
  'ant-maze': [3, 3],
}

/** Signals of one episode of every row, and its reward a step and a row. */
async function episode(definition: EnvDefinition, expert: Expert, size = 1) {
  using env = await definition.make(size)
  env.reset(1)
  const actor = expertActor(expert, env)
  const A = env.spec.action.low.length
  const action = new Float64Array(size * A)
  const seen = [...env.signals]
  const applied: number[] = []
  const terminated: number[] = []
  const truncated: number[] = []
  const valid: number[] = []
  const over = new Uint8Array(size)
  const endings: number[] = Array(size).fill(0)
  let T = 0
  for (; over.includes(0); T++) {
    for (let n = 0; n < size; n++) actor(n, action.subarray(n * A, (n + 1) * A))
    env.step(action)
    seen.push(...env.signals)
    applied.push(...env.applied)
    terminated.push(...env.terminated)
    truncated.push(...env.truncated)
    for (let n = 0; n < size; n++) {
      valid.push(1 - over[n])
      if (over[n] === 1 || env.terminated[n] + env.truncated[n] === 0) continue
      over[n] = 1
      endings[n] = T
    }
  }
  const program = programs.find(({ name }) => name === definition.spec.defaultReward)!
  const columns = {
    T,
    N: size,
    signals: Float64Array.from(seen),
    applied: Float64Array.from(applied),
    terminated: Uint8Array.from(terminated),
    truncated: Uint8Array.from(truncated),
    valid: Uint8Array.from(valid),
    stepInEpisode: Int32Array.from({ length: (T + 1) * size }, (_, i) => Math.floor(i / size)),
    episode: new Int32Array((T + 1) * size),
    labels: new Map(),
    terms: new Float64Array(0),
    reward: new Float64Array(T * size),
    success: new Uint8Array(T * size),
  }
  bindReward(program, definition.spec, { rows: size, gamma: 1 }).score(columns)
  const { width, slots } = layoutOf(definition.spec.signals)
  const { offset } = slots.goalDistances
  /** From goal area `goal` at the end of a row's episode. */
  const distance = (goal: number, n = 0) =>
    columns.signals[((endings[n] + 1) * size + n) * width + offset + goal]
  /** A signal of row 0, all along. */
  const places = (name: string): number[][] =>
    Array.from({ length: T + 1 }, (_, t) => {
      const at = t * size * width + slots[name].offset
      return [...columns.signals.subarray(at, at + slots[name].width)]
    })
  return { reward: Array.from(columns.reward), distance, places, steps: T }
}

/** How many of `size` starts get to a goal area. */
async function arrivals(
  definition: EnvDefinition,
  expert: Expert,
  goal: number,
  radius: number,
  size: number,
) {
  const { distance } = await episode(definition, expert, size)
  return Array.from({ length: size }, (_, n) => distance(goal, n)).filter(d => d <= radius).length
}

describe.each(WORLDS)('%s', id => {
  const definition = envById(id)

  test('pays in the last step only, by how deep it ended inside a goal area, and stays in its bounds', async () => {
    const { reward, distance, places, steps } = await episode(definition, definition.expert!)
    expect(reward.slice(0, -1).every(r => r === 0)).toBe(true)
    const inside = RADII[id].findIndex((radius, goal) => distance(goal) <= radius)
    expect(inside).toBeGreaterThanOrEqual(0)
    expect(reward[steps - 1]).toBeCloseTo(1 - distance(inside) / RADII[id][inside], 12)
    expect(reward[steps - 1]).toBeGreaterThan(0)
    const { descriptor } = definition.spec
    for (const place of places(descriptor!.signal)) {
      place.forEach((x, i) => {
        expect(x).toBeGreaterThanOrEqual(descriptor!.low[i] - 0.02)
        expect(x).toBeLessThanOrEqual(descriptor!.high[i] + 0.02)
      })
    }
  })

  test('is found by no chance', async () => {
    const episodes = id === 'ant-maze' ? 1 : 10
    for (const policy of ['random', 'zero'] as const)
      expect((await solve(definition, policy, { episodes, seed: 1 })).successRate).toBe(0)
  })

  test('sees from above', async () => {
    using env = await definition.make(1)
    const top = env.scene.cameras.find(({ name }) => name === 'top')!
    expect(Math.hypot(top.position[0] - top.target[0], top.position[1] - top.target[1])).toBeLessThan(0.05)
    expect(top.position[2]).toBeGreaterThan(env.scene.extent / 2)
  })
})

test('the sizes are the published ones', () => {
  const sizes = (id: string) => {
    const { obs, action, maxSteps } = envById(id).spec
    return [layoutOf(obs).width, action.low.length, maxSteps]
  }
  expect(WORLDS.map(sizes)).toEqual([
    [6, 2, 500],
    [5, 2, 2000],
    [20, 20, 100],
    [29, 8, 1000],
  ])
  expect(envById('ant-maze').wrap({ maxSteps: 3000 }).spec.maxSteps).toBe(3000)
})

describe('every goal area can be got to', () => {
  test('curling: the large one is the expert’s, the small one is a softer stroke away', async () => {
    const softer: Stroke[] = [
      [0.97, -0.72, 1],
      [-0.95, -0.63, 0.69],
      [-0.53, 0.9, 0.62],
    ]
    expect(await arrivals(envById('curling'), envById('curling').expert!, 0, 0.4, 10)).toBe(10)
    expect(await arrivals(envById('curling'), strokes(softer), 1, 0.2, 10)).toBeGreaterThanOrEqual(7)
  })

  test('hard-maze: the near one is straight up, the far one all the way round', async () => {
    const near = driveAlong([
      [1.17, 2.6],
      [1, 4],
    ])
    expect(await arrivals(envById('hard-maze'), near, 1, 0.5, 4)).toBe(4)
    expect(await arrivals(envById('hard-maze'), envById('hard-maze').expert!, 0, 0.5, 4)).toBe(4)
  })

  test('redundant-arm: with accelerations found by searching', async () => {
    const found = [
      [0.55, -0.27, 0.14, 1, -0.1, 0.08, -0.63, -0.89, 0.28, -0.52],
      [0.03, 0.31, -0.45, 0.26, -1, 0.07, 0.09, -0.37, 0.07, -0.54],
      [0.44, 0.17, 1, 0.13, -0.17, -0.24, 0.48, 0.19, -0.76, 0.36],
      [-0.32, 0.15, -0.32, -1, 0.49, -0.12, -0.03, -0.91, -0.46, -0.74],
    ]
    const hold =
      (accelerations: number[]): Expert =>
      (_, __, action) =>
        action.set(accelerations)
    const arm = envById('redundant-arm')
    expect(await arrivals(arm, arm.expert!, 0, 0.05, 10)).toBe(10)
    expect(await arrivals(arm, hold([...found[0], ...found[1]]), 1, 0.05, 10)).toBe(10)
    expect(await arrivals(arm, hold([...found[2], ...found[3]]), 2, 0.05, 10)).toBe(10)
  })

  // The other one is the expert's, above.
  test('ant-maze: round the north wall within 1000 steps', async () => {
    const maze = envById('ant-maze')
    const west = walkAlong([
      [3.8, 20.5],
      [-25, 35],
    ])
    expect(await arrivals(maze, west, 1, 3, 1)).toBe(1)
  })
})

describe('hard-maze', () => {
  test('stops at walls, presses the bumper on their side, and can turn away', async () => {
    using env = await envById('hard-maze').make(3)
    // A wall to the right (x = 1.5 m from y = 1.5 to 4.5 m), seen while driving up along it and slightly into it.
    env.setPose(0, [1.35, 2, Math.PI / 2 - 0.3], [0, 0])
    env.setPose(1, [1.65, 2, Math.PI / 2 + 0.3], [0, 0])
    env.setPose(2, [1.3, 3, 0], [0, 0])
    for (let t = 0; t < 10; t++) env.step(new Float64Array(6).fill(1))
    expect([0, 1, 2].map(n => observation(env, 'bumpers', n))).toEqual([
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    expect([0, 1, 2].map(n => signal(env, 'robotSpeed', n)[0])).toEqual([0, 0, 0])
    expect(signal(env, 'robotPlace', 2)[0]).toBeLessThanOrEqual(1.4)
    for (let t = 0; t < 8; t++) env.step(Float64Array.from([-1, 1, 1, -1, -1, 1]))
    for (let t = 0; t < 3; t++) env.step(new Float64Array(6).fill(1))
    expect([0, 1, 2].map(n => signal(env, 'blocked', n)[0])).toEqual([0, 0, 0])
  })

  test('its lasers measure to the nearest wall, up to 1 m', async () => {
    using env = await envById('hard-maze').make(1)
    env.setPose(0, [1, 3.6, 0], [0, 0])
    // Ahead is the wall at x = 1.5 m; at 45° to either side it is √2 times as far.
    const [left, ahead, right] = observation(env, 'lasers')
    expect(ahead).toBeCloseTo(0.5, 12)
    expect(left).toBeCloseTo(Math.SQRT1_2, 12)
    expect(right).toBeCloseTo(Math.SQRT1_2, 12)
    env.setPose(0, [3, 5.5, -Math.PI / 2], [0, 0])
    expect(observation(env, 'lasers')[1]).toBeLessThanOrEqual(1)
  })

  test('rays and distances are those of plane geometry', () => {
    const wall = [1, -1, 1, 1] as const
    expect(sight([wall], 0, 0, 1, 0, 10)).toBe(1)
    expect(sight([wall], 0, 0, -1, 0, 10)).toBe(10)
    expect(sight([wall], 0, 2, 1, 0, 10)).toBe(10)
    expect(sight([wall], 0, 0, 0, 1, 10)).toBe(10)
    const out = { x: 0, y: 0 }
    expect(nearestPoint(wall, 0, 0.5, out)).toBe(1)
    expect(out).toEqual({ x: 1, y: 0.5 })
    expect(nearestPoint(wall, 1, 3, out)).toBe(2)
  })
})

describe('redundant-arm', () => {
  const straight = Array(20).fill(0)
  const REST = Array(20).fill(0)

  test('starts as a spiral whose tip is told', async () => {
    using env = await envById('redundant-arm').make(1)
    env.setPose(0, straight, REST)
    // One link is 5 cm; the first points up from (0.5, 0.5).
    expect(signal(env, 'tipPlace')[0]).toBeCloseTo(0.5, 12)
    expect(signal(env, 'tipPlace')[1]).toBeCloseTo(1.5, 12)
    const { qpos } = env.keyframes.find(({ name }) => name === 'spiral')!
    expect(qpos[0]).toBeCloseTo(Math.PI / 5, 12)
    expect(qpos[19]).toBeCloseTo(Math.PI / 20, 12)
  })

  test('ends where it would hit a wall, the border or itself', async () => {
    using env = await envById('redundant-arm').make(3)
    const { qpos } = env.keyframes[0]
    env.setPose(0, qpos, REST)
    // Out of the square at once; and coiling up, in a while.
    env.setPose(1, straight, REST)
    env.setPose(2, qpos, Array(20).fill(2))
    let steps = 0
    for (; steps < 60 && env.terminated[2] === 0; steps++) {
      env.step(new Float64Array(60))
      if (steps === 0) expect(Array.from(env.terminated)).toEqual([0, 1, 0])
    }
    expect(env.terminated[2]).toBe(1)
    expect(signal(env, 'stopped', 2)).toEqual([1])
    expect(env.terminated[0]).toBe(0)
  })
})

test('curling: the ball glides on, slows down and stays on the table', async () => {
  using env = await envById('curling').make(1)
  env.setPose(0, [-1.4, 0, 0, 1], [0, 0, 2, 0])
  env.step(new Float64Array(2))
  const speed = signal(env, 'ballVelocity')[0]
  expect(speed).toBeLessThan(2)
  expect(speed).toBeGreaterThan(1.9)
  for (let t = 0; t < 200; t++) {
    env.step(new Float64Array(2))
    expect(Math.abs(signal(env, 'ballPlace')[0])).toBeLessThan(1.37)
  }
  expect(Math.abs(signal(env, 'ballVelocity')[0])).toBeLessThan(0.1)
})
