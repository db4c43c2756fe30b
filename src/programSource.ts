/**
 * From a reward program's files to one module. A program may import 'carrot-rl' and files beside it; the files are
 * inlined as data: URLs, so what runs is one text. The module loader then gives every changed text a fresh instance, and
 * the page can import the very same text.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CarrotError, type SourcePosition } from './core/errors.ts'

/** What programs import the library by. */
export const LIBRARY = 'carrot-rl'
const LIBRARY_NAMES = [LIBRARY, `${LIBRARY}/reward`]

interface ImportSite {
  readonly specifier: string
  /** Of the specifier, without its quotes, in `js`. */
  readonly start: number
  /** File it names; undefined for the library and for text that is inlined already. */
  readonly file?: string
}

interface SourceFile {
  readonly path: string
  readonly source: string
  /** The source without types, every character where it was. */
  readonly js: string
  readonly imports: readonly ImportSite[]
}

/** A program's file and those it imports, entry first. */
export type SourceGraph = ReadonlyMap<string, SourceFile>

const wrong = (message: string, hint: string, at?: SourcePosition) =>
  new CarrotError('bad-reward', message, hint, at)

/** Reads a program and all it imports. Throws CarrotError 'bad-reward' with the position of what is wrong. */
export function readGraph(entry: string): SourceGraph {
  const graph = new Map<string, SourceFile>()
  const visit = (path: string, chain: readonly string[]): void => {
    if (chain.includes(path)) {
      throw wrong(
        `${[...chain, path].map(file => relative(dirname(entry), file)).join(' imports ')}: a circle.`,
        'Move what both need into a third file.',
        { file: path },
      )
    }
    if (graph.has(path)) return
    const file = parse(path, readText(path))
    graph.set(path, file)
    for (const { file: imported } of file.imports)
      if (imported !== undefined) visit(imported, [...chain, path])
  }
  visit(entry, [])
  return graph
}

/** A source that is not on disk. */
export const textGraph = (name: string, source: string): SourceGraph => new Map([[name, parse(name, source)]])

/** SHA-256 of the entry and, with their relative paths, of what it imports; hex. */
export function hashOf(graph: SourceGraph): string {
  const [entry, ...imported] = graph.values()
  const hash = createHash('sha256').update(entry.source)
  for (const { path, source } of imported) {
    const name = relative(dirname(entry.path), path).split(sep).join('/')
    hash.update(`\0${name}\0${source}`)
  }
  return hash.digest('hex')
}

/**
 * One JavaScript module. `library` replaces the specifier 'carrot-rl'; `named` adds the file names that errors then show.
 */
export function link(graph: SourceGraph, library: string, named: boolean): string {
  const linked = new Map<string, string>()
  const text = (file: SourceFile): string => {
    const known = linked.get(file.path)
    if (known !== undefined) return known
    let js = ''
    let from = 0
    for (const site of file.imports) {
      const target = site.file === undefined ? undefined : graph.get(site.file)
      js += file.js.slice(from, site.start)
      js += target === undefined ? libraryOr(site.specifier, library) : dataUrl(text(target))
      from = site.start + site.specifier.length
    }
    js += file.js.slice(from)
    if (named) js += `\n//# sourceURL=${pathToFileURL(file.path)}`
    linked.set(file.path, js)
    return js
  }
  const [entry] = graph.values()
  return text(entry)
}

const libraryOr = (specifier: string, library: string) =>
  LIBRARY_NAMES.includes(specifier) ? library : specifier

export const dataUrl = (js: string): string =>
  `data:text/javascript;charset=utf-8,${encodeURIComponent(js).replaceAll("'", '%27')}`

function readText(path: string): string {
  try {
    if (!statSync(path).isFile()) throw wrong(`${path} is not a file.`, 'Give the path of a .ts or .js file.')
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof CarrotError) throw error
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw wrong(
      missing ? `There is no file ${path}.` : `${path} cannot be read: ${(error as Error).message}.`,
      missing
        ? 'Check the path; `carrot new reward <name> --env <env>` writes a first program.'
        : 'Check its permissions.',
      { file: path },
    )
  }
}

function parse(path: string, source: string): SourceFile {
  const js = stripTypes(path, source)
  const code = blankComments(js)
  const dynamic = /\bimport\s*\(/.exec(code)
  if (dynamic !== null) {
    throw wrong(
      'A reward program imports at the top of the file only.',
      `Write import { … } from '…' instead of import(…).`,
      positionAt(path, js, dynamic.index),
    )
  }
  return { path, source, js, imports: [...importSites(path, code)] }
}

const IMPORT = /(?:^|[;}])\s*(?:import|export)\b\s*(?:[\w$\s{},*]*?\bfrom\b\s*)?(["'])([^"'\n]+)\1/gm

function* importSites(path: string, code: string): Generator<ImportSite> {
  for (const match of code.matchAll(IMPORT)) {
    const specifier = match[2]
    const start = match.index + match[0].length - specifier.length - 1
    if (LIBRARY_NAMES.includes(specifier) || specifier.startsWith('data:')) {
      yield { specifier, start }
      continue
    }
    const at = positionAt(path, code, start)
    if (!/^(\.{0,2}\/|file:)/.test(specifier)) {
      throw wrong(
        `A reward program cannot import '${specifier}'.`,
        `It also runs in the page, so it may import '${LIBRARY}' and files of its own only.`,
        at,
      )
    }
    const file = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(path), specifier)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      const guess = ['.ts', '.js'].find(ending =>
        statSync(file + ending, { throwIfNoEntry: false })?.isFile(),
      )
      throw wrong(
        `There is no file ${file} to import.`,
        guess === undefined ? 'Check the path.' : `Write the ending too: '${specifier}${guess}'.`,
        at,
      )
    }
    yield { specifier, start, file }
  }
}

/** TypeScript to JavaScript, types turned into blanks. JavaScript is checked for its syntax on the same way. */
function stripTypes(path: string, source: string): string {
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(path))) {
    throw wrong(`${path} is not a reward program.`, 'Give a .ts or .js file.', { file: path })
  }
  const { emitWarning } = process
  try {
    // The function warns once that it may change; the warning would stand above every table we print.
    process.emitWarning = () => undefined
    return stripTypeScriptTypes(source)
  } catch (error) {
    // The stack begins with ":<line>", the text up to that line and a caret under the column.
    const { message, stack = '' } = error as Error
    const [, line, shown] = /^:(\d+)\n(?:.*\n)+?([ \t]*)\^+\n/.exec(stack) ?? []
    throw wrong(
      `${basename(path)} is not valid TypeScript: ${message.replace(/\.? Expected .*/s, '')}.`,
      'Correct it; only types that can be erased are understood (no enum, no namespace).',
      line === undefined ? { file: path } : { file: path, line: Number(line), column: shown.length + 1 },
    )
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Comments turned into blanks, all else where it was; strings are kept. */
export function blankComments(code: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return code.replace(token, found => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found))
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

/** Where a word first stands in the code. */
export function positionOfWord(file: string, source: string, word: string): SourcePosition | undefined {
  const found = new RegExp(`(?<![\\w$])${escapeRegExp(word)}(?![\\w$])`).exec(blankComments(source))
  return found === null ? undefined : positionAt(file, source, found.index)
}

/** The innermost frame of an error's stack that lies in one of the files. */
export function positionInStack(error: unknown, files: Iterable<string>): SourcePosition | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const urls = new Map([...files].map(file => [pathToFileURL(file).href, file]))
  for (const [, url, line, column] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+):(\d+)/g)) {
    const file = urls.get(url)
    if (file !== undefined) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
