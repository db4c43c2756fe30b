import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { envById } from '../envs/index.ts'
import { bindReward } from '../rewards/index.ts'
import type { TrainInput } from '../src/config.ts'
import { rescoringCopy } from '../src/core/episode.ts'
import type { TrainEvent } from '../src/core/events.ts'
import type { Algorithm } from '../src/learn/algorithms.ts'
import { loadProgram } from '../src/loadProgram.ts'
import type { LabelSource } from '../src/pipeline/label.ts'
import { scoreRun } from '../src/scoreRun.ts'
import { openRun } from '../src/store/index.ts'
import { resumeTraining, type StartOptions, startTraining, type TrainSession, train } from '../src/train.ts'
import { rescore } from '../viewer/rescore.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-train-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Five short iterations on the pendulum. */
const small: TrainInput = {
  env: 'inverted-pendulum',
  steps: 1280,
  seed: 3,
  envs: 4,
  workers: 2,
  evalEpisodes: 2,
  recordEvery: 200,
  ppo: { batch: 256, epochs: 2, minibatches: 4, hidden: [16] },
}

async function finish(session: TrainSession): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  session.events$.subscribe(event => events.push(event))
  await session.done
  return events
}
const runTo = async (input: TrainInput, options: StartOptions = {}) => {
  const session = await startTraining(input, { root, ...options })
  const events = await finish(session)
  return { session, events, run: openRun(session.folder) }
}
const ofType = <T extends TrainEvent['type']>(events: TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type)
/** Everything but the clock. */
const lasting = (events: TrainEvent[]) =>
  ofType(events, 'metrics').map(({ step, values: { stepsPerSecond, ...values } }) => ({ step, values }))

test('a run is the same to the bit, whatever the number of workers', async () => {
  const one = await runTo({ ...small, workers: 1 })
  const three = await runTo({ ...small, workers: 3 })
  expect(lasting(one.events)).toHaveLength(5)
  expect(lasting(three.events)).toEqual(lasting(one.events))
  expect(three.run.latestCheckpoint()?.tensors).toEqual(one.run.latestCheckpoint()?.tensors)
  const other = await runTo({ ...small, seed: 4 })
  expect(lasting(other.events)).not.toEqual(lasting(one.events))
})

const replay = { batch: 256, minibatch: 16, learningStarts: 300, updatesPerStep: 0.25, hidden: [16] }
const { ppo: _, ...shared } = small
const BY_ALGORITHM: Readonly<Record<Algorithm | 'td3 by priority', TrainInput>> = {
  ppo: small,
  sac: { ...shared, algorithm: 'sac', sac: replay },
  td3: { ...shared, algorithm: 'td3', td3: replay },
  dqn: { ...shared, algorithm: 'dqn', dqn: replay },
  calql: { ...shared, algorithm: 'calql', calql: { ...replay, offlineSteps: 0 } },
  'td3 by priority': { ...shared, algorithm: 'td3', td3: { ...replay, prioritised: true, nStep: 3 } },
}

test.each(Object.entries(BY_ALGORITHM))(
  'a stopped run of %s goes on as if it had never stopped',
  async (_, input) => {
    const whole = await runTo(input)
    const session = await startTraining(input, { root })
    session.events$.subscribe(event => {
      if (event.type === 'metrics' && event.step === 512) session.stop()
    })
    const before = await finish(session)
    expect(await session.done).toBeNull()
    expect(ofType(before, 'end')[0].stopped).toBe(true)
    expect(openRun(session.folder).checkpointSteps()).toEqual([512])

    const resumed = await resumeTraining(session.run, { root })
    const after = await finish(resumed)
    expect(lasting([...before, ...after])).toEqual(lasting(whole.events))
    const last = openRun(session.folder).latestCheckpoint()
    expect(last?.step).toBe(1280)
    expect(last?.tensors).toEqual(whole.run.latestCheckpoint()?.tensors)
    expect(ofType(after, 'end')[0].result?.eval).toEqual(ofType(whole.events, 'end')[0].result?.eval)
  },
)

