/**
 * Words to numbers. The vocabulary is every word of the captions, with the ends that words take, so that 'kneels' is
 * 'kneel' and 's' where it is not a word of its own; written as a WordPiece tokenizer in the format of Hugging Face's
 * tokenizers.
 */
import { splitWords } from './captions.ts'

export const PAD = '[PAD]'
export const UNKNOWN = '[UNK]'
/** What may follow the stem of a word. */
const ENDS = ['s', 'es', 'ed', 'd', 'ing', 'er', 'ly', 'en', 'n', 'y']

export class Tokenizer {
  readonly vocabulary: readonly string[]
  /** Tokens of a text; shorter ones are filled up, longer ones cut off. */
  readonly length: number
  private readonly ids: ReadonlyMap<string, number>
  private readonly known = new Map<string, readonly number[]>()

  constructor(vocabulary: readonly string[], length: number) {
    this.vocabulary = vocabulary
    this.length = length
    this.ids = new Map(vocabulary.map((token, id) => [token, id]))
  }

  static of(words: readonly string[], length: number): Tokenizer {
    const stems = words.flatMap(word =>
      ENDS.filter(end => word.endsWith(end) && word.length - end.length > 3).map(end =>
        word.slice(0, -end.length),
      ),
    )
    const tokens = new Set([PAD, UNKNOWN, ...words, ...stems.sort(), ...ENDS.map(end => `##${end}`)])
    return new Tokenizer([...tokens], length)
  }

  /** Into `out` [length] from `at`. */
  encode(text: string, out: Float32Array, at = 0): void {
    const ids = splitWords(text).flatMap(word => this.pieces(word))
    for (let i = 0; i < this.length; i++) out[at + i] = ids[i] ?? 0
  }

  /** The longest beginning that is known, then the longest of what is left. */
  private pieces(word: string): readonly number[] {
    const known = this.known.get(word)
    if (known !== undefined) return known
    const pieces: number[] = []
    for (let start = 0; start < word.length; ) {
      let end = word.length
      while (end > start && !this.ids.has(piece(word, start, end))) end--
      if (end === start) {
        pieces.splice(0, pieces.length, this.ids.get(UNKNOWN)!)
        break
      }
      pieces.push(this.ids.get(piece(word, start, end))!)
      start = end
    }
    this.known.set(word, pieces)
    return pieces
  }

  /** tokenizer.json */
  file(): object {
    const special = [PAD, UNKNOWN].map(content => ({
      id: this.ids.get(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }))
    return {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: special,
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: UNKNOWN,
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(this.ids),
      },
    }
  }
}

const piece = (word: string, start: number, end: number): string =>
  (start > 0 ? '##' : '') + word.slice(start, end)
