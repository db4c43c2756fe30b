/** What in a program is outside the dialect, with where it stands. */
import type { AnyNode, AssignmentProperty, ImportDeclaration, MemberExpression, Property } from 'acorn'
import { closest, type SourcePosition } from '../core/errors.ts'
import {
  BUILT_IN,
  GLOBALS,
  isLibrary,
  MEMBERS,
  METHODS,
  NAMES,
  PLAIN_SYNTAX,
  PROTOCOL,
  REACHING,
  SYNTAX,
} from './dialect.ts'
import { Refusal, type RefusalKind, shown } from './refusal.ts'
import { type Binding, eachChild, isFunction, resolve, type Scope } from './scopes.ts'

export const INLINED = 'data:text/javascript;charset=utf-8,'

/** At most so many are told. */
const TOLD = 20

export interface Imported {
  readonly imported: string
  readonly local: string
}

export function importsOf(node: ImportDeclaration): Imported[] {
  return node.specifiers.map(specifier => ({
    imported:
      specifier.type !== 'ImportSpecifier'
        ? 'default'
        : specifier.imported.type === 'Identifier'
          ? specifier.imported.name
          : String(specifier.imported.value),
    local: specifier.local.name,
  }))
}

export class Rules {
  readonly refusals: Refusal[] = []
  private readonly text: string
  private readonly library: readonly string[]

  constructor(text: string, library: readonly string[]) {
    this.text = text
    this.library = library
  }

  /** Looks at a node and all below; gathers what assigns to every name. */
  check(node: AnyNode, scope: Scope, parent?: AnyNode): void {
    if (this.refusals.length >= TOLD) return
    this.checkNode(node, scope, parent)
    eachChild(node, scope, (child, inner) => this.check(child, inner, node))
  }

  private refuse(node: AnyNode, kind: RefusalKind, message: string, hint: string): void {
    this.refusals.push(new Refusal(kind, message, hint, positionIn(this.text, node.start)))
  }

  private checkNode(node: AnyNode, scope: Scope, parent: AnyNode | undefined): void {
    const rule = SYNTAX[node.type]
    if (rule !== undefined) {
      this.refuse(node, rule.kind, rule.message, rule.hint)
      return
    }
    if (!PLAIN_SYNTAX.has(node.type)) {
      this.refuse(
        node,
        'language',
        `It has a ${words(node.type)}, which the sandbox has not.`,
        'Write it with functions, loops and conditions.',
      )
      return
    }
    switch (node.type) {
      case 'Identifier':
        this.checkName(node, scope, parent)
        return
      case 'ImportDeclaration':
        this.checkImport(node)
        return
      case 'ExportNamedDeclaration':
        if (node.source) this.refuse(node, 'import', 'It hands an import on.', 'Import it, then export it.')
        return
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        if (node.async)
          this.refuse(node, 'language', 'It has an async function.', 'A formula answers at once.')
        if (node.generator) this.refuse(node, 'language', 'It has a generator.', 'Write a loop.')
        return
      case 'ForOfStatement':
        if (node.await) this.refuse(node, 'language', 'It waits.', 'A formula answers at once.')
        return
      case 'VariableDeclaration':
        if (scope.parent === undefined && node.kind !== 'const' && !isLoopHead(parent, node))
          this.refuse(
            node,
            'state',
            'It keeps a variable outside its terms: all environments and episodes would share it.',
            'Write const for what never changes; a term remembers with memory: { count: 1 }.',
          )
        return
      case 'Literal':
        this.checkLiteral(node)
        return
      case 'UnaryExpression':
        if (node.operator === 'delete')
          this.refuse(node, 'language', 'It deletes a property.', 'Build a new object.')
        return
      case 'AssignmentExpression':
        this.checkTarget(node.left, node, scope)
        return
      case 'UpdateExpression':
        this.checkTarget(node.argument, node, scope)
        return
      case 'RestElement':
        if (parent === undefined || !isFunction(parent))
          this.refuse(node, 'language', 'It takes a rest of a list or object.', 'Take what you need by name.')
        return
      case 'NewExpression':
      case 'CallExpression':
        if (node.callee.type === 'MemberExpression') return
        if (node.type === 'NewExpression' && node.callee.type !== 'Identifier')
          this.refuse(node, 'language', 'It makes an object of a class.', 'Write { … }.')
        return
      case 'Property':
        this.checkKey(node, parent)
        return
      case 'MemberExpression':
        this.checkMember(node, scope, parent)
        return
    }
  }

