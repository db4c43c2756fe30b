/**
 * The part of JavaScript that an untrusted program may use: what a pure formula needs, and nothing whose cost or reach
 * cannot be told from the text. It is the first wall; SES is the second, and would hold without it.
 */
import type { RefusalKind } from './refusal.ts'

const LIBRARY = ['carrot-rl', 'carrot-rl/reward']
export const isLibrary = (source: string): boolean => LIBRARY.includes(source)

/** Free names. Values are how each may be used: called, made with `new`, passed on as a function, or only for its members. */
export const GLOBALS: Readonly<Record<string, readonly ('call' | 'new' | 'value')[]>> = {
  Math: [],
  Object: [],
  Array: ['call', 'new'],
  Number: ['call', 'value'],
  Boolean: ['call', 'value'],
  String: ['call', 'value'],
  Error: ['call', 'new'],
  RangeError: ['call', 'new'],
  TypeError: ['call', 'new'],
  isFinite: ['call', 'value'],
  isNaN: ['call', 'value'],
  NaN: ['value'],
  Infinity: ['value'],
  undefined: ['value'],
}

/** Members of free names. `Math` gives all it has but chance. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Object: ['keys', 'values', 'entries', 'fromEntries', 'assign', 'freeze', 'hasOwn', 'is'],
  Array: ['from', 'of', 'isArray'],
  Number: [
    'isFinite',
    'isNaN',
    'isInteger',
    'isSafeInteger',
    'EPSILON',
    'MAX_VALUE',
    'MIN_VALUE',
    'MAX_SAFE_INTEGER',
    'MIN_SAFE_INTEGER',
    'POSITIVE_INFINITY',
    'NEGATIVE_INFINITY',
    'NaN',
  ],
  Math: Object.getOwnPropertyNames(Math).filter(name => name !== 'random'),
}

/**
 * Methods of lists, strings and numbers. Each call is charged for the length of what it works on. Left out is what can give
 * more than it was given (`repeat`, `join`, `flat`), and what compiles text (`match`).
 */
