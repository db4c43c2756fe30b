/** The words of a text that a model of few words does not know. */

/** Letters, and apostrophes within a word; numbers are words, too. */
const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu

/** In the order of the text, in lower case, each once. */
export function wordsOutside(lexicon: ReadonlySet<string>, text: string): string[] {
  const words = text.toLowerCase().match(WORD) ?? []
  return [...new Set(words)].filter(word => !lexicon.has(word))
}
