/**
 * Just enough of JavaScript's lexical grammar to look for words in code: comments, and the insides of strings, templates
 * and regular expressions, are turned into blanks. Every other character stays where it was, so offsets hold.
 */
import type { SourcePosition } from './core/errors.ts'

/** Comments turned into blanks; strings are kept. */
export const blankComments = (text: string): string =>
  [...pieces(text)].map(({ kind, text }) => (kind === 'comment' ? blanks(text) : text)).join('')

/** Also what stands inside strings, templates and regular expressions; their delimiters are kept. */
export const blankLiterals = (text: string): string =>
  [...pieces(text)]
    .map(({ kind, text }) => {
      if (kind === 'code' || text.length < 2) return text
      return kind === 'comment' ? blanks(text) : text[0] + blanks(text.slice(1, -1)) + text.at(-1)
    })
    .join('')

const blanks = (text: string): string => text.replace(/[^\n]/g, ' ')

interface Piece {
  readonly kind: 'code' | 'comment' | 'literal'
  readonly text: string
}

const SPACE = /\s+/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const STRING = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y
/** A template up to its end or to an expression in it, and from the end of that expression on. */
const TEMPLATE = /`(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y
const TEMPLATE_REST = /\}(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y
const TOKEN = /[\p{L}\p{N}_$]+|[\s\S]/uy
/** After these a slash begins a regular expression; after other words, numbers and closing brackets it divides. */
const BEFORE_REGEX = /^(?:|return|typeof|case|in|of|do|else|void|delete|throw|[^\p{L}\p{N}_$)\]}])$/u

function* pieces(text: string): Generator<Piece> {
  let at = 0
  /** The last token that is neither blank nor comment; a literal counts as a closing bracket. */
  let last = ''
  /** Of every template expression we are inside, how many braces are open in it. */
  const open: number[] = []
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  while (at < text.length) {
    const comment = take(COMMENT)
    const aside = comment || take(SPACE)
    if (aside !== '') {
      yield { kind: comment ? 'comment' : 'code', text: aside }
      continue
    }
    const rest = open.at(-1) === 0 ? take(TEMPLATE_REST) : ''
    const template = rest || take(TEMPLATE)
    if (rest !== '') open.pop()
    if (template.endsWith('${')) open.push(0)
    const literal = template || take(STRING) || (BEFORE_REGEX.test(last) ? take(REGEX) : '')
    const token = literal || take(TOKEN)
    if (open.length > 0 && token === '{') open[open.length - 1]++
    if (open.length > 0 && token === '}') open[open.length - 1]--
    last = literal === '' ? token : template.endsWith('${') ? '(' : ')'
    yield { kind: literal === '' ? 'code' : 'literal', text: token }
  }
}

/** Offset of the first variable that a module keeps at its top level (`let` or `var`), in code without literals. */
export function topLevelVariable(code: string): number | undefined {
  let depth = 0
  for (const { 0: token, index } of code.matchAll(/[([{]|[)\]}]|(?<![\w$.])(?:let|var)(?![\w$])/g)) {
    if (/[([{]/.test(token)) depth++
    else if (/[)\]}]/.test(token)) depth--
    else if (depth === 0) return index
  }
  return undefined
}

/** Line and column of an offset, from 1. */
export function positionAt(file: string, text: string, offset: number): SourcePosition {
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: before[before.length - 1].length + 1 }
}

/** Where `key:` stands in the object `block: { … }` of a source; undefined when it is written another way. */
export function positionOfKey(
  file: string,
  source: string,
  block: string,
  key: string,
): SourcePosition | undefined {
  const code = blankComments(source)
  const opening = new RegExp(`\\b${block}\\s*:\\s*\\{`).exec(code)
  const from = opening === null ? 0 : opening.index + opening[0].length
  const found = new RegExp(`(?<![\\w$.])(['"]?)${escapeRegExp(key)}\\1\\s*[:(]`).exec(code.slice(from))
  return found === null ? undefined : positionAt(file, code, from + found.index)
}

/** Where a function of that name stands in an object; else, where the word does. */
export function positionOfFunction(file: string, source: string, name: string): SourcePosition | undefined {
  const form = new RegExp(
    `(?<![\\w$.])${escapeRegExp(name)}\\s*(?:\\(|:\\s*(?:\\(|function\\b|[\\w$]+\\s*=>))`,
  )
  const found = form.exec(blankComments(source))
  return found === null ? positionOfWord(file, source, name) : positionAt(file, source, found.index)
}

/** Where a word first stands in the code. */
export function positionOfWord(file: string, source: string, word: string): SourcePosition | undefined {
  const found = new RegExp(`(?<![\\w$])${escapeRegExp(word)}(?![\\w$])`).exec(blankComments(source))
  return found === null ? undefined : positionAt(file, source, found.index)
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
