/** One model with the caps of a run: asks, keeps every answer, and never pays for the same one twice. */
import type { z } from 'zod'
import { type Answer, AnswerCache, type Question, questionHash } from './answers.ts'
import { Budget, type Caps, type Price, priceOf } from './budget.ts'
import { ChatFault, type ChatMessage, type ChatModel, tokensOfAll, type Usage } from './chat.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import { explained, patiently } from './patience.ts'
import { openChat } from './sdk.ts'

/** What the user says about the model. */
export interface LlmSettings {
  readonly llm?: string
  readonly llmUrl?: string
  readonly llmKeyFile?: string
  readonly llmTemperature?: number
  readonly llmTimeout?: number
  readonly llmPrice?: readonly [read: number, written: number]
  readonly maxTokens?: number
  readonly maxCost?: number
  readonly shots?: number
  readonly repairs?: number
  readonly seed?: number
}

/** Tokens of a run, when the user does not say. */
const MAX_TOKENS = 200_000

/** Throws CarrotError 'bad-argument' for a model, a key, an address or caps that cannot be. */
export function openAsker(
  settings: LlmSettings & { readonly llm: string },
  hooks: Pick<AskerOptions, 'signal' | 'onNote' | 'onAnswer' | 'cache' | 'spent'> = {},
): Asker {
  const { llmTemperature, llmTimeout, llmPrice, maxTokens = MAX_TOKENS, maxCost, seed = 1 } = settings
  return new Asker({
    ...hooks,
    endpoint: endpointOf(settings),
    caps: { maxTokens, maxCost },
    ...(llmPrice === undefined ? {} : { price: { read: llmPrice[0], written: llmPrice[1] } }),
    temperature: llmTemperature,
    silence: llmTimeout,
    seed,
  })
}

export interface AskerOptions {
  readonly endpoint: Endpoint
  readonly caps: Caps
  /** Default: that of `prices.yaml`. */
  readonly price?: Price
  readonly temperature?: number
  readonly seed: number
  /** Seconds of silence after which an answer is given up. */
  readonly silence?: number
  readonly signal?: AbortSignal
  /** What the person should know while it takes its time, in a sentence. */
  readonly onNote?: (message: string) => void
  /** Gets every answer at once, also those that turn out to be no good. */
  readonly onAnswer?: (answer: Answer) => void
  readonly cache?: AnswerCache
  /** What counts against the caps already. */
  readonly spent?: readonly Usage[]
}

export interface Asked {
  readonly schema?: z.ZodType
  /** Hash of the answer that the question goes on from. */
  readonly parent?: string
  /** Tells answers to the same question apart; default 0. */
  readonly sample?: number
}

export class Asker {
  readonly budget: Budget
  readonly id: string
  /** Answers that were kept from an earlier run. */
  recalled = 0
  private readonly options: AskerOptions
  private readonly cache: AnswerCache
  private model: Promise<ChatModel> | undefined

  /** Throws CarrotError 'bad-argument' for a cap on cost where the price is not known. */
  constructor(options: AskerOptions) {
    const { endpoint, caps, price = priceOf(endpoint) } = options
    this.options = options
    this.id = endpoint.id
    this.budget = new Budget(caps, price, endpoint.id, options.spent)
    this.cache = options.cache ?? new AnswerCache()
  }

  /** Throws CarrotError: 'no-answer' when the endpoint fails for good, 'over-budget' before a cap is broken. */
  async ask(messages: readonly ChatMessage[], { schema, parent, sample = 0 }: Asked = {}): Promise<Answer> {
    const { temperature, seed, onAnswer } = this.options
    const question: Question = { model: this.id, messages, temperature, seed, sample }
    const hash = questionHash(question)
    const known = this.cache.get(hash)
    if (known !== undefined) {
      this.recalled++
      onAnswer?.(known)
      return known
    }
    const { text, usage, cutOff } = await this.reply(messages, sample, schema)
    const answer: Answer = {
      hash,
      parent: parent ?? null,
      question: { ...question, messages: [...messages] },
      text,
      cutOff,
      usage,
      askedAt: new Date().toISOString(),
    }
    // Of an empty one there is nothing to keep: the same question may be answered the next time.
    if (text.trim() !== '') this.cache.put(answer)
    onAnswer?.(answer)
    return answer
  }

  private async reply(messages: readonly ChatMessage[], sample: number, schema: z.ZodType | undefined) {
    const { endpoint, temperature, seed, signal, silence, onNote } = this.options
    this.model ??= openChat(endpoint, { silence })
    const model = await this.model
    const once = async () => {
      const ticket = this.budget.reserve(tokensOfAll(messages))
      const { maxOutputTokens } = ticket
      try {
        // Sampling servers give equal answers for equal seeds.
        const reply = await model.generate(messages, {
          schema,
          maxOutputTokens,
          temperature,
          seed: seed + sample,
          signal,
        })
        ticket.settle(reply.usage)
        return reply
      } catch (error) {
        ticket.settle((error instanceof ChatFault ? error.usage : undefined) ?? NOTHING)
        throw error
      }
    }
    try {
      return await patiently(once, { signal, onWait: onNote })
    } catch (error) {
      throw error instanceof ChatFault ? explained(error, endpoint) : error
    }
  }

  /** What was asked for and what it cost, a sentence. */
  spent(): string {
    const again = this.recalled === 0 ? '' : `; ${this.recalled} more were kept from before`
    return `${this.id}: ${this.budget.spent()}${again}.`
  }
}

const NOTHING = { input: 0, output: 0, estimated: true }
