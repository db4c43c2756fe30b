/** Which declaration a name in a program means. */
import type * as acorn from 'acorn'
import { isLibrary } from './dialect.ts'

export type AnyNode = acorn.AnyNode
export type FunctionNode =
  | acorn.FunctionDeclaration
  | acorn.AnonymousFunctionDeclaration
  | acorn.FunctionExpression
  | acorn.ArrowFunctionExpression

/** A declared name. */
export interface Binding {
  readonly name: string
  readonly kind: 'import' | 'const' | 'let' | 'var' | 'param' | 'function'
  readonly scope: Scope
  /** What it begins with; absent for parts of patterns, parameters and loops over lists. */
  readonly init?: AnyNode
  /** Of an import from the library: its name there. */
  readonly imported: string | undefined
  /** It is declared by taking a pattern or a list apart, or by a caller: nothing is known of it. */
  readonly opaque: boolean
  /** Every place that gives it another value, and the functions these are in; filled while the program is walked. */
  readonly writes: { readonly node: AnyNode; readonly scope: Scope }[]
  readonly writtenIn: Set<FunctionNode | undefined>
}

export interface Scope {
  readonly parent?: Scope
  /** Function it belongs to; absent at the top of the module. */
  readonly owner?: FunctionNode
  readonly names: Map<string, Binding>
}

export const isFunction = (node: AnyNode): node is FunctionNode =>
  node.type === 'FunctionDeclaration' ||
  node.type === 'FunctionExpression' ||
  node.type === 'ArrowFunctionExpression'

export function resolve(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.names.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Nodes directly below a node, in the order of the text. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = []
  for (const value of Object.values(node) as unknown[]) {
    for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) children.push(item)
  }
  return children
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Calls `visit` for every child with the scope that it is in. */
export function eachChild(node: AnyNode, scope: Scope, visit: (child: AnyNode, scope: Scope) => void): void {
  const inner = scopeOf(node, scope)
  for (const child of childrenOf(node)) {
    // The block of a function shares the scope of its parameters.
    const isBody = isFunction(node) && child === node.body && child.type === 'BlockStatement'
    if (isBody) for (const statement of child.body) visit(statement, inner)
    else visit(child, inner)
  }
}

const opened = new WeakMap<AnyNode, Scope>()

/** The scope inside a node: one of its own, always the same, or the one it stands in. */
function scopeOf(node: AnyNode, parent: Scope): Scope {
  const known = opened.get(node)
  if (known !== undefined) return known
  const scope = open(node, parent) ?? parent
  opened.set(node, scope)
  return scope
}

/** Undefined for nodes that open no scope. */
function open(node: AnyNode, parent: Scope): Scope | undefined {
  if (isFunction(node)) return functionScope(node, parent)
  switch (node.type) {
    case 'BlockStatement':
      return blockScope(node.body, parent)
    case 'ForStatement':
      return loopScope(node.init, parent, false)
    case 'ForInStatement':
    case 'ForOfStatement':
      return loopScope(node.left, parent, true)
    case 'SwitchStatement':
      return blockScope(
        node.cases.flatMap(({ consequent }) => consequent),
        parent,
      )
    default:
      return undefined
  }
}

export function moduleScope(program: acorn.Program): Scope {
  const scope: Scope = { names: new Map() }
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      for (const specifier of node.specifiers) {
        const given = specifier.type === 'ImportSpecifier' ? specifier.imported : undefined
        const isKnown = given?.type === 'Identifier' && isLibrary(String(node.source.value))
        declare(scope, specifier.local, 'import', undefined, true, isKnown ? given.name : undefined)
      }
    }
  }
  declareBlock(program.body.map(exported), scope)
  for (const node of program.body) hoist(exported(node), scope)
  return scope
}

/** What an export statement declares. */
const exported = (node: AnyNode): AnyNode =>
  (node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration') && node.declaration
    ? node.declaration
    : node

function functionScope(node: FunctionNode, parent: Scope): Scope {
  const scope: Scope = { parent, owner: node, names: new Map() }
  // The name of a function expression means the function, inside of it.
  if (node.type === 'FunctionExpression' && node.id) declare(scope, node.id, 'function', undefined, true)
  for (const param of node.params) declarePattern(scope, param, 'param')
  if (node.body.type === 'BlockStatement') {
    declareBlock(node.body.body, scope)
    hoist(node.body, scope)
  }
  return scope
}

function blockScope(body: readonly AnyNode[], parent: Scope): Scope {
  const scope: Scope = { parent, owner: parent.owner, names: new Map() }
  declareBlock(body, scope)
  return scope
}

function loopScope(head: AnyNode | null | undefined, parent: Scope, overList: boolean): Scope {
  const scope: Scope = { parent, owner: parent.owner, names: new Map() }
  if (head?.type === 'VariableDeclaration' && head.kind !== 'var') declareVariables(head, scope, overList)
  return scope
}

/** let, const and functions of a block; a function's own block shares the scope of its parameters. */
function declareBlock(body: readonly AnyNode[], scope: Scope): void {
  for (const node of body) {
    if (node.type === 'VariableDeclaration' && node.kind !== 'var') declareVariables(node, scope)
    if (node.type === 'FunctionDeclaration' && node.id) declare(scope, node.id, 'function', undefined, true)
  }
}

/** `var`, from however deep inside the function. */
function hoist(node: AnyNode, scope: Scope): void {
  if (isFunction(node)) return
  if (node.type === 'VariableDeclaration' && node.kind === 'var') declareVariables(node, scope)
  for (const child of childrenOf(node)) hoist(child, scope)
}

function declareVariables(node: acorn.VariableDeclaration, scope: Scope, opaque = false): void {
  const kind = node.kind as 'const' | 'let' | 'var'
  for (const { id, init } of node.declarations) {
    // A `var` may be declared twice.
    if (id.type === 'Identifier') declare(scope, id, kind, init ?? undefined, opaque || kind === 'var')
    else declarePattern(scope, id, kind)
  }
}

/** Names inside a pattern, or parameters. */
function declarePattern(scope: Scope, pattern: AnyNode, kind: Binding['kind']): void {
  switch (pattern.type) {
    case 'Identifier':
      declare(scope, pattern, kind, undefined, true)
      break
    case 'AssignmentPattern':
      declarePattern(scope, pattern.left, kind)
      break
    case 'RestElement':
      declarePattern(scope, pattern.argument, kind)
      break
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element !== null) declarePattern(scope, element, kind)
      break
    case 'ObjectPattern':
      for (const property of pattern.properties)
        declarePattern(scope, property.type === 'Property' ? property.value : property, kind)
  }
}

function declare(
  scope: Scope,
  { name }: acorn.Identifier,
  kind: Binding['kind'],
  init: AnyNode | undefined,
  opaque: boolean,
  imported?: string,
): void {
  scope.names.set(name, { name, kind, scope, init, opaque, imported, writes: [], writtenIn: new Set() })
}
