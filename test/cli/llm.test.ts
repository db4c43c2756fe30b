import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  familyOutput,
  searchesOutput,
  searchOutput,
  stoppedSearchOutput,
  trainOutput,
} from '../../src/protocol/cli.ts'
import { openRun } from '../../src/store/index.ts'
import { answer, fakeEndpoint } from '../llm/endpoint.ts'
import { carrot, complaint, folder, json, parse, small, start } from './carrot.ts'

process.env.XDG_CACHE_HOME = join(folder, 'cache')
const TEXT = ['--text', 'balance the pole in the middle of the rail']
const KEY = 'sk-secret-0123456789'
const keyFile = join(folder, 'key')
writeFileSync(keyFile, `${KEY}\n`)

/** Every file below a folder, as one text. */
const everything = (root: string): string =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('\n')

test('from a sentence to a policy: asked, mended, trained in a sandbox, judged again, improved; the key is nowhere', async () => {
  await using endpoint = await fakeEndpoint((_, count) => answer(['wrongUnits', 'good', 'better'][count - 1]))
  const asked = [
    '--via',
    'llm',
    '--llm',
    'openai/gpt-test',
    '--llm-url',
    endpoint.url,
    '--llm-key-file',
    keyFile,
  ]
  const { code, stdout, stderr } = await carrot(
    'train',
    'inverted-pendulum',
    ...TEXT,
    ...asked,
    ...small,
    '--json',
  )
  expect(code, stderr).toBe(0)
  const result = parse(trainOutput, stdout)
  expect(result).toMatchObject({
    env: 'inverted-pendulum',
    reward: { name: 'balance-in-the-middle' },
    steps: 2048,
  })
  expect(stderr).toContain('Asking openai/gpt-test for a reward program')
  expect(stderr).toMatch(/fails at types: .*poleAngle/)
  expect(stderr).toMatch(/openai\/gpt-test wrote the reward program .* in 2 answers/)
  expect(stderr).toMatch(/2 answers, \d+ tokens \(price not known\)/)
  expect(endpoint.asked[0].headers.authorization).toBe(`Bearer ${KEY}`)

  const run = openRun(join(folder, 'runs', result.run))
  expect(answer('good')).toContain(readFileSync(join(run.folder, 'program.ts'), 'utf8'))
  expect(run.program.untrusted).toBe(true)
  expect(readdirSync(join(run.folder, 'answers'))).toHaveLength(2)
  // Every term was paid, and none failed.
  expect(run.metrics().at(-1)?.values['term/upright']).toBeGreaterThan(0)
  expect(run.events().filter(({ type }) => type === 'failure')).toEqual([])
  const again = await json(trainOutput, 'eval', result.run, '--episodes', '2')
  expect(again.eval).toEqual(result.eval)

  // Somebody has watched it.
  const said = ['--feedback', 'it shakes; keep it calm', '--llm-key-file', keyFile]
  const better = await carrot('improve', result.run, ...said, '--steps', '512', '--no-view', '--json')
  expect(better.code, better.stderr).toBe(0)
  const next = parse(trainOutput, better.stdout)
  expect(next).toMatchObject({ reward: { name: 'balance-calmly' }, steps: 512, seed: 3 })
  expect(better.stderr).toMatch(/^- {3}name: 'balance-in-the-middle',\n\+ {3}name: 'balance-calmly',$/m)
  const { last, body } = endpoint.asked[2]
  expect(body.messages).toHaveLength(4)
  expect(last).toMatch(/trained on that program for 2048 environment steps/)
  expect(last).toMatch(/upright: \[.*\] max .*\n(.*\n)*\nA person .*\n\nit shakes; keep it calm/)
  const history = JSON.parse(readFileSync(join(folder, 'runs', next.run, 'history.json'), 'utf8'))
  expect(history).toMatchObject([{ run: result.run, feedback: 'it shakes; keep it calm' }])
  for (const text of [everything(folder).replace(`${KEY}\n`, ''), stdout, stderr])
    expect(text).not.toContain(KEY)
})

