/** The words of a text that a model of few words does not know. */

/** As tokenizers split: at spaces and punctuation. */
const WORD = /[\p{L}\p{N}]+/gu
/** Adds nothing that a picture could show. */
const POSSESSIVE = /['’]s\b/gu

/** In the order of the text, in lower case, each once. */
export function wordsOutside(lexicon: ReadonlySet<string>, text: string): string[] {
  const words = text.toLowerCase().replace(POSSESSIVE, '').match(WORD) ?? []
  return [...new Set(words)].filter(word => !lexicon.has(word))
}
