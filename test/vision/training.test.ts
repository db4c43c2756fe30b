import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { atStart, visionColumns } from '../../src/core/vision.ts'
import { evaluateRun } from '../../src/evaluateRun.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { scoreRun } from '../../src/scoreRun.ts'
import { listRuns, openRun } from '../../src/store/index.ts'
import { resumeTraining, startTraining, type TrainSession } from '../../src/train.ts'
import { cosine, pictureVector, SIDE, textVector, writeColourModel } from './colours.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-vision-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const model = writeColourModel(join(root, 'colours'))

function programFile(name: string, options: object = {}): string {
  const asked = { weight: 1, prompt: 'a pole upright', baseline: 'a pole', every: 3, model, ...options }
  const file = join(root, `${name}.ts`)
  writeFileSync(
    file,
    `import { defineReward, vlm } from 'carrot-rl'
export default defineReward({
  name: '${name}',
  env: 'cartpole',
  reads: {},
  terms: { seen: vlm(${JSON.stringify(asked)}) },
})
`,
  )
  return file
}

/** Two short iterations; episodes end early, as random pushes drop the pole. */
const small: TrainInput = {
  env: 'cartpole',
  reward: programFile('pole-seen'),
  steps: 512,
  seed: 5,
  envs: 4,
  workers: 1,
  evalEpisodes: 2,
  recordEvery: 1,
  checkpointEvery: 256,
  ppo: { batch: 256, epochs: 1, minibatches: 2, hidden: [8] },
}

async function finished(session: TrainSession) {
  await session.done
  return openRun(session.folder)
}
const train = async (input: Partial<TrainInput> = {}) =>
  finished(await startTraining({ ...small, ...input }, { root }))

const runs = { one: await train(), three: await train({ workers: 3 }) }

test('the labels of an episode are what its frames look like, the last one before the row is reset', async () => {
  const run = runs.one
  const { program } = await loadProgram(small.reward as string)
  const [{ goal, along = '' }] = visionColumns(program.terms[0].vision!)
  const { scene } = run.header
  const renderer = new SoftRenderer(scene, { width: SIDE, height: SIDE })
  const size = scene.bodies.length * POSE_WIDTH
  const [g, b] = ['a pole upright', 'a pole'].map(textVector)
  const length = Math.hypot(...g.map((x, i) => x - b[i]))
  const d = g.map((x, i) => (x - b[i]) / length)

  const summary = run.episodes().find(({ terminated, length }) => terminated && length % 3 !== 0)!
  const { columns, poses } = await run.episode(summary.id)
  const seen = (state: number) =>
    pictureVector(renderer.render(poses.slice(state * size, (state + 1) * size), scene.cameras[0].name))
  const at = (name: string, step: number) => columns.labels.get(name)?.[step] as number
  const last = columns.T - 1
  for (let step = 0; step <= last; step++) {
    const isSeen = (step + 1) % 3 === 0 || step === last
    if (!isSeen) {
      expect([at(goal, step), at(along, step)]).toEqual([Number.NaN, Number.NaN])
      continue
    }
    const frame = seen(step + 1)
    expect(at(goal, step)).toBeCloseTo(cosine(frame, g), 5)
    expect(at(along, step)).toBeCloseTo(cosine(frame, d) - cosine(g, d), 5)
  }
  expect(at(atStart(goal), 0)).toBeCloseTo(cosine(seen(0), g), 5)
  expect(Number.isNaN(at(atStart(goal), 1))).toBe(true)
  // The frame after the reset would have been another.
  expect(Math.abs(cosine(seen(columns.T), g) - cosine(seen(0), g))).toBeGreaterThan(1e-5)
})

test('a run that looks is the same to the bit, whatever the number of workers, and when it is resumed', async () => {
  const { one, three } = runs
  expect(three.latestCheckpoint()?.tensors).toEqual(one.latestCheckpoint()?.tensors)
  for (const { id } of one.episodes()) {
    expect((await three.episode(id)).columns.labels).toEqual((await one.episode(id)).columns.labels)
  }
  const session = await startTraining(small, { root })
  session.events$.subscribe(event => {
    if (event.type === 'metrics') session.stop()
  })
  await session.done
  const resumed = await finished(await resumeTraining(session.run, { root }))
  expect(resumed.latestCheckpoint()?.tensors).toEqual(one.latestCheckpoint()?.tensors)
})

