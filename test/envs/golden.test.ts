/** The environments against recordings of Gymnasium's own code. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { checkGolden } from '../../src/goldenCheck.ts'
import { goldenPath, readGolden } from '../fixtures/golden.ts'

/** Samples of single steps, and steps of the rollout that can be compared: some robots are chaotic. */
const RECORDED = [
  ['ant', 'Ant-v5', 50, 100],
  ['half-cheetah', 'HalfCheetah-v5', 20, 50],
  ['hopper', 'Hopper-v5', 50, 200],
  ['humanoid', 'Humanoid-v5', 50, 200],
  ['humanoid-standup', 'HumanoidStandup-v5', 20, undefined],
  ['inverted-double-pendulum', 'InvertedDoublePendulum-v5', 20, 100],
  ['inverted-pendulum', 'InvertedPendulum-v5', 50, 200],
  ['pusher', 'Pusher-v5', 20, 100],
  ['reacher', 'Reacher-v5', 50, 200],
  ['swimmer', 'Swimmer-v5', 20, 100],
  ['walker2d', 'Walker2d-v5', 20, 100],
] as const

for (const [id, name, samples, steps] of RECORDED) {
  test(`${id}: single steps are those of ${name}`, async () => {
    const report = await checkGolden(envById(id), goldenPath(`${name}.one-step`), 1e-12)
    expect(report).toMatchObject({
      env: id,
      kind: 'one-step',
      comparedSteps: samples,
      flagsEqual: true,
      ok: true,
    })
    const { info } = readGolden<Recording>(`${name}.one-step`)
    expect(Object.keys(report.infoMaxRel).sort()).toEqual(Object.keys(info).sort())
  })

  if (steps === undefined) continue
  test(`${id}: a rollout is that of ${name}, past the end of the episode`, async () => {
    const report = await checkGolden(envById(id), goldenPath(`${name}.rollout`))
    expect(report).toMatchObject({ kind: 'rollout', comparedSteps: steps, flagsEqual: true, ok: true })
  })
}

for (const [id, name] of [
  ['cartpole', 'CartPole-v1'],
  ['mountain-car', 'MountainCarContinuous-v0'],
] as const) {
  test(`${id}: episodes and single steps are those of ${name}, past the end of the episode`, async () => {
    const report = await checkGolden(envById(id), goldenPath(name))
    expect(report).toMatchObject({ env: id, kind: 'both', comparedSteps: 650, flagsEqual: true, ok: true })
    // Observations are of single precision, and nothing else differs.
    expect(report.obsMaxRel).toBeLessThan(1e-9)
    expect(report.rewardMaxRel).toBeLessThan(1e-15)
  })
}

test('an error in an episode or a single step of a classic task is found', async () => {
  const env = envById('cartpole')
  const spoiled = () => readGolden<ClassicRecording>('CartPole-v1')
  const late = spoiled()
  late.episodes[2].obs[150][1] += 1e-3
  expect(await checkGolden(env, late)).toMatchObject({ ok: false, flagsEqual: true })
  const sample = spoiled()
  sample.one_step.next_obs[49][3] += 1e-6
  expect((await checkGolden(env, sample)).ok).toBe(false)
  const paid = spoiled()
  paid.episodes[2].reward[18] = 0
  expect(await checkGolden(env, paid)).toMatchObject({ ok: false, rewardMaxRel: 1 })
  const { episodes: _, ...cut } = spoiled()
  await expect(checkGolden(env, cut)).rejects.toThrow(/cut off or broken/)
})

interface ClassicRecording {
  episodes: { obs: number[][]; reward: number[] }[]
  one_step: { next_obs: number[][] }
}
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
  await refused({ env: 'Hopper-v5', kind: 'film' }, 'unsupported', /'film'/)
  await refused({ env: 'Hopper-v5', kind: 'rollout', action: [] }, 'bad-file', /qpos0, qvel0, obs/)
  await refused({ hello: 1 }, 'bad-file', /no 'env'/)
  await refused(goldenPath('nothing'), 'bad-file', /There is no file/)
  await refused(new URL(import.meta.url).pathname, 'bad-file', /is not JSON/)
})
