/** The compiler's messages in the words of a person who writes a reward: no type machinery, and what to do about it. */
import type ts from 'typescript'
import { closest, type SourcePosition } from '../core/errors.ts'
import { describeField, type EnvSpec } from '../core/spec.ts'
import { declaration } from '../fieldText.ts'

export interface Complaint {
  readonly message: string
  readonly hint?: string
  readonly at: Required<SourcePosition>
}

type Compiler = typeof ts

export function phrase(
  compiler: Compiler,
  types: ts.TypeChecker,
  diagnostic: ts.Diagnostic,
  spec: EnvSpec,
): Complaint {
  const file = diagnostic.file as ts.SourceFile
  const start = diagnostic.start ?? 0
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  const at = { file: file.fileName, line: line + 1, column: character + 1 }
  const node = innermost(compiler, file, start)
  return { ...(wording(compiler, types, node, spec) ?? generic(compiler, diagnostic, node)), at }
}

type Wording = Pick<Complaint, 'message' | 'hint'>

function wording(
  { isPropertyAccessExpression, isPropertyAssignment, isObjectLiteralExpression }: Compiler,
  types: ts.TypeChecker,
  node: ts.Node,
  spec: EnvSpec,
): Wording | undefined {
  const { parent } = node
  if (parent === undefined) return undefined
  if (isPropertyAccessExpression(parent) && parent.name === node) {
    return unread(types, parent, spec)
  }
  const inReads =
    isPropertyAssignment(parent) &&
    parent.name === node &&
    isObjectLiteralExpression(parent.parent) &&
    isPropertyAssignment(parent.parent.parent) &&
    parent.parent.parent.name.getText() === 'reads'
  return inReads ? misread(propertyText(parent.name), parent.initializer.getText(), spec) : undefined
}

/** `s.foo` that is not there. */
function unread(
  types: ts.TypeChecker,
  access: ts.PropertyAccessExpression,
  { signals }: EnvSpec,
): Wording | undefined {
  const name = access.name.text
  const known = types
    .getTypeAtLocation(access.expression)
    .getProperties()
    .map(property => property.name)
  const isMoment = known.every(key => key in signals || STATE.includes(key))
  const isPart = known.length > 0 && known.every(key => /^[wxyz]$/.test(key))
  if (known.includes(name) || !(isMoment || isPart)) return undefined
  const message = `${access.getText()} is not there.`
  if (isMoment && signals[name] !== undefined) {
    return { message, hint: `Declare it: reads: { ${name}: ${declaration(signals[name])} }.` }
  }
  return { message, hint: didYouMean(name, known) }
}

const STATE: readonly string[] = ['prev', 'action', 'time', 'dt', 'ends']

/** A signal that is read as what it is not. */
function misread(name: string, declared: string, { id, signals }: EnvSpec): Wording {
  const field = signals[name]
  if (field === undefined) {
    const offered = Object.keys(signals)
    return { message: `'${id}' has no signal '${name}'.`, hint: didYouMean(name, offered) }
  }
  return {
    message: `It reads ${name} as ${declared}; '${id}' gives it as ${describeField(field)}.`,
    hint: `Declare it as ${name}: ${declaration(field)}, and convert inside the term.`,
  }
}

function didYouMean(name: string, known: readonly string[]): string {
  const near = closest(name, known)
  return near === undefined ? `There are ${known.join(', ')}.` : `Did you mean '${near}'?`
}

const propertyText = (node: ts.Node): string => node.getText().replace(/^['"]|['"]$/g, '')

/** The end of the compiler's chain of reasons, which is the mistake itself, after the name of what it is about. */
function generic(compiler: Compiler, { messageText }: ts.Diagnostic, node: ts.Node): Wording {
  const isChain = typeof messageText !== 'string' && messageText.next !== undefined
  const reason = reasonOf(messageText)
  const [, told, suggestion] = /^(.*?)(Did you mean .*)?$/s.exec(simplified(reason)) as RegExpExecArray
  const isNamed = isChain && compiler.isPropertyAssignment(node.parent) && node.parent.name === node
  const about = isNamed ? `${propertyText(node)}: ` : ''
  const hint = suggestion ?? HINTS.find(([pattern]) => pattern.test(reason))?.[1]
  return { message: `${about}${told.trim()}`, ...(hint === undefined ? {} : { hint }) }
}

/** The end of a chain of reasons. */
export function reasonOf(message: ts.Diagnostic['messageText']): string {
  if (typeof message === 'string') return message
  const [next] = message.next ?? []
  return next === undefined ? message.messageText : reasonOf(next)
}

/** Without what the types of this library are made of, and without advice about the compiler's settings. */
function simplified(reason: string): string {
  let text = reason.replaceAll('=>', '⇒').replace(/ Do you need to .*$/s, '')
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(/\b(State|Readings|Term|Memory|Read|Signal)<[^<>]*>/g, '$1')
  }
  return text.replaceAll('⇒', '=>').replace(/ in type '\{.*?\}'/s, ' here')
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^Type 'number' is not assignable to type 'boolean'/,
    'A flag is a number: compare it, as in s.healthy === 1.',
  ],
  [/not assignable to type 'number'/, 'Give a finite number for every state.'],
  [
    /^Cannot find name/,
    "Functions of 'carrot-rl' are imported; nothing of a page or of Node is there, and no clock.",
  ],
]

/** The smallest node that begins there. */
function innermost({ forEachChild }: Compiler, file: ts.SourceFile, start: number): ts.Node {
  let node: ts.Node = file
  for (;;) {
    const inner: ts.Node | undefined = forEachChild(node, child =>
      child.getStart(file) <= start && start < child.getEnd() ? child : undefined,
    )
    if (inner === undefined) return node
    node = inner
  }
}
