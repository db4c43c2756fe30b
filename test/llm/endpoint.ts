/**
 * An endpoint for tests, on this machine alone: it speaks both wire formats, whole and as streams, and says what a test tells it to.
 * What it says was written by hand (`answers/`); no language model has ever said it.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The text of a hand-written answer. */
export const answer = (name: string): string =>
  readFileSync(new URL(`answers/${name}.txt`, import.meta.url), 'utf8')

export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: {
    readonly model: string
    readonly stream?: boolean
    readonly messages: readonly { readonly role: string; readonly content: unknown }[]
    readonly [name: string]: unknown
  }
  /** What the last message says. */
  readonly last: string
  /** Everything that is said, in one text. */
  readonly all: string
}

/** How it answers: with a text, with an error, or wrongly. */
export type Said =
  | string
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | { readonly breaks: 'hang' | 'cut' | 'garbage'; readonly text: string }
  /** Ended by the cap on tokens. */
  | { readonly unfinished: string }

export interface FakeEndpoint extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
}

/** `say` is told what is asked and how often something was. */
export async function fakeEndpoint(say: (asked: Asked, count: number) => Said): Promise<FakeEndpoint> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text) as Asked['body']
    const system = body.system === undefined ? [] : [body.system]
    const contents = [...system, ...body.messages.map(({ content }) => content)].map(plain)
    const one: Asked = {
      path: request.url ?? '',
      headers: request.headers,
      body,
      last: contents.at(-1) ?? '',
      all: contents.join('\n'),
    }
    asked.push(one)
    const speak = one.path.endsWith('/messages') ? anthropic : openai
    reply(response, one, say(one, asked.length), speak)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const plain = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : Array.isArray(content)
      ? content.map(part => part.text ?? '').join('')
      : ''

interface Speech {
  readonly text: string
  readonly unfinished: boolean
  readonly model: string
  readonly usage: { readonly input: number; readonly output: number }
}
interface Speaker {
  readonly whole: (speech: Speech) => object
  /** Events of a stream: all but the last, and the last. */
  readonly events: (speech: Speech) => readonly string[]
}

function reply(response: ServerResponse, { body, all }: Asked, said: Said, speak: Speaker): void {
  if (typeof said === 'object' && 'status' in said) {
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers })
    response.end(said.body)
    return
  }
  const text = typeof said === 'string' ? said : 'unfinished' in said ? said.unfinished : said.text
  const usage = { input: Math.ceil(all.length / 4), output: Math.ceil(text.length / 4) }
  const unfinished = typeof said === 'object' && 'unfinished' in said
  const speech = { text, unfinished, model: body.model, usage }
  if (body.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(speak.whole(speech)))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const events = speak.events(speech)
  const wrong = typeof said === 'object' && 'breaks' in said ? said.breaks : undefined
  for (const event of wrong === undefined ? events : events.slice(0, Math.ceil(events.length / 2))) {
    response.write(event)
  }
  if (wrong === 'hang') return
  if (wrong === 'garbage') response.write('data: {"this is": no JSON\n\n')
  if (wrong === 'cut') setTimeout(() => response.destroy(), 50)
  else response.end()
}

/** A text in pieces, as it arrives. */
const pieces = (text: string): string[] => text.match(/[\s\S]{1,200}/g) ?? []
const event = (data: object | string, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

const openai: Speaker = {
  whole: ({ text, unfinished, model, usage }) => ({
    id: 'chat-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: unfinished ? 'length' : 'stop',
      },
    ],
    usage: { prompt_tokens: usage.input, completion_tokens: usage.output },
  }),
  events: ({ text, unfinished, model, usage }) => {
    const chunk = (choice: object, more: object = {}) =>
      event({
        id: 'chat-1',
        object: 'chat.completion.chunk',
        created: 1,
        model,
        choices: [{ index: 0, ...choice }],
        ...more,
      })
    return [
      ...pieces(text).map(content => chunk({ delta: { role: 'assistant', content }, finish_reason: null })),
      chunk(
        { delta: {}, finish_reason: unfinished ? 'length' : 'stop' },
        { usage: { prompt_tokens: usage.input, completion_tokens: usage.output } },
      ),
      event('[DONE]'),
    ]
  },
}

const anthropic: Speaker = {
  whole: ({ text, unfinished, model, usage }) => ({
    id: 'message-1',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: unfinished ? 'max_tokens' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  }),
  events: ({ text, unfinished, model, usage }) => {
    const typed = (type: string, more: object) => event({ type, ...more }, type)
    return [
      typed('message_start', {
        message: {
          id: 'message-1',
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: usage.input, output_tokens: 1 },
        },
      }),
      typed('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...pieces(text).map(piece =>
        typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }),
      ),
      typed('content_block_stop', { index: 0 }),
      typed('message_delta', {
        delta: { stop_reason: unfinished ? 'max_tokens' : 'end_turn', stop_sequence: null },
        usage: { output_tokens: usage.output },
      }),
      typed('message_stop', {}),
    ]
  },
}
