/**
 * Where a program takes time or memory, it pays: steps at every loop and function, the length of what it copies, the length
 * of text it joins. So what one call can take is bounded before the engine would have to end it.
 */
import type { AnyNode, CallExpression, NewExpression } from 'acorn'
import { METHODS } from './dialect.ts'
import type { Edits } from './edits.ts'
import { isPlain } from './plain.ts'
import { isReference, keyOf } from './rules.ts'
import {
  type Binding,
  childrenOf,
  eachChild,
  type FunctionNode,
  isFunction,
  resolve,
  type Scope,
} from './scopes.ts'

/** Nodes of a body that cost one step: so many make a few hundred bytes of objects at most. */
const NODES_A_STEP = 16

export class Metering {
  private readonly edits: Edits
  private readonly text: string
  /** Functions whose names inner functions use, with the name of the mark that says when they ran. */
  private readonly marks = new Map<AnyNode, string>()
  /** By inner function: the names it uses of each outer one. */
  private readonly used = new Map<AnyNode, Map<FunctionNode | undefined, Set<Binding>>>()

  constructor(edits: Edits, text: string) {
    this.edits = edits
    this.text = text
  }

  meter(program: AnyNode, scope: Scope): void {
    this.find(program, scope)
    this.visit(program, scope)
  }

  /** Finds the names that functions use of the functions around them. */
  private find(node: AnyNode, scope: Scope, parent?: AnyNode): void {
    if (node.type === 'Identifier' && parent !== undefined && isReference(node, parent)) {
      const binding = resolve(scope, node.name)
      const { owner } = scope
      // Names at the top of the module are dealt with when it has run.
      if (owner !== undefined && binding?.scope.parent !== undefined && binding.scope.owner !== owner) {
        const from = binding.scope.owner
        if (from !== undefined && !this.marks.has(from)) this.marks.set(from, `$_e${this.marks.size}`)
        const used = this.used.get(owner) ?? new Map<FunctionNode | undefined, Set<Binding>>()
        this.used.set(owner, used.set(from, (used.get(from) ?? new Set()).add(binding)))
      }
    }
    eachChild(node, scope, (child, inner) => this.find(child, inner, node))
  }

  private visit(node: AnyNode, scope: Scope, parent?: AnyNode): void {
    this.edit(node, scope, parent, false)
    eachChild(node, scope, (child, inner) => this.visit(child, inner, node))
    this.edit(node, scope, parent, true)
  }

  /** Called before a node's children and after them, so that edits nest as nodes do. */
  private edit(node: AnyNode, scope: Scope, parent: AnyNode | undefined, after: boolean): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.enterFunction(node, after)
        return
      case 'ForInStatement':
        this.wrap(node.right, '$_names', after)
        this.loop(node.body, after)
        return
      case 'ForOfStatement':
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.loop(node.body, after)
        return
      case 'SpreadElement':
        this.wrap(node.argument, parent?.type === 'ObjectExpression' ? '$_names' : '$_many', after)
        return
      case 'CallExpression':
      case 'NewExpression':
        this.call(node, scope, after)
        return
      case 'MemberExpression':
        if (node.computed && !isPlain(node.property, scope)) this.wrap(node.property, '$_key', after)
        return
      case 'Property':
        if (node.computed && !isPlain(node.key, scope)) this.wrap(node.key, '$_key', after)
        return
      case 'BinaryExpression':
        if (node.operator === '+') {
          for (const side of [node.left, node.right])
            if (!isPlain(side, scope)) this.wrap(side, '$_plus', after)
        }
        return
      case 'AssignmentExpression':
        if (node.operator === '+=' && !isPlain(node.right, scope)) this.wrap(node.right, '$_plus', after)
        return
      case 'TemplateLiteral':
        for (const part of node.expressions) if (!isPlain(part, scope)) this.wrap(part, '$_plus', after)
    }
  }

  private wrap(node: AnyNode, helper: string, after: boolean): void {
    // A sequence would become several arguments.
    const [open, close] = node.type === 'SequenceExpression' ? ['((', '))'] : ['(', ')']
    if (after) this.edits.close(node.end, close)
    else this.edits.open(node.start, helper + open)
  }

  private loop(body: AnyNode, after: boolean): void {
    const isBlock = body.type === 'BlockStatement'
    if (!after) this.edits.open(isBlock ? body.start + 1 : body.start, isBlock ? pay(body) : `{${pay(body)}`)
    else if (!isBlock) this.edits.close(body.end, '}')
  }

  private enterFunction(node: FunctionNode, after: boolean): void {
    const { body } = node
    const isBlock = body.type === 'BlockStatement'
    if (after) {
      if (!isBlock) this.edits.close(node.end, ')}')
      return
    }
    const prologue = pay(body) + this.holding(node)
    // Behind the arrow, as a body without braces may stand in brackets.
    if (isBlock) this.edits.open(body.start + 1, prologue)
    else this.edits.open(this.text.lastIndexOf('=>', body.start) + 2, `{${prologue}return(`)
  }

  /**
   * A function that was made while the program was loaded serves all environments. What it uses of the function that made
   * it must hold still from then on; and it must not give that another value.
   */
  private holding(node: FunctionNode): string {
    const mark = this.marks.get(node)
    let text = mark === undefined ? '' : `const ${mark}=$_meter.era;`
    for (const [from, bindings] of this.used.get(node) ?? []) {
      const isOlder = from === undefined ? '$_meter.era!==0' : `${this.marks.get(from)}!==$_meter.era`
      const written = [...bindings].find(({ writtenIn }) => writtenIn.has(node))
      const names = [...bindings].map(({ name }) => name).join(',')
      text += `if(${isOlder})${written === undefined ? `$_held([${names}])` : `$_lost("${written.name}")`};`
    }
    return text
  }

  private call(node: CallExpression | NewExpression, scope: Scope, after: boolean): void {
    const { callee } = node
    const args = (helper = '$_many') => {
      for (const arg of node.arguments) if (arg.type !== 'SpreadElement') this.wrap(arg, helper, after)
    }
    if (callee.type === 'Identifier' && callee.name === 'Array' && resolve(scope, 'Array') === undefined) {
      const [size, ...others] = node.arguments
      if (size !== undefined && others.length === 0 && size.type !== 'SpreadElement')
        this.wrap(size, '$_size', after)
    }
    if (callee.type !== 'MemberExpression') return
    const { object } = callee
    if (object.type === 'Super') return
    const key = keyOf(callee)
    const isGlobal = object.type === 'Identifier' && resolve(scope, object.name) === undefined
    if (isGlobal) {
      if (object.name === 'Object') args('$_names')
      if (object.name === 'Array') args()
    } else if (key !== undefined && METHODS.has(key)) {
      this.wrap(object, '$_many', after)
      if (key === 'concat' || key === 'set') args()
    }
  }
}

/** Takes the steps of a body, and ends the call when there are none left. */
const pay = (body: AnyNode): string =>
  `if(($_meter.left-=${1 + Math.floor(sizeOf(body) / NODES_A_STEP)})<0)$_out();`

/** Nodes that run with a body: not those of loops and functions inside, which pay for themselves. */
function sizeOf(node: AnyNode): number {
  let size = 1
  for (const child of childrenOf(node)) {
    const paysItself = isFunction(child) || /^(For|While|DoWhile)/.test(child.type)
    size += paysItself ? 1 : sizeOf(child)
  }
  return size
}
