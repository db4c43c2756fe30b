import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import { Rng } from '../../src/core/rng.ts'
import { POSE_WIDTH } from '../../src/core/scene.ts'
import { atStart, visionColumns } from '../../src/core/vision.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { openRun } from '../../src/store/index.ts'
import { resumeTraining, startTraining, type TrainSession } from '../../src/train.ts'
import { pearson } from '../../src/vision/epic.ts'
import { Student } from '../../src/vision/student.ts'
import { cosine, pictureVector, SIDE, textVector, writeColourModel } from './colours.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-distil-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const model = writeColourModel(join(root, 'colours'))

/** Half of the environments, and of these every third state: a sixth of all. */
const reward = join(root, 'pole-learned.ts')
writeFileSync(
  reward,
  `import { defineReward, vlm } from 'carrot-rl'
export default defineReward({
  name: 'pole-learned',
  env: 'cartpole',
  reads: {},
  terms: { seen: vlm({ weight: 1, prompt: 'a pole upright', every: 3, share: 0.5, distil: true, model: ${JSON.stringify(model)} }) },
})
`,
)
const input: TrainInput = {
  env: 'cartpole',
  envOptions: { variant: 'vlm-rm' },
  reward,
  steps: 8192,
  seed: 5,
  envs: 8,
  workers: 1,
  evalEpisodes: 2,
  recordEvery: 1,
  checkpointEvery: 4096,
  ppo: { batch: 2048, epochs: 1, minibatches: 2, hidden: [8] },
}

async function finished(session: TrainSession) {
  await session.done
  return openRun(session.folder)
}

test('every step is paid from a few looks, and the run goes on as it would have when it is resumed', async () => {
  const run = await finished(await startTraining(input, { root }))
  const { program } = await loadProgram(reward)
  const [{ goal }] = visionColumns(program.terms[0].vision!)
  const { scene } = run.header
  const renderer = new SoftRenderer(scene, { width: SIDE, height: SIDE })
  const size = scene.bodies.length * POSE_WIDTH
  const { columns, poses } = await run.episode(run.episodes().at(-1)!.id)
  const g = textVector('a pole upright')
  const seen = (state: number) =>
    cosine(
      pictureVector(renderer.render(poses.slice(state * size, (state + 1) * size), scene.cameras[0].name)),
      g,
    )
  const labels = columns.labels.get(goal)!
  const guessed = Array.from({ length: columns.T }, (_, step) => step).filter(step => (step + 1) % 3 !== 0)
  expect(guessed.some(step => Number.isNaN(labels[step]))).toBe(false)
  // A look differs from its neighbours by little but rounding here, so no more is asked of a guess.
  const looked = labels.filter((_, step) => (step + 1) % 3 === 0)
  const [low, high] = [Math.min(...looked), Math.max(...looked)]
  for (const step of guessed) {
    expect(labels[step]).toBeGreaterThan(low - (high - low))
    expect(labels[step]).toBeLessThan(high + (high - low))
  }
  // What was looked at is kept as it was seen, the start included.
  expect(labels[2]).toBeCloseTo(seen(3), 5)
  expect(columns.labels.get(atStart(goal))![0]).toBeCloseTo(seen(0), 5)

  // And the same when it is stopped and goes on.
  const session = await startTraining(input, { root })
  session.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step >= 4096) session.stop()
  })
  await session.done
  const resumed = await finished(await resumeTraining(session.run, { root }))
  expect(resumed.latestCheckpoint()?.tensors).toEqual(run.latestCheckpoint()?.tensors)
})

test('a student learns what labels say of observations, in their own units, and forgets nothing when it is saved', () => {
  const rng = new Rng(3, 1)
  const [O, K] = [6, 2]
  const batch = (rows: number) => {
    const obs = Float32Array.from({ length: rows * O }, () => 3 * rng.normal() + 2)
    const targets = Float64Array.from({ length: rows * K }, (_, i) => {
      const row = Math.floor(i / K) * O
      const x = Math.tanh(obs[row] - 2) * Math.cos(obs[row + 1] / 3)
      return i % K === 0 ? 0.35 + 0.004 * x : -0.1 + 1e-5 * x
    })
    return { obs, targets }
  }
  const column = (values: Float64Array, k: number) => values.filter((_, i) => i % K === k)
  const student = new Student({ obsSize: O, outputs: K, seed: 1 })
  for (let i = 0; i < 12; i++) {
    const { obs, targets } = batch(300)
    student.learn(obs, targets)
    expect(student.ready).toBe(i > 0)
  }
  const { obs, targets } = batch(500)
  const answers = student.ask(obs)
  for (let k = 0; k < K; k++) {
    expect(pearson(column(answers, k), column(targets, k))).toBeGreaterThan(0.95)
    expect(column(answers, k).every(answer => Math.abs(answer - (k === 0 ? 0.35 : -0.1)) < 0.02)).toBe(true)
  }
  const again = new Student({ obsSize: O, outputs: K, seed: 1 })
  again.load(student.save())
  const next = batch(300)
  for (const each of [student, again]) each.learn(next.obs, next.targets)
  expect(again.ask(obs)).toEqual(student.ask(obs))
  expect(again.save()).toEqual(student.save())
})
