/** The tasks of the Sawyer: starts, what counts as success, and that experts, rewards and chance rank as they should. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../../envs/index.ts'
import { sawyerTasks } from '../../../envs/sawyer/index.ts'
import { bindReward, programs } from '../../../rewards/index.ts'
import type { EnvDefinition, VectorEnv } from '../../../src/core/env.ts'
import { playSimply } from '../../../src/randomPlay.ts'
import { STATE_HEAD } from '../../../src/sim/rows.ts'
import { type SimplePolicy, solve } from '../../../src/solve.ts'
import { mean, signal } from '../look.ts'

/** Changes numbers of a row's qpos where it stands. */
function nudge(env: VectorEnv, row: number, change: (qpos: Float64Array) => void): void {
  const state = new Float64Array(env.stateSize)
  env.getState(row, state)
  // The time comes before qpos.
  change(state.subarray(STATE_HEAD.length + 1))
  env.setState(row, state)
}

/** How far the joint goes for the object to be at its goal, and the step of the joint that makes the difference. */
const CRITERIA: readonly [id: string, done: number, short: number][] = [
  ['button-press', 0.061, 0.059],
  ['door-close', 0.23, 0.26],
  ['door-unlock', 0.93, 0.92],
  ['drawer-close', 0.053, 0.057],
  ['drawer-open', 0.172, 0.168],
  ['handle-press', 0.082, 0.078],
  ['handle-press-side', 0.082, 0.078],
  ['window-close', 0.048, 0.052],
  ['window-open', 0.152, 0.148],
]
describe('success', () => {
  test.each(CRITERIA)('%s begins between joint positions %d and %d', async (id, done, short) => {
    using env = await envById(id).make(1)
    const start = signal(env, 'objectToGoal')[0]
    expect(signal(env, 'success')).toEqual([0])
    const { qpos, qvel } = env.getPose(0)
    for (const [position, success] of [
      [done, 1],
      [short, 0],
    ]) {
      qpos[9] = position
      env.setPose(0, qpos, qvel)
      expect(signal(env, 'success'), String(position)).toEqual([success])
      expect(signal(env, 'objectToGoal')[0]).toBeLessThan(start)
    }
  })

  test('sweep-into: the cube within 5 cm of the middle of the hole, in or over it', async () => {
    using env = await envById('sweep-into').make(1)
    const { qpos, qvel } = env.getPose(0)
    for (const [x, y, z, success] of [
      [0.03, 0.84, 0.02, 1],
      [0, 0.79, -0.03, 1],
      [0.04, 0.8, 0.02, 0],
      [0, 0.78, 0.02, 0],
    ]) {
      qpos.set([x, y, z], 9)
      env.setPose(0, qpos, qvel)
      expect(signal(env, 'success'), `${x} ${y}`).toEqual([success])
    }
  })

  test.each(['drawer-pair', 'door-pair'])('%s: what is done already does not count', async id => {
    using env = await envById(id).make(1)
    env.reset(1)
    const open = id === 'drawer-pair' ? 0.2 : 1.2
    const still = new Float64Array(4)
    nudge(env, 0, qpos => {
      qpos[9] = open
    })
    env.step(still)
    expect([signal(env, 'direction')[0], signal(env, 'success')[0]]).toEqual([0, 1])
    // The episode ends; now it is to be shut, from where it is.
    while (env.truncated[0] === 0) env.step(still)
    const before = signal(env, 'goalPosition')
    env.step(still)
    expect([signal(env, 'direction')[0], signal(env, 'success')[0]]).toEqual([1, 0])
    expect(signal(env, 'jointPosition')[0]).toBeCloseTo(open, 1)
    expect(signal(env, 'goalPosition')).not.toEqual(before)
    nudge(env, 0, qpos => {
      qpos[9] = 0
    })
    env.step(still)
    expect(signal(env, 'success')).toEqual([1])
    while (env.truncated[0] === 0) env.step(still)
    env.step(still)
    expect([signal(env, 'direction')[0], signal(env, 'success')[0]]).toEqual([0, 0])
  })
})

