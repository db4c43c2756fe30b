/** Texts to the numbers that a text network takes, as tokenizer.json says. */
import { Tokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { CarrotError } from '../core/errors.ts'
import { type ModelFolder, readJson, readJsonIfThere } from './folder.ts'

/** Rows of equal length. */
export interface Tokens {
  readonly count: number
  readonly length: number
  /** [count, length] */
  readonly ids: Int32Array
  /** [count, length], 1 where a text is and 0 where it was filled up. */
  readonly mask: Int32Array
}

const tokenName = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])

const tokenizerConfigSchema = z.looseObject({ pad_token: tokenName.nullish() })

/** What is read here of tokenizer.json; the rest is the library's. */
const tokenizerSchema = z.looseObject({
  model: z.looseObject({ type: z.enum(['BPE', 'WordPiece', 'Unigram']).optional() }),
  padding: z
    .looseObject({
      strategy: z.union([z.literal('BatchLongest'), z.object({ Fixed: z.number().int().positive() })]),
      pad_id: z.number().int().nonnegative(),
    })
    .nullish(),
})

export class TextReader {
  private readonly tokenizer: Tokenizer
  private readonly longest: number
  private readonly full: boolean
  private readonly pad: number
  private readonly lowercase: boolean
  /** Numbers that stand before and after every text. */
  private readonly before: readonly number[]
  private readonly after: readonly number[]

  /** `fixed`: length that the network takes, where it takes no other. Throws CarrotError 'bad-file' naming the file. */
  constructor({ folder, text }: Pick<ModelFolder, 'folder' | 'text'>, fixed?: number) {
    const file = `${folder}/tokenizer.json`
    const json = readJson(folder, 'tokenizer.json', tokenizerSchema)
    const config = readJsonIfThere(folder, 'tokenizer_config.json', tokenizerConfigSchema) ?? {}
    this.tokenizer = made(file, () => new Tokenizer(json, config))
    const strategy = json.padding?.strategy
    const filled = typeof strategy === 'object' ? strategy.Fixed : undefined
    this.longest = fixed ?? filled ?? text.longest
    this.full = fixed !== undefined || filled !== undefined || text.full
    this.lowercase = text.lowercase
    const named =
      typeof config.pad_token === 'string' ? this.tokenizer.token_to_id(config.pad_token) : undefined
    this.pad = named ?? json.padding?.pad_id ?? text.pad ?? 0
    const bare = made(file, () => this.numbers('a', false))
    const whole = this.numbers('a', true)
    const start = whole.findIndex((_, i) => bare.every((id, k) => whole[i + k] === id))
    if (bare.length === 0 || start < 0) throw unusable(file, 'it makes nothing of the word "a"')
    this.before = whole.slice(0, start)
    this.after = whole.slice(start + bare.length)
    if (this.longest <= this.before.length + this.after.length) {
      throw unusable(file, `texts of ${this.longest} numbers have no room for a word`)
    }
  }

  /** Texts that are too long are cut, and keep what stands after every text. */
  read(texts: readonly string[]): Tokens {
    const room = this.longest - this.before.length - this.after.length
    const rows = texts.map(text => [
      ...this.before,
      ...this.numbers(text, false).slice(0, room),
      ...this.after,
    ])
    const length = this.full ? this.longest : Math.max(1, ...rows.map(row => row.length))
    const ids = new Int32Array(rows.length * length).fill(this.pad)
    const mask = new Int32Array(ids.length)
    rows.forEach((row, i) => {
      ids.set(row, i * length)
      mask.fill(1, i * length, i * length + row.length)
    })
    return { count: rows.length, length, ids, mask }
  }

  private numbers(text: string, special: boolean): number[] {
    const shown = this.lowercase ? text.toLowerCase() : text
    return this.tokenizer.encode(shown, { add_special_tokens: special }).ids.map(Number)
  }
}

function made<T>(file: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw unusable(file, (error as Error).message)
  }
}

const unusable = (file: string, why: string): CarrotError =>
  new CarrotError(
    'bad-file',
    `${file} is no tokenizer that can be used: ${why}.`,
    'Fetch it again; only tokenizer.json files of Hugging Face’s tokenizers (BPE, WordPiece, Unigram) are read.',
  )