test('recordings score as they did, and under another alpha at once', async () => {
  const { one } = runs
  const { before, after, reproduced } = await scoreRun(one.name, { root, weights: { 'seen.alpha': 0 } })
  expect(reproduced.identical).toBe(reproduced.episodes)
  expect(reproduced.episodes).toBeGreaterThan(3)
  expect(after.terms[0].mean).not.toBe(before.terms[0].mean)
  const [{ id }] = one.episodes()
  const { columns } = await one.episode(id)
  const { program } = await loadProgram(small.reward as string)
  const [{ goal }] = visionColumns(program.terms[0].vision!)
  const labels = columns.labels.get(goal)!
  const cosines = [...columns.labels.get(atStart(goal))!.slice(0, 1), ...labels]
  // Without alpha, what is held from frame to frame is the cosine itself.
  let held = 0
  let sum = 0
  cosines.forEach((cosine, i) => {
    if (!Number.isNaN(cosine)) held = cosine
    if (i > 0) sum += held
  })
  const scored = await scoreRun(one.name, { root, weights: { 'seen.alpha': 0 } })
  expect(scored.returns.find(each => each.id === id)?.after).toBeCloseTo(sum, 10)
  await expect(scoreRun(one.name, { root, weights: { 'seen.beta': 0 } })).rejects.toThrow(
    "no term 'seen.beta'",
  )
})

test('another head scores the same recording; another prompt was never looked for, and is told so', async () => {
  const scored = (name: string, options: object) =>
    scoreRun(runs.one.name, { root, reward: programFile(name, options) })
  const { after } = await scored('pole-sharp', { head: { threshold: 0.5 } })
  expect(after.terms[0].mean).toBeGreaterThanOrEqual(0)
  expect(after.terms[0].mean).toBeLessThanOrEqual(1)
  await expect(scored('pole-other', { prompt: 'a pole fallen' })).rejects.toMatchObject({
    code: 'bad-run',
    message: expect.stringContaining('"a pole fallen"'),
  })
})

test('evaluation looks, too', async () => {
  const { eval: judged } = await evaluateRun(runs.one.name, { root, episodes: 3 })
  const end = runs.one.events().find(event => event.type === 'end')
  expect(judged.returnMean).toBeGreaterThan(1)
  expect(end?.result?.eval.returnMean).toBeGreaterThan(1)
})

test('labels that are not waited for reach the replay buffer, or are held from batch to batch', async () => {
  const replay = { batch: 64, learningStarts: 64, minibatch: 16, hidden: [8], bufferSize: 10_000 }
  const reward = programFile('pole-late', { policy: 'late', normalise: { mean: 10, std: 1 } })
  const run = await train({ algorithm: 'dqn', reward, ppo: undefined, dqn: replay, recordEvery: 64 })
  const { tensors } = run.latestCheckpoint()!
  const flags = tensors['learner/replay/own/flags']
  const rewards = [...tensors['learner/replay/own/reward']].filter((_, row) => (flags[row] & 1) === 1)
  // Unpaid is 0; the cosine is at most 1, less the mean.
  const paid = rewards.filter(reward => reward < -8 && reward > -12)
  expect(paid.length).toBeGreaterThan(rewards.length / 2)

  await expect(startTraining({ ...small, reward }, { root })).rejects.toThrow(/would come for nothing/)
  const held = await train({ reward: programFile('pole-held', { policy: 'hold' }) })
  expect(held.progress().step).toBe(512)
})

test('a model, a camera or a difference that is not there is told before a run is made', async () => {
  const before = listRuns(root).length
  const refused = (options: object) => expect(train({ reward: programFile('pole-refused', options) })).rejects
  await refused({ model: 'no/such' }).toThrow('There is no model no/such')
  await refused({ camera: 'behind' }).toThrow("no camera 'behind'")
  // Padding and words it does not know look like nothing, so these are the same to it.
  await refused({ prompt: 'zebra', baseline: 'yak' }).toThrow('same text to the model')
  expect(listRuns(root)).toHaveLength(before)
})

test('several cameras are columns of their own', async () => {
  const { scene } = runs.one.header
  const cameras = scene.cameras.map(({ name }) => name)
  expect(cameras.length).toBeGreaterThan(1)
  const run = await train({ reward: programFile('pole-twice', { camera: cameras }), steps: 256 })
  const { program } = await loadProgram(programFile('pole-twice', { camera: cameras }))
  const [{ id }] = run.episodes()
  const { columns } = await run.episode(id)
  const [first, second] = visionColumns(program.terms[0].vision!).map(
    ({ goal }) => columns.labels.get(goal)![2],
  )
  expect(first).not.toBe(second)
})
