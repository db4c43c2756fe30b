/** The pair of tasks at the bin: what counts, and that the task turns round while the physics goes on. */
import { expect, test } from 'vitest'
import { envById } from '../../../envs/index.ts'
import { expertActor } from '../../../src/solve.ts'
import { signal } from '../look.ts'

const ID = 'cube-bin-pair'

test('in the bin, out of it, and what lies between', async () => {
  using env = await envById(ID).make(1)
  env.reset(1)
  const start = env.getPose(0)
  const within = (x: number, y: number, z: number) => {
    const qpos = start.qpos.slice()
    qpos.set([x, y, z, 1, 0, 0, 0], 9)
    env.setPose(0, qpos, start.qvel)
    return signal(env, 'success')[0]
  }
  // A pose asks for the forward task.
  expect(signal(env, 'direction')).toEqual([0])
  expect(within(0.02, 0.2, 0.024)).toBe(1)
  expect(within(0.1, 0.12, 0.024)).toBe(1)
  expect(within(0.02, 0.2, 0.05)).toBe(0)
  expect(within(0.02, 0.2 - 0.13, 0.02)).toBe(0)
  expect(within(0, -0.1, 0.02)).toBe(0)
})

test('the expert puts it in and takes it out, over and over, and only the task is reset', async () => {
  const task = envById(ID).configure({ stepsBetweenResets: 400 })
  expect(task.spec.episodesPerReset).toBe(4)
  using env = await task.make(1)
  env.reset(3)
  const act = expertActor(task.expert!, env)
  const action = new Float64Array(7)
  let before: number[] = []
  for (let episode = 0; episode < 5; episode++) {
    const direction = episode % 2
    expect(signal(env, 'direction')).toEqual([direction])
    // The cube is where the last episode left it, but for a reset after the fourth.
    const moved = before.map((x, i) => Math.abs(x - signal(env, 'cubePosition')[i]))
    if (episode === 4) expect(Math.max(...moved)).toBeGreaterThan(0.01)
    else for (const x of moved) expect(x).toBeLessThan(1e-3)
    let success = 0
    while (env.truncated[0] === 0) {
      act(0, action)
      env.step(action)
      success = signal(env, 'success')[0]
    }
    expect(success, `episode ${episode}`).toBe(1)
    before = signal(env, 'cubePosition')
    const [, y] = before
    if (direction === 0) expect(Math.abs(y - 0.2)).toBeLessThan(0.1)
    else expect(y).toBeLessThan(0.1)
    // Ends the episode.
    env.step(action)
  }
})
