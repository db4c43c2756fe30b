/**
 * From a reward program's files to one module. A program may import 'carrot-rl' and files beside it; the files are
 * inlined as data: URLs, so what runs is one text. The module loader then gives every changed text a fresh instance, and
 * the page can import the very same text.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CarrotError, type SourcePosition } from './core/errors.ts'
import { blankLiterals, positionAt, topLevelVariable } from './sourceText.ts'

/** What programs import the library by. */
export const LIBRARY = 'carrot-rl'
export const LIBRARY_NAMES = [LIBRARY, `${LIBRARY}/reward`]
/** What programs of the library import it by. */
const FROM_WITHIN = '../library.ts'
/** Where those lie: beside this file's folder in a checkout; in a package this file is compiled, and they are one further up. */
const BUILT_IN = ['../rewards', '../../rewards'].flatMap(rewards =>
  ['programs', 'experts'].map(folder => fileURLToPath(new URL(`${rewards}/${folder}`, import.meta.url))),
)

interface ImportSite {
  readonly specifier: string
  /** Of the specifier, without its quotes, in `js`. */
  readonly start: number
  /** File it names, or the URL that holds its text; undefined for the library. */
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
export const readGraph = (entry: string): SourceGraph => graphFrom(entry, readText)

/** A source that is not on disk; of files it has those alone that are inlined in it. Throws as `readGraph`. */
export const textGraph = (name: string, source: string): SourceGraph =>
  graphFrom(name, path => {
    if (path === name) return source
    if (isInlined(path)) return readText(path)
    throw wrong(
      `It imports ${path}, and is a text that has no files beside it.`,
      `It may import '${LIBRARY}' alone.`,
      {
        file: name,
      },
    )
  })

function graphFrom(entry: string, textOf: (path: string) => string): SourceGraph {
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
    const file = parse(path, textOf(path))
    graph.set(path, file)
    for (const { file: imported } of file.imports)
      if (imported !== undefined) visit(imported, [...chain, path])
  }
  visit(entry, [])
  return graph
}

/** The file of a built-in program. */
export function builtInFile(id: string): string {
  const name = id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return BUILT_IN.map(folder => join(folder, `${name}.ts`)).find(existsSync) as string
}

/** The graph's files on disk. */
export const filesOf = (graph: SourceGraph): string[] => [...graph.keys()].filter(path => !isInlined(path))

/** SHA-256 of the entry and, with their relative paths, of what it imports; hex. */
export function hashOf(graph: SourceGraph): string {
  const [entry, ...imported] = graph.values()
  const hash = createHash('sha256').update(entry.source)
  for (const { path, source } of imported) {
    // Its text is in the importer's.
    if (isInlined(path)) continue
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
      js += target === undefined ? library : dataUrl(text(target))
      from = site.start + site.specifier.length
    }
    js += file.js.slice(from)
    if (named && !isInlined(file.path)) js += `\n//# sourceURL=${pathToFileURL(file.path)}`
    linked.set(file.path, js)
    return js
  }
  const [entry] = graph.values()
  return text(entry)
}

const INLINED = 'data:text/javascript;charset=utf-8,'
export const dataUrl = (js: string): string => `${INLINED}${encodeURIComponent(js).replaceAll("'", '%27')}`
/** Is the text itself: a file that `link` inlined before the program was stored. */
const isInlined = (path: string): boolean => path.startsWith(INLINED)

