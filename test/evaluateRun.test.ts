/** Evaluations while training, the best policy they keep, and the files that other programs run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envById } from '../envs/index.ts'
import type { TrainInput } from '../src/config.ts'
import type { TrainEvent } from '../src/core/events.ts'
import { evaluateRun } from '../src/evaluateRun.ts'
import { exportRun } from '../src/exportRun.ts'
import { openRun } from '../src/store/index.ts'
import { storedPolicy } from '../src/storedPolicy.ts'
import { resumeTraining, startTraining, type TrainSession } from '../src/train.ts'
import { onnxTest } from './graph/executors.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-evaluate-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const input: TrainInput = {
  env: 'inverted-pendulum',
  preset: false,
  algorithm: 'sac',
  steps: 1024,
  seed: 5,
  envs: 4,
  workers: 2,
  evalEpisodes: 3,
  evalEvery: 300,
  checkpointEvery: 256,
  sac: { batch: 256, minibatch: 32, learningStarts: 256, hidden: [16] },
}

async function finish(session: TrainSession): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  session.events$.subscribe(event => events.push(event))
  await session.done
  return events
}
const evalsOf = (events: readonly TrainEvent[]) => events.filter(event => event.type === 'eval')
/** Training apart from the clock. */
const learned = (events: readonly TrainEvent[]) =>
  events.flatMap(event => {
    if (event.type !== 'metrics') return []
    const { stepsPerSecond: _, ...values } = event.values
    return [{ step: event.step, values }]
  })

const session = await startTraining(input, { root })
const events = await finish(session)

test('training is judged every so often, apart from training itself, and at the end', async () => {
  const evals = evalsOf(events)
  expect(evals.map(({ step }) => step)).toEqual([512, 768, 1024])
  const end = events.at(-1)
  expect(end).toMatchObject({ type: 'end', result: { eval: evals.at(-1)?.result } })
  const quiet = await finish(await startTraining({ ...input, evalEvery: undefined }, { root }))
  expect(evalsOf(quiet)).toEqual([])
  expect(learned(quiet)).toEqual(learned(events))
  expect(quiet.at(-1)).toMatchObject({ result: { eval: evals.at(-1)?.result } })
})

test('the best policy is kept beside the last, and can be judged again to the same result', async () => {
  const evals = evalsOf(events)
  let most = Number.NEGATIVE_INFINITY
  for (const { result, best } of evals) {
    expect(best).toBe(result.returnMean >= most)
    most = Math.max(most, result.returnMean)
  }
  const best = await evaluateRun(session.run, { root, checkpoint: 'best', episodes: 3 })
  expect(best.eval.returnMean).toBe(most)
  const last = await evaluateRun(session.run, { root, episodes: 3 })
  expect(last.eval).toEqual(evals.at(-1)?.result)
  const early = await evaluateRun(session.run, { root, checkpoint: 512, episodes: 3 })
  expect(early.eval).toEqual(evals[0].result)
  expect(() => storedPolicy(session.run, 7, root)).toThrow(/no checkpoint of step 7.*/)
})

test('a resumed run remembers what was best', async () => {
  const first = await startTraining(input, { root })
  first.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step === 768) first.stop()
  })
  const before = await finish(first)
  const after = await finish(await resumeTraining(first.run, { root }))
  expect([...evalsOf(before), ...evalsOf(after)]).toEqual(evalsOf(events))
})

test('only the last checkpoint keeps the replay buffer', () => {
  const run = openRun(session.folder)
  expect(run.checkpointSteps()).toEqual([256, 512, 768, 1024])
  const holds = (step: number) => Object.keys(run.checkpoint(step).tensors).some(name => /replay/.test(name))
  expect(run.checkpointSteps().map(holds)).toEqual([false, false, false, true])
})

onnxTest('the exported file alone, fed with observations, does what the evaluation did', async () => {
  const report = exportRun(session.run, { root, out: join(root, 'policy.onnx') })
  expect(report).toMatchObject({ env: 'inverted-pendulum', step: 1024, obsSize: 4, actionSize: 1, low: [-3] })
  const ort: typeof import('onnxruntime-common') = await import('onnxruntime-node')
  const policy = await ort.InferenceSession.create(report.file)
  // The evaluation's first episode again: its seed, its row.
  using env = await envById('inverted-pendulum').make(3)
  env.reset(5, 1_000_000)
  const lengths = new Array<number>(3).fill(0)
  for (let t = 0; t < env.spec.maxSteps && lengths.includes(0); t++) {
    const { action } = await policy.run({
      obs: new ort.Tensor('float32', Float32Array.from(env.obs), [3, 4]),
    })
    env.step(action.data as Float32Array)
    for (let n = 0; n < 3; n++)
      if (lengths[n] === 0 && (env.terminated[n] || env.truncated[n])) lengths[n] = t + 1
  }
  const { result } = evalsOf(events).at(-1)!
  // It is paid 1 for every step but the one it falls in.
  const returns = lengths.map(length => (length === env.spec.maxSteps ? length : length - 1))
  expect(returns.reduce((sum, value) => sum + value, 0) / 3).toBeCloseTo(result.nativeReturnMean!, 9)
})

test('ahead of learning, every batch is acted by a policy one update old, and that is said', async () => {
  const ahead = await startTraining({ ...input, lag: 1, evalEvery: undefined }, { root })
  expect(ahead.notes.join(' ')).toContain('not reproducible')
  const lags = learned(await finish(ahead)).map(({ values }) => values.policyLag)
  expect(lags[0]).toBe(0)
  expect(Math.max(...lags)).toBe(1)
  expect(learned(events).every(({ values }) => values.policyLag === 0)).toBe(true)
})
