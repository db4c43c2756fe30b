import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { CarrotError } from '../../src/core/errors.ts'
import type { LlmSettings } from '../../src/llm/asker.ts'
import { fromText } from '../../src/llm/fromText.ts'
import { answer, fakeEndpoint, type Said } from './endpoint.ts'

const TEXT = 'balance the pole in the middle of the rail'
const env = envById('inverted-pendulum')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carrot-llm-'))
  process.env.XDG_CACHE_HOME = join(folder, 'cache')
})
afterEach(() => {
  delete process.env.XDG_CACHE_HOME
  rmSync(folder, { recursive: true, force: true })
})

const write = (url: string, more: LlmSettings = {}, notes: string[] = []) =>
  fromText(
    { llm: 'vllm/m', llmUrl: url, ...more },
    { env, text: TEXT, root: folder, onNote: note => notes.push(note) },
  )

/** Says these one after the other, the last for ever. */
const saying = (...said: Said[]) => fakeEndpoint((_, count) => said[Math.min(count, said.length) - 1])

test('a good answer is taken as it is, and is asked for with all that the task needs', async () => {
  await using endpoint = await saying(answer('good'))
  const { loaded, notes, answers } = await write(endpoint.url)
  expect(loaded.program).toMatchObject({ name: 'balance-in-the-middle', env: 'inverted-pendulum' })
  expect(answer('good')).toContain(loaded.source)
  expect(loaded.file).toBeUndefined()
  expect(notes.join('\n')).toMatch(
    /vllm\/m wrote .*balance-in-the-middle .* 1 answer, \d+ tokens, 0 dollars/s,
  )
  expect(answers).toHaveLength(1)
  const [{ all }] = endpoint.asked
  for (const part of [
    TEXT,
    'poleAngle: scalar<',
    'function tolerance(',
    "name: 'cart-park'",
    'in stages',
    "Call it 'balance-the-pole-in-the'",
  ])
    expect(all).toContain(part)
  // Examples of other tasks, and not the library's answer to this one.
  expect(all).toContain('# Programs for other tasks')
  expect(all).not.toContain("name: 'pendulum-balance'")
  expect(all).not.toMatch(/\{\{|\n{3}/)
})

test('an answer in the form that was asked for', async () => {
  const program = /```ts\n([\s\S]*?)```/.exec(answer('good'))?.[1] as string
  await using endpoint = await saying(JSON.stringify({ plan: 'Stay up.', program }))
  expect((await write(endpoint.url, { shots: 0 })).loaded.source).toBe(program)
  expect(endpoint.asked[0].all).not.toContain('# Programs for other tasks')
})

const MENDED: readonly (readonly [name: string, told: RegExp])[] = [
  ['wrongType', /reward\.ts:\d+:\d+: .*cartPlace/],
  ['wrongUnits', /poleAngle as scalar\('m'\)/],
  ['hostile', /node:fs/],
  ['hostileConstructor', /constructor/],
  ['nonTerminating', /does not end|takes longer|too (long|much)/],
  ['truncated', /breaks off before the program is complete/],
  ['proseOnly', /There is no program in the answer/],
]

test.each(MENDED)('%s: what is wrong is told like a compiler does, and mended', async (name, told) => {
  await using endpoint = await saying(answer(name), answer('good'))
  const notes: string[] = []
  const { answers, loaded } = await write(endpoint.url, {}, notes)
  expect(loaded.program.name).toBe('balance-in-the-middle')
  expect(endpoint.asked[1].last).toMatch(told)
  expect(endpoint.asked[1].body.messages).toHaveLength(4)
  expect(answers.map(({ parent }) => parent)).toEqual([null, answers[0].hash])
})

test('repairs end, whatever the model says, and what it said is kept', async () => {
  await using endpoint = await saying(answer('wrongUnits'))
  const error = await write(endpoint.url, { repairs: 2 }).catch(error => error)
  expect(error).toBeInstanceOf(CarrotError)
  expect(error.message).toMatch(/vllm\/m wrote no program .* in 3 answers\. The last: .*poleAngle/)
  const [, kept] = /kept in (.*)\.$/.exec(error.hint) as RegExpExecArray
  expect(readdirSync(join(kept, 'answers'))).toHaveLength(3)
  expect(endpoint.asked).toHaveLength(3)
})

test('an answer is paid for once: the same wish again asks nothing', async () => {
  await using endpoint = await saying(answer('wrongType'), answer('good'))
  const first = await write(endpoint.url)
  const again = await write(endpoint.url)
  expect(again.loaded.hash).toBe(first.loaded.hash)
  expect(endpoint.asked).toHaveLength(2)
  expect(again.notes.join()).toContain('0 answers, 0 tokens, 0 dollars; 2 more were kept from before')
  // Another seed is another wish.
  await write(endpoint.url, { seed: 2 })
  expect(endpoint.asked).toHaveLength(3)
})

test('an empty answer is not kept: the same wish again is asked again', async () => {
  await using endpoint = await saying('', answer('good'))
  await expect(write(endpoint.url, { repairs: 0 })).rejects.toThrow('The answer was empty')
  expect((await write(endpoint.url, { repairs: 0 })).loaded.program.name).toBe('balance-in-the-middle')
})

test('caps hold: nothing is asked that could break them, and what was paid for serves the next try', async () => {
  await using endpoint = await fakeEndpoint(({ body }) =>
    answer(body.messages.length === 2 ? 'wrongType' : 'good'),
  )
  await write(endpoint.url, { seed: 9 })
  const maxTokens = Math.ceil(endpoint.asked[0].all.length / 3) + 1500
  const before = endpoint.asked.length
  const capped = await write(endpoint.url, { maxTokens }).catch(error => error)
  expect(capped).toMatchObject({ code: 'over-budget' })
  expect(capped.message).toMatch(/The cap of \d+ tokens would be broken: 1 answer, \d+ tokens/)
  expect(endpoint.asked).toHaveLength(before + 1)
  await write(endpoint.url)
  expect(endpoint.asked).toHaveLength(before + 2)

  // In money: 10 dollars for a million of either.
  const dear = await write(endpoint.url, { seed: 5, llmPrice: [10, 10], maxCost: 0.05 }).catch(error => error)
  expect(dear).toMatchObject({ code: 'over-budget' })
  expect(dear.message).toContain('The cap of 0.05 dollars')
  await expect(write(endpoint.url, { llm: 'anything', maxCost: 1 })).rejects.toThrow(
    'The price of anything is not known',
  )
})

test('an endpoint that is busy is asked again when it says, and one that stays so is told', async () => {
  const busy = { status: 429, headers: { 'retry-after': '0.05' }, body: '{"error":{"message":"slow down"}}' }
  const notes: string[] = []
  await using endpoint = await saying(busy, busy, answer('good'))
  expect((await write(endpoint.url, {}, notes)).loaded.program.name).toBe('balance-in-the-middle')
  expect(notes.filter(note => note.includes('asked too often'))).toHaveLength(2)
  await using closed = await saying({ ...busy, headers: { 'retry-after': '3600' } })
  const error = await write(closed.url, { seed: 2 }).catch(error => error)
  expect(error).toMatchObject({ code: 'no-answer' })
  expect(error.message).toMatch(/answers no more for now and asks to wait 3600 s \(429: slow down\)/)
  expect(closed.asked).toHaveLength(1)
})

test('no key is written anywhere', async () => {
  const key = 'sk-secret-0123456789'
  process.env.CARROT_LLM_KEY = key
  try {
    // Repeats the key in its answer, and in its refusal.
    await using endpoint = await saying(`${answer('proseOnly')} Bearer ${key}`, {
      status: 401,
      body: `{"error":{"message":"bad key ${key}"}}`,
    })
    const error = await write(endpoint.url).catch(error => error)
    expect(endpoint.asked[0].headers.authorization).toBe(`Bearer ${key}`)
    expect(error.message).toMatch(/refused the key for vllm\/m \(401: bad key \*\*\*\)/)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry =>
      entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(1)
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), 'utf8')).not.toContain(key)
  } finally {
    delete process.env.CARROT_LLM_KEY
  }
})
