import { expect, test } from 'vitest'
import { z } from 'zod'
import { ChatFault } from '../../src/llm/chat.ts'
import { type EndpointSettings, endpointOf } from '../../src/llm/endpoint.ts'
import { openChat } from '../../src/llm/sdk.ts'
import { fakeEndpoint, type Said } from './endpoint.ts'

const KEY = 'sk-test-0123456789'
const MESSAGES = [
  { role: 'system', content: 'You are terse.' },
  { role: 'user', content: 'Say hello.' },
] as const

const ask = async (
  settings: EndpointSettings,
  options: Partial<Parameters<Awaited<ReturnType<typeof openChat>>['generate']>[1]> = {},
  silence?: number,
) =>
  (await openChat(endpointOf(settings, { CARROT_LLM_KEY: KEY }), { silence })).generate(MESSAGES, {
    maxOutputTokens: 1000,
    ...options,
  })

const WIRES = [
  { llm: 'openai/gpt-test', path: '/v1/chat/completions' },
  { llm: 'anthropic/claude-haiku-4-5', path: '/v1/messages' },
  { llm: 'vllm/some/model', path: '/v1/chat/completions' },
  { llm: 'anything', path: '/v1/chat/completions' },
]

test.each(WIRES)(
  '$llm: the question arrives, the answer comes back with what it took',
  async ({ llm, path }) => {
    await using endpoint = await fakeEndpoint(() => 'Hello, '.repeat(100))
    const reply = await ask({ llm, llmUrl: endpoint.url }, { temperature: 0.5, seed: 7 })
    expect(reply.text).toBe('Hello, '.repeat(100))
    expect(reply).toMatchObject({ cutOff: false, usage: { estimated: false, output: 175 } })
    const [{ path: asked, headers, body, all }] = endpoint.asked
    expect(asked).toBe(path)
    expect(all).toBe('You are terse.\nSay hello.')
    expect(body.stream).toBe(true)
    expect(body.temperature).toBe(0.5)
    expect(llm.startsWith('anthropic') ? headers['x-api-key'] : headers.authorization?.slice(7)).toBe(KEY)
    expect(body[llm.startsWith('openai') ? 'max_completion_tokens' : 'max_tokens']).toBe(1000)
    expect(body.seed).toBe(llm.startsWith('anthropic') ? undefined : 7)
  },
)

test('a model that can be held to a form is; one that cannot is asked without, from then on', async () => {
  const schema = z.object({ greeting: z.string() })
  await using formal = await fakeEndpoint(() => '{"greeting":"hello"}')
  expect((await ask({ llm: 'vllm/m', llmUrl: formal.url }, { schema })).text).toBe('{"greeting":"hello"}')
  expect(formal.asked[0].body.response_format).toMatchObject({ type: 'json_schema' })

  await using free = await fakeEndpoint(({ body }) =>
    body.response_format === undefined
      ? 'hello'
      : { status: 400, body: '{"error":{"message":"response_format is not supported"}}' },
  )
  const model = await openChat(endpointOf({ llm: 'vllm/m', llmUrl: free.url }))
  for (let i = 0; i < 2; i++) {
    expect((await model.generate(MESSAGES, { schema, maxOutputTokens: 1000 })).text).toBe('hello')
  }
  expect(free.asked).toHaveLength(3)
})

const FAULTS: readonly (readonly [kind: string, said: Said, more: object])[] = [
  [
    'key',
    { status: 401, body: `{"error":{"message":"Incorrect API key: ${KEY}"}}` },
    { said: 'Incorrect API key: ***' },
  ],
  [
    'limit',
    { status: 429, headers: { 'retry-after': '7' }, body: '{"error":{"message":"slow down"}}' },
    { retryAfter: 7 },
  ],
  ['model', { status: 404, body: '{"error":{"message":"no such model"}}' }, {}],
  ['request', { status: 400, body: '{"error":{"message":"too long"}}' }, { said: 'too long' }],
  ['server', { status: 503, body: '<html>Service Unavailable</html>' }, { status: 503 }],
  ['stream', { breaks: 'garbage', text: 'half of an answer' }, {}],
  ['silence', { breaks: 'hang', text: 'half of an answer' }, {}],
]

test.each(FAULTS)('a fault of kind %s', async (kind, said, more) => {
  await using endpoint = await fakeEndpoint(() => said)
  for (const llm of ['openai/gpt-test', 'anthropic/claude-haiku-4-5']) {
    const fault = await ask({ llm, llmUrl: endpoint.url }, {}, 0.3).catch(error => error)
    expect(fault).toBeInstanceOf(ChatFault)
    expect(fault).toMatchObject({ kind, ...more })
    expect(JSON.stringify(fault) + fault.message).not.toContain(KEY)
  }
})

test('a connection that breaks, and one that is never made', async () => {
  await using endpoint = await fakeEndpoint(() => ({ breaks: 'cut', text: 'half of an answer '.repeat(40) }))
  const cut = await ask({ llm: 'vllm/m', llmUrl: endpoint.url }).catch(error => error)
  expect(cut).toBeInstanceOf(ChatFault)
  expect(['stream', 'connection']).toContain(cut.kind)
  // Half an answer was written all the same.
  expect(cut.usage?.output).toBeGreaterThan(50)
  await endpoint[Symbol.asyncDispose]()
  const never = await ask({ llm: 'vllm/m', llmUrl: endpoint.url }).catch(error => error)
  expect(never).toMatchObject({ kind: 'connection', said: 'ECONNREFUSED' })
})

test('an enormous answer is cut off while it comes, an unfinished one is told as such, and an empty one is empty', async () => {
  const enormousText = 'word '.repeat(200_000)
  const texts: Said[] = [enormousText, enormousText, { unfinished: 'import {' }, '']
  await using endpoint = await fakeEndpoint((_, count) => texts[count - 1])
  const settings = { llm: 'vllm/m', llmUrl: endpoint.url }
  for (const schema of [undefined, z.object({ program: z.string() })]) {
    const enormous = await ask(settings, { schema })
    expect(enormous.cutOff).toBe(true)
    expect(enormous.text.length).toBeLessThan(250_000)
  }
  expect(await ask(settings)).toMatchObject({ text: 'import {', cutOff: true })
  expect(await ask(settings)).toMatchObject({ text: '', cutOff: false })
})

test('whoever stops waiting is heard at once', async () => {
  await using endpoint = await fakeEndpoint(() => ({ breaks: 'hang', text: 'half' }))
  const stop = new AbortController()
  const waiting = ask({ llm: 'vllm/m', llmUrl: endpoint.url }, { signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 100)
  await expect(waiting).rejects.toThrow('enough')
})