test('recordings score again to the very same rewards', async () => {
  const { run, events } = await runTo(small)
  const episodes = run.episodes()
  expect(episodes.length).toBeGreaterThan(2)
  expect(episodes).toEqual(ofType(events, 'episode').map(event => event.summary))
  const { program } = await loadProgram(run.programFile())
  const { spec } = envById('inverted-pendulum')
  for (const { id, length, return: total } of episodes) {
    const record = await run.episode(id)
    const columns = rescoringCopy(record.columns)
    bindReward(program, spec, { rows: 1, gamma: record.gamma }).score(columns)
    expect(columns.reward).toEqual(record.columns.reward)
    expect(columns.terms).toEqual(record.columns.terms)
    expect(record.columns.reward.reduce((sum, r) => sum + r, 0)).toBe(total)
    expect(record.poses.length).toBe((length + 1) * run.header.scene.bodies.length * 7)
  }
})

const programFile = (name: string, terms: string): string => {
  const file = join(root, `${name}.ts`)
  writeFileSync(
    file,
    `import { defineReward, label, scalar } from 'carrot-rl'
export default defineReward({
  name: '${name}',
  env: 'inverted-pendulum',
  reads: { poleAngle: scalar('rad') },
  terms: { ${terms} },
})
`,
  )
  return file
}

test('a program file that is saved while it is trained on takes over from a next batch', async () => {
  const reward = programFile('edited', 'low: { weight: 1, value: s => 1 }')
  const session = await startTraining({ ...small, steps: 256 * 400, reward }, { root, watch: true })
  const events: TrainEvent[] = []
  session.events$.subscribe(event => {
    events.push(event)
    if (event.type === 'metrics' && event.step === 512) {
      programFile('edited', 'high: { weight: 2, value: s => 3 }')
    }
    if (event.type === 'metrics' && 'term/high' in event.values) session.stop()
  })
  await session.done
  const [change] = ofType(events, 'program')
  expect(change.program.terms).toEqual(['high'])
  const metrics = ofType(events, 'metrics')
  expect(metrics[0].values['term/low']).toBe(1)
  expect(metrics.at(-1)?.values['term/high']).toBe(6)
  const run = openRun(session.folder)
  expect(run.program.hash).toBe(change.program.hash)
})

test('a broken save is reported and the old program stays', async () => {
  const reward = programFile('broken', 'low: { weight: 1, value: s => 1 }')
  const session = await startTraining({ ...small, steps: 256 * 400, reward }, { root, watch: true })
  const events: TrainEvent[] = []
  session.events$.subscribe(event => {
    events.push(event)
    if (event.type === 'metrics' && event.step === 256) writeFileSync(reward, 'export default {')
    if (event.type === 'warning' && event.message.includes('broken.ts')) session.stop()
  })
  await session.done
  // There may be others: recordings that a slow disk made it drop.
  expect(ofType(events, 'warning').map(({ message }) => message)).toContainEqual(
    expect.stringContaining('broken.ts'),
  )
  expect(ofType(events, 'program')).toEqual([])
  expect(ofType(events, 'metrics').at(-1)?.values['term/low']).toBe(1)
})

test('a slider of the page changes the reward from the next batch on', async () => {
  const session = await startTraining(small, { root })
  session.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step === 256) {
      session.send({ type: 'weights', values: { balance: 10 } })
    }
  })
  const events = await finish(session)
  expect(ofType(events, 'program')[0]).toMatchObject({ step: 256, program: { weights: { balance: 10 } } })
  const means = ofType(events, 'metrics').map(({ values }) => values['term/balance'])
  expect(means[0]).toBeLessThanOrEqual(1)
  expect(means[1]).toBeGreaterThan(5)
  expect(() => session.send({ type: 'weights', values: { balanse: 1 } })).toThrow(/balanse/)
})