  private checkName(node: AnyNode & { type: 'Identifier' }, scope: Scope, parent: AnyNode | undefined): void {
    const { name } = node
    if (name.startsWith('$_')) {
      this.refuse(
        node,
        'language',
        `It has the name '${shown(name)}'.`,
        "Names that begin with '$_' are taken.",
      )
      return
    }
    if (parent === undefined || !isReference(node, parent)) return
    const binding = resolve(scope, name)
    if (binding !== undefined) {
      if (parent.type === 'NewExpression' && parent.callee === node)
        this.refuse(
          node,
          'language',
          `It makes an object of '${name}'.`,
          'Call a function that returns { … }.',
        )
      return
    }
    const uses = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined
    if (uses === undefined) {
      this.refuseGlobal(node)
      return
    }
    const use =
      parent.type === 'MemberExpression' && parent.object === node
        ? 'member'
        : parent.type === 'CallExpression' && parent.callee === node
          ? 'call'
          : parent.type === 'NewExpression' && parent.callee === node
            ? 'new'
            : 'value'
    if (use === 'member' ? Object.hasOwn(MEMBERS, name) : uses.includes(use)) return
    this.refuse(node, 'language', `It uses ${name} in a way that the sandbox has not.`, allowedUse(name))
  }

  private refuseGlobal(node: AnyNode & { type: 'Identifier' }): void {
    const { name } = node
    const rule = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
    if (rule !== undefined) {
      this.refuse(node, rule.kind, rule.message, rule.hint)
      return
    }
    const near = closest(name.slice(0, 40), [...Object.keys(GLOBALS), ...this.library])
    this.refuse(
      node,
      'escape',
      `It uses '${shown(name)}', which is not there.`,
      near === undefined
        ? `Programs have ${Object.keys(GLOBALS).join(', ')} and what they import from 'carrot-rl'.`
        : this.library.includes(near)
          ? `Is it to be imported from 'carrot-rl'? There is '${near}'.`
          : `Did you mean '${near}'?`,
    )
  }