describe('starts', () => {
  /** Lowest and highest of a signal's numbers over many starts. */
  async function ranges(id: string, name: string): Promise<[number, number][]> {
    using env = await envById(id).make(60)
    env.reset(1)
    const all = Array.from({ length: 60 }, (_, n) => signal(env, name, n))
    return all[0].map((_, i) => [Math.min(...all.map(p => p[i])), Math.max(...all.map(p => p[i]))])
  }

  /** Published ranges of the furniture, with where the object is from there. */
  test.each<[string, [number, number], [number, number], number]>([
    ['button-press', [-0.1, 0.1], [0.85 - 0.193, 0.9 - 0.193], 0.115],
    ['door-unlock', [-0.1, 0.1], [0.8 - 0.09, 0.85 - 0.09], 0.05],
    ['drawer-open', [-0.1, 0.1], [0.74, 0.74], 0.09],
    ['drawer-close', [-0.1, 0.1], [0.59, 0.59], 0.09],
    ['handle-press', [-0.1, 0.1], [0.7, 0.8], 0.17],
    ['handle-press-side', [-0.25, -0.15], [0.65, 0.75], 0.17],
    ['window-open', [-0.1, 0.1], [0.6, 0.8], 0.16],
    ['window-close', [0.2, 0.2], [0.65, 0.8], 0.2],
    ['sweep-into', [-0.1, 0.1], [0.6, 0.7], 0.02],
  ])('%s are drawn from the published ranges', async (id, x, y, height) => {
    const [xs, ys, zs] = await ranges(id, 'objectPosition')
    for (const [drawn, published] of [
      [xs, x],
      [ys, y],
    ]) {
      expect(drawn[0]).toBeGreaterThan(published[0] - 2e-3)
      expect(drawn[1]).toBeLessThan(published[1] + 2e-3)
      expect(drawn[1] - drawn[0]).toBeGreaterThan(0.7 * (published[1] - published[0]) - 1e-3)
    }
    expect(zs[0]).toBeCloseTo(height, 2)
    expect(zs[1]).toBeCloseTo(height, 2)
  })
})

describe.each(sawyerTasks.map(task => [task.spec.id, task] as const))('%s', (_, task) => {
  test('is solved by its expert, and not by doing nothing', async () => {
    const options = { episodes: 2, seed: 5 }
    expect(await solve(task, 'expert', options)).toMatchObject({ successRate: 1, diverged: 0 })
    expect(await solve(task, 'zero', options)).toMatchObject({ successRate: 0, diverged: 0 })
  })

  test('pays its expert more than chance, and nothing for nothing', async () => {
    const [expert, random, zero] = [
      await meanReward(task, 'expert'),
      await meanReward(task, 'random'),
      await meanReward(task, 'zero'),
    ]
    expect(expert).toBeGreaterThan(2 * random)
    expect(expert).toBeGreaterThan(2 * zero)
  })
})

/** Joint positions from the start to the goal. */
const WAYS: readonly [id: string, ...positions: number[]][] = [
  ['button-press', 0, 0.04, 0.08],
  ['door-close', Math.PI / 2, 0.6, 0],
  ['door-unlock', 0, 0.6, Math.PI / 2],
  ['door-pair', 0, 0.6, 1.2],
  ['drawer-close', 0.15, 0.08, 0],
  ['drawer-open', 0, 0.1, 0.2],
  ['drawer-pair', 0, 0.1, 0.2],
  ['handle-press', 0, 0.05, 0.1],
  ['handle-press-side', 0, 0.05, 0.1],
  ['window-close', 0.2, 0.1, 0],
  ['window-open', 0, 0.1, 0.2],
]
test.each(WAYS)(
  '%s pays more on the way than at the start, and most at the goal',
  async (id, ...positions) => {
    using env = await envById(id).make(1)
    const { qpos, qvel } = env.getPose(0)
    const paid = positions.map(position => {
      qpos[9] = position
      env.setPose(0, qpos, qvel)
      return rewardOf(env)
    })
    expect(paid[1]).toBeGreaterThan(paid[0])
    expect(paid[2]).toBeGreaterThan(paid[1] + 4)
  },
)

/** Reward of a step that changes nothing. */
function rewardOf({ spec, signals }: VectorEnv): number {
  const program = programs.find(({ name }) => name === spec.defaultReward)!
  const reward = new Float64Array(1)
  bindReward(program, spec, { rows: 1, gamma: 0.99 }).score({
    T: 1,
    N: 1,
    signals: Float64Array.from([...signals, ...signals]),
    applied: new Float64Array(4),
    terminated: new Uint8Array(1),
    truncated: new Uint8Array(1),
    valid: new Uint8Array(1).fill(1),
    stepInEpisode: Int32Array.of(0, 1),
    episode: new Int32Array(2),
    labels: new Map(),
    terms: new Float64Array(0),
    reward,
    success: new Uint8Array(1),
  })
  return reward[0]
}

/** Mean reward of a step under the task's own program, over an episode or its first 150 steps. */
async function meanReward(task: EnvDefinition, policy: SimplePolicy): Promise<number> {
  const program = programs.find(({ name }) => name === task.spec.defaultReward)!
  const columns = await playSimply(task, policy, { rows: 1, steps: 150, seed: 7 })
  bindReward(program, task.spec, { rows: 1, gamma: 0.99 }).score(columns)
  return mean([...columns.reward])
}
