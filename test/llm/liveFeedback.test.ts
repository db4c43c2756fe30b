import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import type { TrainEvent } from '../../src/core/events.ts'
import { historyOf } from '../../src/llm/improve.ts'
import { isStoredUntrusted } from '../../src/loadUntrusted.ts'
import { openRun } from '../../src/store/index.ts'
import { startTraining } from '../../src/train.ts'
import { answer, fakeEndpoint } from './endpoint.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-feedback-'))
process.env.XDG_CACHE_HOME = join(root, 'cache')
afterAll(() => {
  delete process.env.XDG_CACHE_HOME
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
})

const INPUT = {
  env: 'inverted-pendulum',
  steps: 10_000_000,
  envs: 4,
  workers: 1,
  evalEpisodes: 2,
  device: 'wasm',
  ppo: { batch: 256, epochs: 1, minibatches: 4, hidden: [8] },
} as const satisfies TrainInput

test('what is said while a run trains becomes its next program', async () => {
  await using endpoint = await fakeEndpoint(({ body }) =>
    answer(body.messages.length === 2 ? 'good' : 'better'),
  )
  const llm = { llm: 'vllm/m', llmUrl: endpoint.url, text: 'balance the pole in the middle of the rail' }
  const session = await startTraining({ ...INPUT, ...llm }, { root })
  const events: TrainEvent[] = []
  let isAsked = false
  session.events$.subscribe(event => {
    events.push(event)
    if (event.type === 'metrics' && !isAsked) {
      isAsked = true
      session.send({ type: 'feedback', text: 'it shakes' })
      expect(() => session.send({ type: 'feedback', text: 'and it wanders' })).toThrow('on its way already')
    }
    if (event.type === 'program') session.stop()
  })
  expect(session.source.info().takesFeedback).toBe(true)
  await session.done
  const changed = events.find(event => event.type === 'program')
  expect(changed?.program).toMatchObject({ name: 'balance-calmly', untrusted: true })
  const told = events.flatMap(event => (event.type === 'warning' ? [event.message] : [])).join('\n')
  expect(told).toContain("+   name: 'balance-calmly',")
  expect(endpoint.asked[1].last).toMatch(/A person .*\n\nit shakes/)
  const history = JSON.parse(readFileSync(join(session.folder, 'history.json'), 'utf8'))
  expect(history).toMatchObject([{ run: session.run, feedback: 'it shakes' }])
  expect(readdirSync(join(session.folder, 'answers'))).toHaveLength(2)
  expect(readFileSync(join(session.folder, 'program.ts'), 'utf8')).toContain('balance-calmly')
})

test('a program that is sent while a run trains takes over when it is vetted, in a sandbox; a hostile one does not', async () => {
  const session = await startTraining({ ...INPUT, reward: 'pendulum-balance' }, { root })
  const [program, hostile] = ['better', 'hostileConstructor'].map(
    name => /```ts\n([\s\S]*?)```/.exec(answer(name))?.[1] as string,
  )
  const warnings: string[] = []
  let sent = 0
  session.events$.subscribe(event => {
    if (event.type === 'warning') warnings.push(event.message)
    const isRefused = warnings.some(message => message.includes('was not taken over'))
    if (event.type === 'metrics' && sent === (isRefused ? 1 : 0))
      session.send({ type: 'program', text: sent++ === 0 ? hostile : program })
    if (event.type === 'program') session.stop()
  })
  await session.done
  expect(warnings[0]).toMatch(/^The program from the page was not taken over: .*constructor/)
  expect(warnings[1]).toMatch(/^The run goes on with balance-calmly, from the page\.\n/)
  expect(warnings[1]).toContain("-   name: 'pendulum-balance',\n+   name: 'balance-calmly',")
  const run = openRun(session.folder)
  expect(run.program).toMatchObject({ name: 'balance-calmly', untrusted: true })
  expect(historyOf(run)).toMatchObject([
    {
      source: expect.stringContaining("name: 'pendulum-balance'"),
      feedback: expect.stringContaining('by hand'),
    },
  ])
  // It stays in its sandbox.
  expect(isStoredUntrusted(run, run.program.hash)).toBe(true)
})

test('without a model it is said what to do instead', async () => {
  const session = await startTraining(INPUT, { root })
  expect(session.source.info().takesFeedback).toBe(false)
  expect(() => session.send({ type: 'feedback', text: 'it shakes' })).toThrow('knows no language model')
  session.stop()
  await session.done
})
