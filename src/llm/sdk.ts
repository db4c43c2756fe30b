/** Language models over the AI SDK, loaded when the first one is asked: no other file knows that package. */
import type { LanguageModel } from 'ai'
import {
  type AskOptions,
  ChatFault,
  type ChatMessage,
  type ChatModel,
  type FaultKind,
  type Reply,
  tokensOf,
  tokensOfAll,
  type Usage,
} from './chat.ts'
import type { Endpoint } from './endpoint.ts'

export interface SdkOptions {
  /** Seconds without a word after which an answer is given up. */
  readonly silence?: number
}

/** Seconds; a local model may read a long prompt for minutes before its first word. */
const SILENCE = 300
/** Characters of an answer beyond which it is no program. */
const LONGEST = 200_000

export async function openChat(endpoint: Endpoint, options: SdkOptions = {}): Promise<ChatModel> {
  // Its warnings about settings that a model does not know would stand between our lines.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  const model = await modelOf(endpoint)
  return new SdkModel(endpoint, model, options.silence ?? SILENCE)
}

async function modelOf({ wire, url: baseURL, key, provider, model }: Endpoint): Promise<LanguageModel> {
  if (wire === 'anthropic') {
    const { createAnthropic } = await import('@ai-sdk/anthropic')
    return createAnthropic({ baseURL, apiKey: key ?? 'none' })(model)
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
  return createOpenAICompatible({
    name: provider,
    baseURL,
    ...(key === undefined ? {} : { apiKey: key }),
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(provider === 'openai' ? { transformRequestBody: asOpenAi } : {}),
  })(model)
}

/** OpenAI's newer models refuse the older name. */
const asOpenAi = ({ max_tokens, ...body }: Record<string, unknown>): Record<string, unknown> => ({
  ...body,
  max_completion_tokens: max_tokens,
})

class SdkModel implements ChatModel {
  readonly id: string
  private readonly endpoint: Endpoint
  private readonly model: LanguageModel
  private readonly silence: number
  /** The endpoint can be held to a form; found out at the first question. */
  private formal = true

  constructor(endpoint: Endpoint, model: LanguageModel, silence: number) {
    this.id = endpoint.id
    this.endpoint = endpoint
    this.model = model
    this.silence = silence
  }

  async generate(messages: readonly ChatMessage[], options: AskOptions): Promise<Reply> {
    try {
      return await this.once(messages, this.formal ? options : { ...options, schema: undefined })
    } catch (error) {
      const isAboutForm =
        error instanceof ChatFault &&
        error.kind === 'request' &&
        /response_format|json_schema|output_(config|format)|structured|grammar/i.test(error.said)
      if (!this.formal || options.schema === undefined || !isAboutForm) throw error
      this.formal = false
      return this.once(messages, { ...options, schema: undefined })
    }
  }

  private async once(messages: readonly ChatMessage[], options: AskOptions): Promise<Reply> {
    const { schema, maxOutputTokens, temperature, seed, signal } = options
    const { streamText, Output } = await import('ai')
    const quiet = new Quiet(this.silence)
    const tooLong = new AbortController()
    let text = ''
    const counted = (usage?: { readonly inputTokens?: number; readonly outputTokens?: number }): Usage => ({
      input: usage?.inputTokens ?? tokensOfAll(messages),
      output: usage?.outputTokens ?? tokensOf(text),
      estimated: usage?.inputTokens === undefined || usage.outputTokens === undefined,
    })
    const [first, ...rest] = messages
    const system = first?.role === 'system' ? first.content : undefined
    try {
      const stream = streamText({
        model: this.model,
        instructions: system,
        messages: (system === undefined ? messages : rest).map(
          ({ role, content }) => ({ role, content }) as { role: 'user' | 'assistant'; content: string },
        ),
        maxOutputTokens,
        temperature,
        seed,
        maxRetries: 0,
        abortSignal: AbortSignal.any([
          quiet.signal,
          tooLong.signal,
          ...(signal === undefined ? [] : [signal]),
        ]),
        ...(schema === undefined
          ? {}
          : {
              output: {
                ...Output.object({ schema, name: 'answer' }),
                // Else all that has come is parsed again at every piece, which takes minutes for an enormous answer; pieces
                // are handed on where this has changed.
                parsePartialOutput: async ({ text }) => ({ partial: text.length }),
              },
            }),
        // Told through the stream below; by default it is printed as well.
        onError: () => undefined,
      })
      for await (const part of stream.fullStream) {
        quiet.heard()
        if (part.type === 'error') throw part.error
        if (part.type === 'text-delta') text += part.text
        if (text.length > LONGEST) {
          tooLong.abort()
          return { text: this.redact(text), usage: counted(), cutOff: true }
        }
        if (part.type === 'abort') break
        if (part.type === 'finish') {
          return {
            text: this.redact(text),
            usage: counted(part.totalUsage),
            cutOff: part.finishReason === 'length',
          }
        }
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw quiet.signal.aborted
        ? this.silent(counted())
        : this.fault(error, text === '' ? undefined : counted())
    } finally {
      quiet.end()
    }
    if (signal?.aborted) throw signal.reason
    if (quiet.signal.aborted) throw this.silent(counted())
    throw new ChatFault('stream', 'The answer ended in the middle', { usage: counted() })
  }

  private silent(usage: Usage): ChatFault {
    return new ChatFault('silence', `not a word for ${this.silence} s`, { usage })
  }

  /** Some endpoints repeat the key in what they say. */
  private redact(text: string): string {
    const { key } = this.endpoint
    return key === undefined ? text : text.replaceAll(key, '***')
  }

  /** What the SDK throws, by its fields: its classes are many, and nested. */
  private fault(error: unknown, usage?: Usage): ChatFault {
    const {
      statusCode: status,
      responseHeaders,
      responseBody,
      message,
      cause,
    } = error as {
      readonly responseBody?: string
      readonly statusCode?: number
      readonly responseHeaders?: Readonly<Record<string, string>>
      readonly message?: string
      readonly cause?: unknown
    }
    const said = this.redact(oneLine(saidIn(responseBody) ?? message ?? JSON.stringify(error)))
    if (status !== undefined && status >= 400) {
      return new ChatFault(kindOf(status), said, { status, retryAfter: secondsOf(responseHeaders), usage })
    }
    const code = codeIn(error)
    if (code !== undefined || said.startsWith('Cannot connect')) {
      return new ChatFault('connection', code ?? said, { usage })
    }
    const inner = cause instanceof Error ? this.redact(oneLine(cause.message)) : ''
    return new ChatFault('stream', inner === '' || said.includes(inner) ? said : `${said} (${inner})`, {
      usage,
    })
  }
}

/** Ends a request that nothing has been heard of for some time. */
class Quiet {
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout

  constructor(seconds: number) {
    this.timer = setTimeout(() => this.controller.abort(), seconds * 1000)
  }
  get signal(): AbortSignal {
    return this.controller.signal
  }
  heard(): void {
    this.timer.refresh()
  }
  end(): void {
    clearTimeout(this.timer)
  }
}

/** An endpoint's own words, whatever form its error has. */
function saidIn(body: string | undefined): string | undefined {
  try {
    const { error, message } = JSON.parse(body ?? '')
    const said = typeof error === 'string' ? error : (error?.message ?? message)
    return typeof said === 'string' ? said : undefined
  } catch {
    return undefined
  }
}

function kindOf(status: number): FaultKind {
  if (status === 401 || status === 403) return 'key'
  if (status === 404) return 'model'
  // 402: the account is out of credit.
  if (status === 402 || status === 408 || status === 429) return 'limit'
  return status >= 500 ? 'server' : 'request'
}

/** Of Retry-After: seconds, or a date. */
function secondsOf(headers: Readonly<Record<string, string>> = {}): number | undefined {
  const value = headers['retry-after']
  if (value === undefined) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000)
}

/** 'ECONNREFUSED' and the like, wherever in the chain of causes. */
function codeIn(error: unknown): string | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { code, errors } = at as { readonly code?: unknown; readonly errors?: readonly unknown[] }
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+)$/.test(code)) return code
    const inner = errors?.map(codeIn).find(found => found !== undefined)
    if (inner !== undefined) return inner
  }
  return undefined
}

const MOST_SAID = 300
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, MOST_SAID)
