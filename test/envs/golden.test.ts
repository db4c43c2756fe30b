/** The environments against recordings of Gymnasium's own code. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { checkGolden } from '../../src/goldenCheck.ts'
import { goldenPath, readGolden } from '../fixtures/golden.ts'

/** Steps of the rollout that can be compared: the ant is chaotic. */
const RECORDED = [
  ['ant', 'Ant-v5', 100],
  ['hopper', 'Hopper-v5', 200],
  ['humanoid', 'Humanoid-v5', 200],
  ['inverted-pendulum', 'InvertedPendulum-v5', 200],
  ['reacher', 'Reacher-v5', 200],
] as const

for (const [id, name, steps] of RECORDED) {
  test(`${id}: single steps are those of ${name}`, async () => {
    const report = await checkGolden(envById(id), goldenPath(`${name}.one-step`), 1e-12)
    expect(report).toMatchObject({ env: id, kind: 'one-step', comparedSteps: 50, flagsEqual: true, ok: true })
  })

  test(`${id}: a rollout is that of ${name}, past the end of the episode`, async () => {
    const report = await checkGolden(envById(id), goldenPath(`${name}.rollout`))
    expect(report).toMatchObject({ kind: 'rollout', comparedSteps: steps, flagsEqual: true, ok: true })
  })
}

test('the parts of the reward are compared by name', async () => {
  const { infoMaxRel } = await checkGolden(envById('ant'), goldenPath('Ant-v5.one-step'))
  expect(Object.keys(infoMaxRel).sort()).toEqual([
    'distance_from_origin',
    'reward_contact',
    'reward_ctrl',
    'reward_forward',
    'reward_survive',
    'x_position',
    'x_velocity',
    'y_position',
    'y_velocity',
  ])
})

interface Recording {
  env: string
  next_obs: number[][]
  reward: number[]
  terminated: boolean[]
  info: Record<string, number[]>
}
const hopper = (): Recording => readGolden('Hopper-v5.one-step')

test('a recording that differs fails, wherever it differs', async () => {
  const env = envById('hopper')
  const spoiled: [string, (recording: Recording) => unknown][] = [
    ['obsMaxRel', r => (r.next_obs[17][3] += 1e-6)],
    ['rewardMaxRel', r => (r.reward[49] += 1e-6)],
  ]
  for (const [part, spoil] of spoiled) {
    const recording = hopper()
    spoil(recording)
    const report = await checkGolden(env, recording)
    expect(report.ok).toBe(false)
    expect(report[part as 'obsMaxRel']).toBeGreaterThan(1e-8)
    // One error in one place.
    expect(report.flagsEqual).toBe(true)
  }
  const flipped = hopper()
  flipped.terminated[0] = !flipped.terminated[0]
  expect(await checkGolden(env, flipped)).toMatchObject({
    flagsEqual: false,
    ok: false,
    obsMaxRel: expect.any(Number),
  })
  const control = hopper()
  control.info.reward_ctrl[5] -= 1e-6
  const report = await checkGolden(env, control)
  expect(report).toMatchObject({ ok: false })
  expect(report.infoMaxRel.reward_ctrl).toBeGreaterThan(1e-8)
  const short = hopper()
  short.next_obs.pop()
  expect((await checkGolden(env, short)).ok).toBe(false)
})

test('what is no recording of the environment is refused', async () => {
  const env = envById('hopper')
  const refused = (source: string | object, code: string, words: RegExp) =>
    expect(checkGolden(env, source)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(words) }),
    )
  await refused(
    { env: 'CartPole-v1', kind: 'rollout+one_step' },
    'bad-argument',
    /one of CartPole-v1, not of hopper/,
  )
  await refused({ env: 'Hopper-v5', kind: 'rollout+one_step' }, 'unsupported', /rollout\+one_step/)
  await refused({ env: 'Hopper-v5', kind: 'rollout', action: [] }, 'bad-file', /qpos0, qvel0, obs/)
  await refused({ hello: 1 }, 'bad-file', /no 'env'/)
  await refused(goldenPath('nothing'), 'bad-file', /There is no file/)
  await refused(new URL(import.meta.url).pathname, 'bad-file', /is not JSON/)
})