test('a term that is not a number is muted and reported; the run goes on', async () => {
  const reward = programFile(
    'faulty',
    'good: { weight: 1, value: s => 1 }, bad: { weight: 1, value: s => (s.time > 0.1 ? Number.NaN : 2) }',
  )
  const { events } = await runTo({ ...small, reward })
  const [{ failure }, ...more] = ofType(events, 'failure')
  expect(failure).toMatchObject({ term: 'bad', muted: true })
  expect(failure.time).toBeGreaterThan(0.1)
  expect(more).toEqual([])
  expect(ofType(events, 'metrics').at(-1)?.values).toMatchObject({ 'term/good': 1, 'term/bad': 0 })
  expect(ofType(events, 'end')[0].stopped).toBe(false)
  // Recordings know from when on it was off.
  const run = openRun(ofType(events, 'start')[0].folder)
  const records = await Promise.all(run.episodes().map(({ id }) => run.episode(id)))
  expect(records.some(({ columns }) => columns.offFrom?.bad !== undefined)).toBe(true)
  expect(records.some(({ columns }) => columns.terms.some(value => value === 2))).toBe(true)
  const { reproduced, episodes } = await scoreRun(run.folder)
  expect(reproduced).toEqual({ episodes, identical: episodes })
  const { program } = await loadProgram(reward)
  for (const record of records) {
    const { hash, weights } = record.program
    const inThePage = rescore(record, { program, hash }, run.header.env, weights)
    expect(inThePage.reward).toEqual(record.columns.reward)
  }
})

test('labels from a slow source are one more column; its failures cost their batch only', async () => {
  const reward = programFile(
    'labelled',
    "alive: { weight: 1, value: s => 1 }, seen: label({ weight: 1, column: 'clip' })",
  )
  const source: LabelSource = {
    columns: ['clip'],
    async label(batch, signal) {
      await new Promise(resolve => setTimeout(resolve, 5))
      if (batch.sequence === 1) throw new Error('the model fell over')
      if (batch.sequence === 2) await new Promise(resolve => signal.addEventListener('abort', resolve))
      return [new Float64Array(batch.T * batch.N).fill(0.5)]
    },
  }
  const { events, run } = await runTo({ ...small, reward }, { labels: [source], labelTimeout: 200 })
  expect(ofType(events, 'metrics').map(({ values }) => values['term/seen'])).toEqual([0.5, 0, 0, 0.5, 0.5])
  expect(ofType(events, 'warning').map(({ message }) => message)).toEqual([
    expect.stringMatching(/'clip'.*fell over/),
    expect.stringMatching(/'clip'.*200 ms/),
  ])
  expect(ofType(events, 'failure')).toEqual([])
  const [first] = run.episodes()
  expect((await run.episode(first.id)).columns.labels.get('clip')?.[0]).toBe(0.5)
})

test('numbers that go bad end the run with the tensor that went bad first; it goes on from the last checkpoint', async () => {
  const input: TrainInput = {
    ...BY_ALGORITHM.sac,
    checkpointEvery: 256,
    sac: { ...replay, learningStarts: 0 },
  }
  const session = await startTraining(input, { root })
  session.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step === 512)
      session.send({ type: 'weights', values: { balance: 1e300 } })
  })
  await expect(session.done).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(
      /of sac gave numbers that are not finite; the first bad tensor is reward, element/,
    ),
  })
  expect(openRun(session.folder).checkpointSteps()).toEqual([256, 512])
  const resumed = await resumeTraining(session.run, { root })
  expect(ofType(await finish(resumed), 'end')[0].result?.steps).toBe(1280)
})

test('a checkpoint of another architecture or format is refused, with both named', async () => {
  const { session } = await runTo({ ...small, steps: 256 })
  const file = join(session.folder, 'config.yaml')
  const config = readFileSync(file, 'utf8')
  writeFileSync(file, config.replace(/hidden:\n\s+- 16/, 'hidden:\n    - 24'))
  await expect(resumeTraining(session.run, { root })).rejects.toMatchObject({
    code: 'bad-run',
    message: expect.stringMatching(/a ppo policy 4 → 16 → 1 .* ask for a ppo policy 4 → 24 → 1 /),
  })
  writeFileSync(file, config)
  const checkpoint = join(session.folder, 'checkpoints/256.safetensors')
  const bytes = readFileSync(checkpoint)
  const at = bytes.indexOf('{\\"format\\":3')
  expect(at).toBeGreaterThan(0)
  bytes[at + '{\\"format\\":'.length] = '9'.charCodeAt(0)
  writeFileSync(checkpoint, bytes)
  await expect(resumeTraining(session.run, { root })).rejects.toThrow(
    /has format 9; this version .* reads format 3/,
  )
})