test('without a model, or where none answers, it is said what to do', async () => {
  const { code, stdout, stderr } = await carrot(
    'train',
    'hopper',
    '--text',
    'hop as high as you can',
    '--via',
    'llm',
    ...small,
  )
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/No language model is named with --llm, so .*matched to .*hopper-high/)
  expect(stdout).toContain('--llm ollama/qwen3')
  const via = ['train', 'inverted-pendulum', ...TEXT, '--via', 'llm', '--no-view']
  expect(await complaint(...via, '--llm', 'opnai/gpt')).toContain("Did you mean 'openai/…'?")
  expect(await complaint(...via, '--llm', 'openai/gpt')).toContain('Set OPENAI_API_KEY')
  expect(await complaint(...via, '--llm', 'ollama/qwen3', '--llm-url', 'http://127.0.0.1:1/v1')).toMatch(
    /Nothing answers at .*Start ollama/,
  )
  expect(
    await complaint(...via, '--llm', 'ollama/qwen3', '--llm-url', 'http://me:secret@host/v1'),
  ).not.toContain('secret')
  expect(await complaint('search', 'hopper', '--text', 'hop')).toContain('--llm')
  await using refusing = await fakeEndpoint(() => ({
    status: 401,
    body: `{"error":{"message":"no such key ${KEY}"}}`,
  }))
  const refused = await complaint(
    ...via,
    '--llm',
    'vllm/m',
    '--llm-url',
    refusing.url,
    '--llm-key-file',
    keyFile,
  )
  expect(refused).toMatch(/refused the key for vllm\/m \(401: no such key \*\*\*\)/)
})

test('a search is stopped, listed, gone on with, and reported', async () => {
  await using endpoint = await fakeEndpoint(({ body }) =>
    answer((body.seed as number) % 2 === 0 ? 'good' : 'better'),
  )
  const settings = [
    '--samples',
    '2',
    '--iterations',
    '1',
    '--train',
    '2',
    '--final-seeds',
    '0',
    '--max-tokens',
    '5000',
  ]
  const training = [
    '--steps',
    '1024',
    '--envs',
    '4',
    '--batch',
    '256',
    '--epochs',
    '1',
    '--minibatches',
    '4',
    '--hidden',
    '8',
    '--eval-episodes',
    '2',
  ]
  const model = ['--llm', 'vllm/m', '--llm-url', endpoint.url]
  mkdirSync(join(folder, 'runs'), { recursive: true })
  const args = ['search', 'inverted-pendulum', ...TEXT, ...model, ...settings, ...training]
  // The cap is met before the second program is written.
  const capped = await complaint(...args)
  expect(capped).toMatch(/The cap of 5000 tokens would be broken/)
  const { searches } = await json(searchesOutput, 'list', 'searches')
  expect(searches).toMatchObject([{ env: 'inverted-pendulum', text: TEXT[1], done: false, best: null }])
  const [{ name }] = searches

  const raised = ['search', '--resume', name, '--max-tokens', '100000', '--json']
  const running = start(...raised)
  await running.until(/Iteration 1 of 1: 2 programs, 2 to be trained/)
  running.child.kill('SIGINT')
  const stopped = await running.ended
  expect(stopped.code).toBe(130)
  expect(parse(stoppedSearchOutput, stopped.stdout)).toMatchObject({ search: name })

  const result = await json(searchOutput, ...raised.slice(0, -1))
  expect(result).toMatchObject({ search: name, candidates: { trained: 1, stopped: 1 } })
  expect(result.seeds).toEqual([])
  // Both programs were asked for once.
  expect(endpoint.asked).toHaveLength(2)
  const family = await json(familyOutput, 'report', name)
  expect(family.candidates.map(({ id, fate }) => [id, fate]).sort()).toEqual([
    ['1.1', expect.any(String)],
    ['1.2', expect.any(String)],
  ])
  expect((await json(searchesOutput, 'list', 'searches')).searches).toMatchObject([{ name, done: true }])
  expect(await complaint('search', '--resume', name, '--steps', '9')).toContain('steps would change them')
})