function readText(path: string): string {
  if (isInlined(path)) return decodeURIComponent(path.slice(INLINED.length))
  try {
    if (!statSync(path).isFile()) throw wrong(`${path} is not a file.`, 'Give the path of a .ts or .js file.')
    const text = readFileSync(path, 'utf8')
    // One of the library is read as a user would write it.
    return BUILT_IN.includes(dirname(path)) ? text.replace(`'${FROM_WITHIN}'`, `'${LIBRARY}'`) : text
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
  const js = isInlined(path) ? source : stripTypes(path, source)
  const code = blankLiterals(js)
  const dynamic = /(?<![\w$.])import\s*\(/.exec(code)
  if (dynamic !== null) {
    throw wrong(
      'A reward program imports at the top of the file only.',
      `Write import { … } from '…' instead of import(…).`,
      positionAt(path, js, dynamic.index),
    )
  }
  const variable = topLevelVariable(code)
  if (variable !== undefined) {
    throw wrong(
      'A reward program keeps no variable outside its terms: all environments and episodes would share it.',
      'Write const for what never changes; a term remembers with memory: { count: 1 } and value: (s, memory) => ….',
      positionAt(path, js, variable),
    )
  }
  return { path, source, js, imports: [...importSites(path, js, code)] }
}

/** Up to the specifier; names and keywords only, so that no other statement fits. */
const IMPORT =
  /(?<![\w$.])(?:import|export)\b\s*(?:[\w$\s,*]*(?:\{[^{}]*\})?\s*\bfrom\s*)?(?<quoted>"[^"\n]*"|'[^'\n]*')/g

function* importSites(path: string, js: string, code: string): Generator<ImportSite> {
  for (const match of code.matchAll(IMPORT)) {
    const end = match.index + match[0].length - 1
    const start = match.index + match[0].length - (match.groups?.quoted.length ?? 0) + 1
    const specifier = js.slice(start, end)
    if (LIBRARY_NAMES.includes(specifier)) yield { specifier, start }
    else if (isInlined(specifier)) yield { specifier, start, file: specifier }
    else yield { specifier, start, file: fileToImport(path, specifier, positionAt(path, js, start)) }
  }
}

/** Throws CarrotError 'bad-reward' for anything but a file that is there. */
function fileToImport(importer: string, specifier: string, at: SourcePosition): string {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) {
    throw wrong(
      `A reward program cannot import '${specifier}'.`,
      `It also runs in the page, so it may import '${LIBRARY}' and files of its own only.`,
      at,
    )
  }
  const file = specifier.startsWith('file:')
    ? fileURLToPath(specifier)
    : resolve(dirname(importer), specifier)
  if (isFile(file)) return file
  const ending = ['.ts', '.js'].find(ending => isFile(file + ending))
  const elsewhere =
    specifier === FROM_WITHIN ? `In a copy of a built-in program, write '${LIBRARY}'.` : 'Check the path.'
  throw wrong(
    `There is no file ${file} to import.`,
    ending === undefined ? elsewhere : `Write the ending too: '${specifier}${ending}'.`,
    at,
  )
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

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
    // Else it is no mistake that was found in the text: what erases types has run out of its stack.
    if (!/^ERR_\w+_TYPESCRIPT_SYNTAX$/.test((error as NodeJS.ErrnoException).code ?? '')) {
      throw wrong(`${basename(path)} nests too deep to be read.`, 'Simplify it.', { file: path })
    }
    const [, line, shown] = /^:(\d+)\n(?:.*\n)+?([ \t]*)\^+\n/.exec(stack) ?? []
    throw wrong(
      `${basename(path)} is not valid TypeScript: ${message.replace(/\.? Expected .*/s, '')}.`,
      'Correct it; only types that can be erased are understood (no enum, no namespace).',
      // No line is shown where the text ends too soon.
      line === undefined
        ? positionAt(path, source, source.trimEnd().length)
        : { file: path, line: Number(line), column: shown.length + 1 },
    )
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The innermost frame of an error's stack that lies in one of the files. */
export function positionInStack(error: unknown, files: Iterable<string>): SourcePosition | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const urls = new Map([...files].map(file => [pathToFileURL(file).href, file]))
  // A frame names the module as `link` did, or, where stacks are rewritten, by the data: URL that ends in that name.
  for (const [, url, line, column] of stack.matchAll(/(file(?::|%3A)[^\s()]+?):(\d+):(\d+)/g)) {
    const file = urls.get(url.startsWith('file:') ? url : decodeURIComponent(url))
    if (file !== undefined) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}