  private checkImport(node: ImportDeclaration): void {
    const source = String(node.source.value)
    if (!isLibrary(source)) {
      if (source.startsWith(INLINED)) return
      this.refuse(node, 'import', `It imports '${shown(source)}'.`, "It may import from 'carrot-rl' alone.")
      return
    }
    for (const { imported } of importsOf(node)) {
      if (this.library.includes(imported)) continue
      const near = closest(imported.slice(0, 40), this.library)
      this.refuse(
        node,
        'import',
        `It imports '${shown(imported)}', which untrusted programs do not have.`,
        near === undefined ? `There are ${this.library.join(', ')}.` : `Did you mean '${near}'?`,
      )
    }
    if (node.specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier'))
      this.refuse(
        node,
        'import',
        'It imports all of the library.',
        'Name what you need: import { clamp } from …',
      )
  }

  private checkLiteral(node: AnyNode & { type: 'Literal' }): void {
    if (node.regex)
      this.refuse(node, 'language', 'It has a regular expression.', 'A formula computes with numbers.')
    if (node.bigint) this.refuse(node, 'language', 'It has a BigInt.', 'A formula computes with numbers.')
  }

  /** What is assigned to. */
  private checkTarget(target: AnyNode, write: AnyNode, scope: Scope): void {
    switch (target.type) {
      case 'Identifier': {
        const binding = resolve(scope, target.name)
        if (binding === undefined) return
        // What code outside of all functions keeps, be it in a block, outlives every call.
        const outlives = binding.scope.owner === undefined && scope.owner !== undefined
        if (outlives || binding.scope.parent === undefined) this.refuseState(write, binding)
        binding.writes.push({ node: write, scope })
        binding.writtenIn.add(scope.owner)
        return
      }
      case 'MemberExpression':
        if (keyOf(target) === 'length')
          this.refuse(write, 'language', 'It sets the length of a list.', 'Use push and slice.')
        return
      case 'AssignmentPattern':
        this.checkTarget(target.left, write, scope)
        return
      case 'ArrayPattern':
        for (const element of target.elements) if (element !== null) this.checkTarget(element, target, scope)
        return
      case 'ObjectPattern':
        for (const property of target.properties)
          if (property.type === 'Property') this.checkTarget(property.value, target, scope)
    }
  }

  private refuseState(node: AnyNode, { name }: Binding): void {
    this.refuse(
      node,
      'state',
      `It changes '${shown(name)}', which all environments and episodes share.`,
      'A term remembers with memory: { count: 1 } and value: (s, memory) => ….',
    )
  }

  private checkKey(node: Property | AssignmentProperty, parent: AnyNode | undefined): void {
    if (node.kind !== 'init')
      this.refuse(node, 'language', 'It has a getter or setter.', 'Write a value or a function.')
    const key = keyOf(node)
    if (key === undefined) return
    const isPattern = parent?.type === 'ObjectPattern'
    if (isPattern ? BUILT_IN.has(key) : PROTOCOL.has(key)) this.refuseProperty(node, key)
  }

  private checkMember(node: MemberExpression, scope: Scope, parent: AnyNode | undefined): void {
    const key = keyOf(node)
    const { object } = node
    const isGlobal = object.type === 'Identifier' && resolve(scope, object.name) === undefined
    if (isGlobal && Object.hasOwn(MEMBERS, object.name)) {
      if (key !== undefined && MEMBERS[object.name].includes(key)) return
      if (object.name === 'Math' && key === 'random') {
        this.refuse(node, 'impure', 'It asks for random numbers.', 'A reward depends on s and memory alone.')
        return
      }
      const near = key === undefined ? undefined : closest(key.slice(0, 40), MEMBERS[object.name])
      this.refuse(
        node,
        key !== undefined && REACHING.has(key) ? 'escape' : 'language',
        key === undefined
          ? `It takes a member of ${object.name} by a computed name.`
          : `It uses ${object.name}.${shown(key)}, which the sandbox has not.`,
        near === undefined ? `There are ${MEMBERS[object.name].join(', ')}.` : `Did you mean '${near}'?`,
      )
      return
    }
    if (key === undefined || !BUILT_IN.has(key)) return
    if (METHODS.has(key) && parent?.type === 'CallExpression' && parent.callee === node) return
    this.refuseProperty(node, key)
  }

  private refuseProperty(node: AnyNode, key: string): void {
    if (REACHING.has(key)) {
      this.refuse(node, 'escape', `It reaches for '${key}'.`, 'A formula computes with what s holds.')
    } else if (METHODS.has(key)) {
      this.refuse(node, 'language', `It takes '${key}' without calling it.`, `Call it: list.${key}(…).`)
    } else {
      this.refuse(
        node,
        'language',
        `It uses '${key}', which the sandbox has not.`,
        'Write a loop; if it is a name of yours, choose another.',
      )
    }
  }
}

/** The static name of a property; undefined when it is computed. Numbers are no names. */
export function keyOf(node: MemberExpression | Property | AssignmentProperty): string | undefined {
  const key = node.type === 'Property' ? node.key : node.property
  if (!node.computed) {
    if (key.type === 'Identifier') return key.name
    return key.type === 'Literal' ? String(key.value) : undefined
  }
  if (key.type === 'Literal') return typeof key.value === 'string' ? key.value : undefined
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) return key.quasis[0].value.cooked ?? ''
  return undefined
}

/** An identifier that stands for a value, and not for a key, a label or the name of an import. */
export function isReference(node: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case 'MemberExpression':
      return parent.object === node || parent.computed
    case 'Property':
      return parent.value === node || (parent.computed && parent.key === node)
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return false
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      return false
    case 'ExportSpecifier':
      return parent.local === node
    default:
      return true
  }
}

const isLoopHead = (parent: AnyNode | undefined, node: AnyNode): boolean =>
  (parent?.type === 'ForStatement' && parent.init === node) ||
  ((parent?.type === 'ForOfStatement' || parent?.type === 'ForInStatement') && parent.left === node)

const words = (type: string): string =>
  type
    .replace(/(?:Statement|Expression|Declaration)$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()

function allowedUse(name: string): string {
  const members = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : []
  const uses = GLOBALS[name]
  if (uses.includes('new')) return `Write new ${name}(…).`
  if (uses.includes('call')) return `Write ${name}(…).`
  return members.length > 0 ? `Write ${name}.${members[0]}(…).` : 'Use it as a number.'
}

export function positionIn(text: string, offset: number): SourcePosition {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: before[before.length - 1].length + 1 }
}
