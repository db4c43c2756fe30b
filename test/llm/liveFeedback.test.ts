import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import type { TrainEvent } from '../../src/core/events.ts'
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
      expect(() => session.send({ type: 'feedback', text: 'and it wanders' })).toThrow(
        'being written already',
      )
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

test('without a model it is said what to do instead', async () => {
  const session = await startTraining(INPUT, { root })
  expect(session.source.info().takesFeedback).toBe(false)
  expect(() => session.send({ type: 'feedback', text: 'it shakes' })).toThrow('knows no language model')
  session.stop()
  await session.done
})