export const METHODS: ReadonlySet<string> = new Set([
  ...['at', 'concat', 'entries', 'every', 'fill', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex'],
  ...['forEach', 'includes', 'indexOf', 'keys', 'lastIndexOf', 'map', 'pop', 'push', 'reduce', 'reduceRight'],
  ...['reverse', 'shift', 'slice', 'some', 'sort', 'splice', 'toReversed', 'toSorted', 'unshift', 'values'],
  ...['with', 'set', 'subarray', 'startsWith', 'endsWith', 'toLowerCase', 'toUpperCase', 'trim'],
  ...['toFixed', 'toPrecision'],
])

const prototypes: readonly object[] = [
  Array.prototype,
  String.prototype,
  Number.prototype,
  Function.prototype,
  Object.prototype,
  Object.getPrototypeOf(Float64Array.prototype),
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
]
/** Harmless where the object is not what has them: environments and programs have signals and terms of these names. */
const PLAIN = [
  'length',
  'name',
  'take',
  'drop',
  'big',
  'small',
  'link',
  'anchor',
  'bold',
  'sub',
  'sup',
  'fixed',
]
/** Reach past the object itself. */
export const REACHING: ReadonlySet<string> = new Set([
  ...['constructor', 'prototype', '__proto__', 'caller', 'callee', 'arguments', 'apply', 'bind', 'call'],
  ...['__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__', 'buffer'],
])
/** All that the language itself puts on objects, as this engine has it: of these only `METHODS` can be had. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  ...REACHING,
  // Of an error: it tells the folders of this machine.
  'stack',
  ...prototypes
    .flatMap(prototype => Object.getOwnPropertyNames(prototype))
    .filter(name => !PLAIN.includes(name)),
])
/** What the language asks objects for by itself. */
export const PROTOCOL: ReadonlySet<string> = new Set(['toString', 'valueOf', 'toJSON', 'then', ...REACHING])

/** Functions of the library that give a number whatever they are given. */
export const NUMERIC: ReadonlySet<string> = new Set([
  ...[
    'clamp',
    'clippedSquares',
    'depthInArea',
    'distance',
    'distanceBeside',
    'footDown',
    'isSeated',
    'isStill',
  ],
  ...[
    'isTall',
    'isUpright',
    'meanOfSides',
    'meanVelocity',
    'nearness',
    'norm',
    'reaching',
    'sumAbs',
    'sumSquares',
  ],
  ...['tolerance', 'tracking', 'uprightness'],
])

/** Node types that need no particular look. */
export const PLAIN_SYNTAX: ReadonlySet<string> = new Set([
  ...[
    'Program',
    'ImportDeclaration',
    'ImportSpecifier',
    'ExportDefaultDeclaration',
    'ExportNamedDeclaration',
  ],
  ...[
    'ExportSpecifier',
    'VariableDeclaration',
    'VariableDeclarator',
    'FunctionDeclaration',
    'FunctionExpression',
  ],
  ...['ArrowFunctionExpression', 'BlockStatement', 'ExpressionStatement', 'EmptyStatement', 'IfStatement'],
  ...[
    'ForStatement',
    'ForOfStatement',
    'ForInStatement',
    'WhileStatement',
    'DoWhileStatement',
    'ReturnStatement',
  ],
  ...['BreakStatement', 'ContinueStatement', 'LabeledStatement', 'SwitchStatement', 'SwitchCase'],
  ...['ThrowStatement', 'ObjectExpression', 'Property', 'ArrayExpression', 'ObjectPattern', 'ArrayPattern'],
  ...['AssignmentPattern', 'RestElement', 'SpreadElement', 'Identifier', 'Literal', 'TemplateLiteral'],
  ...['TemplateElement', 'MemberExpression', 'ChainExpression', 'CallExpression', 'NewExpression'],
  ...[
    'UnaryExpression',
    'UpdateExpression',
    'BinaryExpression',
    'LogicalExpression',
    'ConditionalExpression',
  ],
  ...['AssignmentExpression', 'SequenceExpression'],
])

interface Rule {
  readonly kind: RefusalKind
  readonly message: string
  readonly hint: string
}

const PURE = 'A reward depends on s and memory alone.'

/** What is said of node types that are not there. */
export const SYNTAX: Readonly<Record<string, Rule>> = {
  ImportExpression: {
    kind: 'import',
    message: 'It imports while it runs.',
    hint: "Write import { … } from 'carrot-rl' at the top of the file.",
  },
  ExportAllDeclaration: {
    kind: 'import',
    message: 'It hands a module on.',
    hint: 'Import what you need, then export it.',
  },
  MetaProperty: { kind: 'escape', message: 'It asks for its surroundings.', hint: PURE },
  ThisExpression: { kind: 'escape', message: 'It uses `this`.', hint: 'Take what you need from s.' },
  Super: { kind: 'escape', message: 'It uses `super`.', hint: 'Write plain functions.' },
  AwaitExpression: { kind: 'language', message: 'It waits.', hint: 'A formula answers at once.' },
  YieldExpression: { kind: 'language', message: 'It has a generator.', hint: 'Write a loop.' },
  ClassDeclaration: { kind: 'language', message: 'It has a class.', hint: 'Write plain functions.' },
  ClassExpression: { kind: 'language', message: 'It has a class.', hint: 'Write plain functions.' },
  TryStatement: {
    kind: 'language',
    message: 'It catches errors.',
    hint: 'Ask beforehand, e.g. with if (x > 0); a term that throws is switched off.',
  },
  TaggedTemplateExpression: {
    kind: 'language',
    message: 'It has a tagged template.',
    hint: 'Call a function.',
  },
}

/** What is said of free names that are not there. */
export const NAMES: Readonly<Record<string, Rule>> = {
  Date: {
    kind: 'impure',
    message: 'It asks for the date.',
    hint: `${PURE} s.time is the time in the episode.`,
  },
  performance: {
    kind: 'impure',
    message: 'It asks a clock.',
    hint: `${PURE} s.time is the time in the episode.`,
  },
  crypto: { kind: 'impure', message: 'It asks for random numbers.', hint: PURE },
  require: { kind: 'import', message: 'It loads a module.', hint: "It may import from 'carrot-rl' alone." },
  Map: { kind: 'language', message: 'It uses Map.', hint: 'Use an object or a list.' },
  Set: { kind: 'language', message: 'It uses Set.', hint: 'Use a list.' },
  Float64Array: { kind: 'language', message: 'It uses Float64Array.', hint: 'Use a list.' },
  Float32Array: { kind: 'language', message: 'It uses Float32Array.', hint: 'Use a list.' },
  JSON: { kind: 'language', message: 'It uses JSON.', hint: 'A formula computes with numbers.' },
  BigInt: { kind: 'language', message: 'It uses BigInt.', hint: 'A formula computes with numbers.' },
  console: {
    kind: 'language',
    message: 'It prints.',
    hint: 'A program gives numbers only; remove that line.',
  },
  RegExp: { kind: 'language', message: 'It uses RegExp.', hint: 'A formula computes with numbers.' },
  Promise: { kind: 'language', message: 'It uses Promise.', hint: 'A formula answers at once.' },
}
