/** What the rest asks of a language model. `sdk.ts` is the one file that knows how such a thing is reached. */
import type { z } from 'zod'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface AskOptions {
  /** Form of the answer, for models that can be held to one; `text` is then JSON of that form. */
  readonly schema?: z.ZodType
  /** Tokens that the answer may take, those of reasoning included. */
  readonly maxOutputTokens: number
  /** Default: the model's own, as some models take no other. */
  readonly temperature?: number
  /** Models that know no seed ignore it. */
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** Tokens of one question and its answer. */
export interface Usage {
  readonly input: number
  readonly output: number
  /** Counted from the length of the texts, as the endpoint did not say. */
  readonly estimated: boolean
}

export interface Reply {
  readonly text: string
  readonly usage: Usage
  /** The answer was longer than it may be, and ends somewhere. */
  readonly cutOff: boolean
}

export interface ChatModel {
  /** '<provider>/<model>'. */
  readonly id: string
  /** Throws ChatFault; asks once, and never waits to ask again. */
  generate(messages: readonly ChatMessage[], options: AskOptions): Promise<Reply>
}

/** Why there is no answer. The first three are for the user to mend; the others may pass. */
export type FaultKind = 'key' | 'model' | 'request' | 'limit' | 'server' | 'connection' | 'silence' | 'stream'

/** The endpoint has failed: nothing is wrong with a program. */
export class ChatFault extends Error {
  readonly kind: FaultKind
  /** The endpoint's own words, without secrets; '' where it had none. */
  readonly said: string
  /** Of HTTP. */
  readonly status?: number
  /** Seconds that the endpoint asks to wait. */
  readonly retryAfter?: number
  /** What was spent on it all the same. */
  readonly usage?: Usage

  constructor(
    kind: FaultKind,
    said: string,
    more: { readonly status?: number; readonly retryAfter?: number; readonly usage?: Usage } = {},
  ) {
    super(said)
    this.name = 'ChatFault'
    this.kind = kind
    this.said = said
    this.status = more.status
    this.retryAfter = more.retryAfter
    this.usage = more.usage
  }
}

/** Characters of a token, on the safe side for programs. */
const CHARACTERS = 3
export const tokensOf = (text: string): number => Math.ceil(text.length / CHARACTERS)
export const tokensOfAll = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { content }) => sum + tokensOf(content), 0)
