/**
 * From a program's module to the text that the compartment runs: only what the dialect has, and a meter at every place
 * that takes time or memory. Nothing is moved: what is put in is known by its offset, so that errors are shown where they
 * stand in the program.
 */
import { type AnyNode, type Comment, type Program, parse, type Token } from 'acorn'
import type { SourcePosition } from '../core/errors.ts'
import { isLibrary } from './dialect.ts'
import { blanks, Edits } from './edits.ts'
import { Metering } from './metering.ts'
import { Refusal } from './refusal.ts'
import { INLINED, importsOf, positionIn, Rules } from './rules.ts'
import { moduleScope } from './scopes.ts'

/** A text that evaluates to a function of the library and the helpers of `meter.ts`; it returns the default export. */
export interface Compiled {
  readonly script: string
  /** Where a place of the script, counted from 1, stands in the program's own file; undefined for another place. */
  locate(line: number, column: number): SourcePosition | undefined
}

/** Characters. A program is a page of text. */
export const LONGEST_PROGRAM = 200_000

/** Names that the script hands in; no program can have names that begin so. */
export const HELPERS = [
  '$_meter',
  '$_out',
  '$_many',
  '$_names',
  '$_plus',
  '$_key',
  '$_size',
  '$_held',
  '$_lost',
  '$_keep',
]

/** Free names become locals: looked up in the compartment each time, they take twenty times as long. */
const PRELUDE = `(($_library,$_helpers)=>{'use strict';\
const {Math,Object,Array,Number,Boolean,String,Error,RangeError,TypeError,isFinite,isNaN}=globalThis;\
const undefined=void 0,NaN=0/0,Infinity=1/0;const {${HELPERS.join(',')}}=$_helpers;`

/**
 * `module` imports the library, whose names are `library`, and files inlined as data: URLs. Throws `Refusal`, its `also`
 * holding what else is wrong.
 */
export function compile(module: string, library: readonly string[]): Compiled {
  if (module.length > LONGEST_PROGRAM) {
    throw new Refusal(
      'definition',
      `The program has ${module.length} characters.`,
      `The most is ${LONGEST_PROGRAM}.`,
    )
  }
  const done = new Map<string, string>()
  const parts: string[] = []
  /** Compiles a module and those it imports, deepest first; gives the name its exports have. */
  const add = (text: string): { readonly name: string; readonly edits: Edits } => {
    const edits = compileModule(text, library, source => {
      const inlined = decodeURIComponent(source.slice(INLINED.length))
      const name = done.get(inlined) ?? add(inlined).name
      done.set(inlined, name)
      return name
    })
    const name = `$_m${parts.length}`
    parts.push(`const ${name}=(()=>{${edits.text}\n})();\n`)
    return { name, edits }
  }
  const { name, edits } = add(module)
  const own = parts.pop() as string
  const head = `${PRELUDE}\n${parts.join('')}`
  const from = head.length + own.indexOf('{') + 1
  const script = `${head}${own}return ${name}.default})`
  const starts = lineStarts(script)
  return {
    script,
    locate(line, column) {
      const offset = (starts[line - 1] ?? Number.NaN) + column - 1 - from
      if (!(offset >= 0 && offset <= edits.text.length)) return undefined
      return positionIn(module, edits.sourceOffset(offset))
    },
  }
}

/** Offsets at which lines begin. */
const lineStarts = (text: string): number[] => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]

interface Parsed {
  readonly program: Program
  readonly tokens: readonly Token[]
  /** Comments are blanks. */
  readonly text: string
}

function compileModule(
  source: string,
  library: readonly string[],
  inlined: (source: string) => string,
): Edits {
  const parsed = parseModule(source)
  const { program, text } = parsed
  const scope = moduleScope(program)
  const rules = new Rules(text, library)
  rules.check(program, scope)
  const [first, ...also] = rules.refusals
  if (first !== undefined) throw new Refusal(first.kind, first.message, first.hint, first.at, also)
  const edits = new Edits(text)
  link(parsed, edits, inlined)
  new Metering(edits, text).meter(program, scope)
  // What a top-level name holds is held by all environments: it must not change any more.
  const kept = [...scope.names.values()].filter(({ kind }) => kind !== 'import').map(({ name }) => name)
  edits.append(`\n$_keep([${['$_x', ...kept].join(',')}]);return $_x`)
  disguise(parsed, edits)
  return edits
}

function parseModule(source: string): Parsed {
  const comments: Comment[] = []
  const tokens: Token[] = []
  try {
    const program = parse(source, {
      ecmaVersion: 2024,
      sourceType: 'module',
      allowHashBang: false,
      onComment: comments,
      onToken: tokens,
    })
    let text = ''
    let from = 0
    for (const { start, end } of comments) {
      text += source.slice(from, start) + blanks(source.slice(start, end))
      from = end
    }
    return { program, tokens, text: text + source.slice(from) }
  } catch (error) {
    const { message, pos } = error as Error & { pos?: number }
    throw new Refusal(
      'syntax',
      `It is not valid JavaScript: ${message.replace(/ \(\d+:\d+\)$/, '')}.`,
      'Correct it.',
      pos === undefined ? undefined : positionIn(source, pos),
    )
  }
}

/** Imports become constants in front of all; exports become properties of `$_x`. */
function link({ program, tokens }: Parsed, edits: Edits, inlined: (source: string) => string): void {
  edits.prepend('const $_x={};')
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      const source = String(node.source.value)
      const names = importsOf(node).map(({ imported, local }) => `${imported}:${local}`)
      edits.prepend(`const {${names.join(',')}}=${isLibrary(source) ? '$_library' : inlined(source)};`)
      edits.blank(node.start, node.end)
    } else if (node.type === 'ExportNamedDeclaration') {
      edits.blank(node.start, node.declaration?.start ?? node.end)
      for (const { name, as } of exportsOf(node)) edits.append(`\n$_x.${as}=${name};`)
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node
      const word = tokens.find(({ start, type }) => start > node.start && type.keyword === 'default') as Token
      if (declaration.type === 'FunctionDeclaration' && declaration.id) {
        edits.blank(node.start, word.end)
        edits.append(`\n$_x.default=${declaration.id.name};`)
      } else {
        edits.replace(node.start, word.end, '$_x.default=')
        edits.close(node.end, ';')
      }
    }
  }
}

function exportsOf(node: AnyNode & { type: 'ExportNamedDeclaration' }): { name: string; as: string }[] {
  const { declaration } = node
  if (declaration?.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [{ name: id.name, as: id.name }] : [],
    )
  }
  if (declaration) return declaration.id ? [{ name: declaration.id.name, as: declaration.id.name }] : []
  return node.specifiers.flatMap(({ local, exported }) =>
    local.type === 'Identifier' && exported.type === 'Identifier'
      ? [{ name: local.name, as: exported.name }]
      : [],
  )
}

/** SES refuses texts that look as if they held comments of HTML, `import(` or `eval(`, be it in a string. */
function disguise({ text, tokens }: Parsed, edits: Edits): void {
  const literals = tokens.filter(({ type: { label } }) => label === 'string' || label === 'template')
  const isQuoted = (offset: number) => literals.some(({ start, end }) => offset >= start && offset < end)
  for (const { 0: found, index } of text.matchAll(/<!--|-->|import|eval/g)) {
    const second = index + 1
    if (isQuoted(index)) edits.replace(second, second + 1, `\\x${text.charCodeAt(second).toString(16)}`)
    // Operators of which three only look like a comment.
    else if (found.includes('-')) edits.open(index + (found === '-->' ? 2 : 1), ' ')
  }
}