test('labels that come late change the rewards that are remembered; ppo has no use for them', async () => {
  const reward = programFile(
    'labelled-late',
    "alive: { weight: 1, value: s => 1 }, seen: label({ weight: 1, column: 'clip' })",
  )
  const source: LabelSource = {
    columns: ['clip'],
    late: 'unpaid',
    async label({ T, N }) {
      await new Promise(resolve => setTimeout(resolve, 1))
      return [new Float64Array(T * N).fill(0.5)]
    },
  }
  const { run, events } = await runTo({ ...BY_ALGORITHM.dqn, reward }, { labels: [source] })
  const { tensors } = run.latestCheckpoint()!
  const flags = tensors['learner/replay/own/flags']
  const rewards = [...tensors['learner/replay/own/reward']].filter((_, row) => (flags[row] & 1) === 1)
  expect(new Set(rewards.slice(0, 3 * 240))).toEqual(new Set([1.5]))
  expect(ofType(events, 'metrics').map(({ values }) => values['term/seen'])).toEqual([0, 0, 0, 0, 0])
  await expect(startTraining({ ...small, reward }, { root, labels: [source] })).rejects.toThrow(
    /comes? for nothing/,
  )
})

test('recorded episodes of a run are learned from before the first step, and beside what is collected', async () => {
  const { run } = await runTo(small)
  const input: TrainInput = {
    ...BY_ALGORITHM.calql,
    steps: 512,
    calql: { ...replay, offlineData: [run.name], offlineSteps: 700, learningStarts: 256 },
  }
  const { events, session } = await runTo(input)
  const [first, second, third, fourth] = ofType(events, 'metrics')
  expect([first, second, third, fourth].map(({ step }) => step)).toEqual([0, 0, 256, 512])
  expect([first, second, fourth].map(({ values }) => values.updates)).toEqual([500, 700, 764])
  expect(first.values.penalty).not.toBe(second.values.penalty)
  const tensors = openRun(session.folder).latestCheckpoint()!.tensors
  const kept = run.episodes().reduce((sum, { length }) => sum + length + 1, 0)
  expect(tensors['learner/replay/offline/reward']).toHaveLength(kept)
  await expect(startTraining({ ...input, env: 'hopper' }, { root })).rejects.toThrow(
    /is of inverted-pendulum/,
  )
  const without = { ...input, calql: { ...replay, offlineSteps: 5 } }
  await expect(startTraining(without, { root })).rejects.toThrow(/none is given/)
})

test('a run that ends before anything is learned says so', async () => {
  const notes = async (learningStarts: number) => {
    const sac = { ...replay, learningStarts }
    const { session } = await runTo({ ...BY_ALGORITHM.sac, steps: 512, sac })
    return session.notes.filter(note => note.startsWith('Nothing is learned'))
  }
  expect(await notes(512)).toEqual([
    'Nothing is learned: the first 512 steps are random (--learning-starts).',
  ])
  expect(await notes(511)).toEqual([])
})

test('pausing holds training back, resuming lets it go on', async () => {
  const session = await startTraining(small, { root })
  const steps: number[] = []
  session.events$.subscribe(event => {
    if (event.type !== 'metrics') return
    steps.push(event.step)
    if (event.step === 512) session.send({ type: 'pause', on: true })
  })
  await new Promise(resolve => setTimeout(resolve, 1500))
  expect(steps.at(-1)).toBeLessThanOrEqual(768)
  expect(session.source.info().paused).toBe(true)
  session.send({ type: 'pause', on: false })
  await session.done
  expect(steps).toEqual([256, 512, 768, 1024, 1280])
})

test('training is a library call that gives typed events', async () => {
  const events = await lastValueFrom(train({ ...small, steps: 256 }, { root }).pipe(toArray()))
  expect(events.map(event => event.type)).toContain('checkpoint')
  expect(events[0].type).toBe('start')
  expect(events.at(-1)).toMatchObject({
    type: 'end',
    stopped: false,
    result: { env: 'inverted-pendulum', steps: 256 },
  })
})
