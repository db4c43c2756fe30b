/** Caps on what a run may ask of a language model. What could break a cap is not asked. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { CarrotError } from '../core/errors.ts'
import type { Usage } from './chat.ts'
import type { Endpoint } from './endpoint.ts'

/** US dollars for a million tokens. */
export interface Price {
  readonly read: number
  readonly written: number
}

let known: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> | undefined

/** Of `prices.yaml`; what runs on the user's machine costs nothing. Undefined when it is not known. */
export function priceOf({ provider, model, local }: Endpoint): Price | undefined {
  if (local) return { read: 0, written: 0 }
  known ??= parse(readFileSync(new URL('prices.yaml', import.meta.url), 'utf8'))
  const undated = model.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')
  const found = known?.[provider]?.[undated]
  return found === undefined ? undefined : { read: found[0], written: found[1] }
}

export interface Caps {
  /** Tokens read and written in all. */
  readonly maxTokens: number
  /** US dollars in all; it needs a price. */
  readonly maxCost?: number
}

/** Tokens of one answer at most. */
const LONGEST_ANSWER = 16_000
/** An answer that may not be as long as this is not worth asking for. */
const SHORTEST_ANSWER = 1000

/** Room for one answer. Settle it exactly once. */
export interface Ticket {
  readonly maxOutputTokens: number
  settle(usage: Usage): void
}

export class Budget {
  readonly caps: Caps
  readonly price: Price | undefined
  private read = 0
  private written = 0
  /** Tokens that answers under way may still take. */
  private reserved = { read: 0, written: 0 }
  private asked = 0

  /** `spent`: what counts against the caps already. Throws CarrotError 'bad-argument' for a cap on cost without a price. */
  constructor(caps: Caps, price: Price | undefined, model: string, spent: readonly Usage[] = []) {
    if (caps.maxCost !== undefined && price === undefined) {
      throw new CarrotError(
        'bad-argument',
        `The price of ${model} is not known, so --max-cost cannot be kept.`,
        'Say what it costs, in dollars for a million tokens read and written, e.g. --llm-price 0.5,2; or cap its tokens with --max-tokens.',
      )
    }
    this.caps = caps
    this.price = price
    for (const usage of spent) this.add(usage)
  }

  get tokens(): number {
    return this.read + this.written
  }
  /** US dollars; undefined where the price is not known. */
  get cost(): number | undefined {
    return this.price && costOf(this.price, this.read, this.written)
  }

  /** Makes room for a question of so many tokens. Throws CarrotError 'over-budget' when its answer could break a cap. */
  reserve(input: number): Ticket {
    const { maxTokens, maxCost = Number.POSITIVE_INFINITY } = this.caps
    const { read, written } = this.reserved
    const tokensLeft = maxTokens - this.tokens - read - written - input
    const price = this.price ?? { read: 0, written: 0 }
    const moneyLeft = maxCost - costOf(price, this.read + read + input, this.written + written)
    const affordable =
      price.written === 0 ? (moneyLeft >= 0 ? LONGEST_ANSWER : 0) : (moneyLeft / price.written) * 1e6
    const maxOutputTokens = Math.floor(Math.min(LONGEST_ANSWER, tokensLeft, affordable))
    if (maxOutputTokens < SHORTEST_ANSWER) throw this.exceeded(input, tokensLeft <= affordable)
    this.reserved.read += input
    this.reserved.written += maxOutputTokens
    let open = true
    return {
      maxOutputTokens,
      settle: usage => {
        if (!open) return
        open = false
        this.reserved.read -= input
        this.reserved.written -= maxOutputTokens
        this.add(usage)
      },
    }
  }

  private add({ input, output }: Usage): void {
    this.read += input
    this.written += output
    this.asked++
  }

  private exceeded(input: number, isTokens: boolean): CarrotError {
    const { maxTokens, maxCost } = this.caps
    return new CarrotError(
      'over-budget',
      `${isTokens ? `The cap of ${maxTokens} tokens` : `The cap of ${maxCost} dollars`} would be broken: ${this.spent()}, and the next question takes about ${input} tokens and its answer at least ${SHORTEST_ANSWER}.`,
      `Raise ${isTokens ? '--max-tokens' : '--max-cost'} and give the same command again: answers already paid for are kept and cost nothing.`,
    )
  }

  /** "3 answers, 12345 tokens, 0.0412 dollars". */
  spent(): string {
    const { cost, asked } = this
    const money = cost === undefined ? ' (price not known)' : `, ${Number(cost.toPrecision(3))} dollars`
    return `${asked} answer${asked === 1 ? '' : 's'}, ${this.tokens} tokens${money}`
  }
}

const costOf = ({ read, written }: Price, input: number, output: number): number =>
  (read * input + written * output) / 1e6
