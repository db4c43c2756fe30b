/** Memory, and agreement of a definition with its model. */
import { expect, test } from 'vitest'
import { invertedPendulum } from '../../envs/invertedPendulum/invertedPendulum.ts'
import type { CarrotError } from '../../src/core/errors.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { loadMujoco } from '../../src/sim/mujoco.ts'
import { STATE_HEAD } from '../../src/sim/rows.ts'
import { BALL, ball } from './model.ts'

test('columns stay what they are when the heap grows', async () => {
  const { bindings, heapBytes } = await loadMujoco()
  using env = await defineEnv(ball()).make(2)
  using twin = await defineEnv(ball()).make(2)
  const { obs } = env
  const state = new Float64Array(env.stateSize)
  for (let t = 0; t < 5; t++) {
    const before = heapBytes()
    const filler = new bindings.DoubleBuffer(before / 8)
    expect(heapBytes()).toBeGreaterThan(before)
    filler.delete()
    // Whatever comes first after the growth finds the arrays again.
    if (t === 0) env.getState(0, state)
    if (t === 1) env.getPose(1)
    if (t === 2) env.bodyPoses(0, new Float32Array(2 * POSE_WIDTH))
    if (t === 3) env.setState(0, state.slice())
    for (const each of [env, twin]) each.step(Float64Array.from([0.5, -0.25]))
    if (t === 2) {
      env.getState(0, state)
      twin.getState(0, state)
    }
    expect(Array.from(env.obs)).toEqual(Array.from(twin.obs))
    expect(env.diverged[0]).toBe(0)
  }
  expect(env.obs).toBe(obs)
  expect(env.getPose(0)).toEqual(twin.getPose(0))
})

/** Address of a block too large for any hole: what leaks moves it. */
async function heapTop(): Promise<number> {
  const { bindings } = await loadMujoco()
  const block = new bindings.DoubleBuffer(250_000)
  const { byteOffset } = block.GetView() as Float64Array
  block.delete()
  return byteOffset
}

test('10,000 episodes leak nothing', async () => {
  using env = await invertedPendulum.make(4)
  const state = new Float64Array(env.stateSize)
  const poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  const episodes = (count: number) => {
    const last = env.episode[0] + count / env.size
    for (const push = new Float64Array(4).fill(3); env.episode[0] < last; ) env.step(push)
    env.getState(0, state)
    env.bodyPoses(0, poses)
  }
  episodes(100)
  const top = await heapTop()
  episodes(10_000)
  for (let i = 0; i < 1000; i++) {
    env.getState(1, state)
    env.setState(1, state)
    const { qpos, qvel } = env.getPose(0)
    env.setPose(0, qpos, qvel)
    env.bodyPoses(0, poses)
    env.reset(i)
  }
  expect(await heapTop()).toBe(top)
})

test('environments that are disposed of give their memory back, failed ones too', async () => {
  const { heapBytes } = await loadMujoco()
  const cycle = async () => {
    using env = await defineEnv(ball()).make(8)
    env.step(new Float64Array(8))
    await expect(defineEnv(ball({ dt: 0.03 })).make(8)).rejects.toThrow(/dt/)
    const broken = ball({ start: ({ qpos }) => qpos.set([1, 2, 3]) })
    await expect(defineEnv(broken).make(1)).rejects.toThrow(RangeError)
  }
  /** The highest of `count` cycles: each leaves other holes, so the top goes up and down. */
  const peak = async (count: number) => {
    let top = 0
    for (let i = 0; i < count; i++) {
      await cycle()
      top = Math.max(top, await heapTop())
    }
    return top
  }
  const top = await peak(20)
  const bytes = heapBytes()
  // One environment of 8 rows has 1.6 MB; a leak of a kilobyte a cycle would show.
  expect((await peak(60)) - top).toBeLessThan(50_000)
  expect(heapBytes()).toBe(bytes)
})

test('a definition that does not fit its model is refused', async () => {
  const refusal = (change: Parameters<typeof ball>[0], xml?: string) =>
    expect(defineEnv(ball(change, xml)).make(1)).rejects
  await refusal({ dt: 0.03 }).toThrow(/dt is 0.03 there and 2 × 0.01/)
  await refusal({ action: { names: ['a', 'b'], low: [-1, -1], high: [1, 1], unit: '1' } }).toThrow(
    /number of actions/,
  )
  await refusal({ action: { names: ['lift'], low: [-2], high: [1], unit: '1' } }).toThrow(
    /range of 'lift' is -2…1/,
  )
  await refusal({}, BALL.replace('ctrllimited="true" ctrlrange="-1 1"', '')).toThrow(/-Infinity…Infinity/)
  await refusal({}, BALL.replace('siz', 'sez')).toThrow(expect.objectContaining({ code: 'bad-model' }))
})

test('an arena that is too small is an error, not lost contacts, and the next model is unharmed', async () => {
  const touching = BALL.replace('pos="1 0 0.5"', 'pos="1 0 0.05"')
  const endings: string[] = []
  for (let bytes = 0; bytes < 20_000; bytes += 200) {
    try {
      using env = await defineEnv(ball({}, touching.replace('200K', String(bytes)))).make(1)
      for (let t = 0; t < 5; t++) env.step(new Float64Array(1))
      env.reset(1)
      endings.push('enough')
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-model' })
      // A line that the engine names is one of its own source.
      expect((error as CarrotError).at?.line).toBeUndefined()
      endings.push(
        /The model does|The simulation stopped|A simulation of/.exec((error as Error).message)?.[0] ?? '',
      )
    }
  }
  // Too little to compile, too little to step, so little that contacts may get lost, enough; in this order.
  const stages = endings.filter((ending, i) => ending !== endings[i - 1])
  expect(stages).toEqual(['The model does', 'The simulation stopped', 'A simulation of', 'enough'])
})

test('both flags are raised when task and clock end together', async () => {
  using env = await defineEnv(ball()).make(1)
  env.setPose(0, [2], [0])
  const state = new Float64Array(env.stateSize)
  env.getState(0, state)
  state[STATE_HEAD.indexOf('stepInEpisode')] = 99
  env.setState(0, state)
  env.step(new Float64Array(1))
  expect([env.terminated[0], env.truncated[0]]).toEqual([1, 1])
})

test.each([
  ['plain', BALL],
  [
    'with activations',
    BALL.replace(/<motor (.*?)gear="10"/, '<general $1gear="10" dyntype="filter" dynprm="0.1"'),
  ],
  ['with more', BALL.replace('</worldbody>', '<body name="hand" mocap="true" pos="2 0 1"/></worldbody>')],
])('a state goes back exactly: %s', async (_, xml) => {
  using env = await defineEnv(ball({}, xml)).make(1)
  const push = Float64Array.of(0.7)
  const rollout = () =>
    Array.from({ length: 20 }, () => {
      env.step(push)
      return env.obs[0]
    })
  for (let t = 0; t < 5; t++) env.step(push)
  const state = new Float64Array(env.stateSize)
  env.getState(0, state)
  const first = rollout()
  expect(new Set(first).size).toBe(20)
  env.setState(0, state)
  const again = new Float64Array(env.stateSize)
  env.getState(0, again)
  expect(again).toEqual(state)
  expect(rollout()).toEqual(first)
})
