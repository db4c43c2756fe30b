/** A tokenizer of SigLIP's kind: pieces by their likelihood, lower case without punctuation, an end and no start. */

const PIECES = ['<pad>', '</s>', '<unk>', '▁a', '▁red', '▁robot', '▁kneeling', '▁cube', '▁']

export const siglipTokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [0, 1, 2].map(id => ({
    id,
    content: PIECES[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Lowercase' },
      {
        type: 'Replace',
        pattern: { Regex: '[!"\\#\\$%\\&\'\\(\\)\\*\\+,\\-\\.:;=\\?@\\[\\]\\^_`\\{\\|\\}\\~]' },
        content: '',
      },
      { type: 'Strip', strip_left: true, strip_right: true },
    ],
  },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [],
    special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
  },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: { type: 'Unigram', unk_id: 2, vocab: PIECES.map((piece, i) => [piece, -i]), byte_fallback: false },
}

export const SIGLIP_WORDS = PIECES.length
