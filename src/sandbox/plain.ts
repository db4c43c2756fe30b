/** Which expressions cannot be text or an object, whatever happens: arithmetic, and names that only ever hold such. */
import type { AnyNode, CallExpression } from 'acorn'
import { NUMERIC } from './dialect.ts'
import { type Binding, resolve, type Scope } from './scopes.ts'

/** True for what is surely a number, true or false, null or undefined. */
export function isPlain(node: AnyNode, scope: Scope, under: readonly Binding[] = []): boolean {
  const plain = (inner: AnyNode) => isPlain(inner, scope, under)
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'number' || typeof node.value === 'boolean' || node.value === null
    case 'UnaryExpression':
      return node.operator !== 'typeof'
    case 'UpdateExpression':
      return true
    case 'BinaryExpression':
      return node.operator !== '+' || (plain(node.left as AnyNode) && plain(node.right))
    case 'LogicalExpression':
      return plain(node.left) && plain(node.right)
    case 'ConditionalExpression':
      return plain(node.consequent) && plain(node.alternate)
    case 'AssignmentExpression':
      return isPlainWrite(node, scope, under) && (node.operator !== '+=' || plain(node.left as AnyNode))
    case 'MemberExpression':
      return isGlobal(node.object, 'Math', scope)
    case 'CallExpression':
      return isPlainCall(node, scope)
    case 'Identifier': {
      const binding = resolve(scope, node.name)
      return binding === undefined
        ? ['NaN', 'Infinity', 'undefined'].includes(node.name)
        : isPlainBinding(binding, under)
    }
    default:
      return false
  }
}

/** A name is plain when it begins so and every write keeps it so, taking for granted that it was so before. */
function isPlainBinding(binding: Binding, under: readonly Binding[]): boolean {
  if (under.includes(binding)) return true
  if (binding.opaque || (binding.kind !== 'const' && binding.kind !== 'let')) return false
  const deeper = [...under, binding]
  if (binding.init !== undefined && !isPlain(binding.init, binding.scope, deeper)) return false
  return binding.writes.every(({ node, scope }) => isPlainWrite(node, scope, deeper))
}

/** `x += y` is plain when x was and y is; `x = y` when y is; other operators give numbers. */
function isPlainWrite(node: AnyNode, scope: Scope, under: readonly Binding[]): boolean {
  if (node.type === 'UpdateExpression') return true
  if (node.type !== 'AssignmentExpression') return false
  if (node.left.type === 'ObjectPattern' || node.left.type === 'ArrayPattern') return false
  return /^(\+|&&|\|\||\?\?)?=$/.test(node.operator) ? isPlain(node.right, scope, under) : true
}

function isPlainCall({ callee }: CallExpression, scope: Scope): boolean {
  if (callee.type === 'MemberExpression') return isGlobal(callee.object as AnyNode, 'Math', scope)
  if (callee.type === 'Identifier') {
    const { imported = '' } = resolve(scope, callee.name) ?? {}
    if (NUMERIC.has(imported)) return true
  }
  return ['Number', 'Boolean', 'isFinite', 'isNaN'].some(name => isGlobal(callee as AnyNode, name, scope))
}

const isGlobal = (node: AnyNode, name: string, scope: Scope): boolean =>
  node.type === 'Identifier' && node.name === name && resolve(scope, name) === undefined
