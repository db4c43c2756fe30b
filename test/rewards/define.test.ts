import { expect, test } from 'vitest'
import { defineReward, flag, label, quat, scalar, vec3, vector } from '../../rewards/index.ts'
import { CarrotError } from '../../src/core/errors.ts'

/** As JavaScript may write it: nothing is checked before it runs. */
const define = (definition: unknown) => defineReward(definition as Parameters<typeof defineReward>[0])

const sound = {
  name: 'sound',
  reads: { height: scalar('m') },
  terms: { up: { weight: 1, value: (s: { height: number }) => s.height } },
}
const term = (up: unknown) => ({ ...sound, terms: { up } })

function faultOf(definition: unknown): CarrotError {
  try {
    define(definition)
  } catch (error) {
    expect(error).toBeInstanceOf(CarrotError)
    expect((error as CarrotError).code).toBe('bad-reward')
    return error as CarrotError
  }
  throw new Error('It was taken.')
}

test.each<[string, unknown, string, RegExp]>([
  ['nothing', undefined, 'defineReward was called without a definition.', /name, reads and terms/],
  ['no name', { ...sound, name: undefined }, 'A reward program is named undefined.', /'hop-forward'/],
  ['a name in capitals', { ...sound, name: 'Sound' }, 'A reward program is named "Sound".', /lower-case/],
  ['a name with spaces', { ...sound, name: 'so und' }, 'A reward program is named "so und".', /hyphens/],
  [
    'a misspelt key',
    { ...sound, sucess: () => true },
    "sound has 'sucess', which means nothing here.",
    /^Did you mean 'success'\?$/,
  ],
  [
    'a key like no other',
    { ...sound, zzzzzzzzzzzz: 1 },
    "sound has 'zzzzzzzzzzzz', which means nothing here.",
    /What it can have: name, about/,
  ],
  ['no reads', { ...sound, reads: undefined }, 'sound does not say what it reads.', /Add reads: \{/],
  [
    'a signal named as something that s has',
    { ...sound, reads: { time: scalar('s') } },
    "sound reads 'time', a name it cannot have.",
    /other than prev, action, time, dt/,
  ],
  [
    'a signal whose name is no identifier',
    { ...sound, reads: { 'torso-height': scalar('m') } },
    "sound reads 'torso-height', a name it cannot have.",
    /plain identifiers/,
  ],
  [
    'a signal that is a unit only',
    { ...sound, reads: { height: 'm' } },
    "sound reads 'height' as something that is not a signal.",
    /scalar\('m'\)/,
  ],
  [
    'a unit that is none',
    { ...sound, reads: { height: scalar('cm' as 'm') } },
    "sound reads 'height' in cm, which is not a unit.",
    /^Units are m, m\/s,/,
  ],
  [
    'a list without a unit',
    { ...sound, reads: { joints: vector(6, undefined as unknown as 'm') } },
    "sound reads 'joints' in undefined, which is not a unit.",
    /Units are/,
  ],
  ['no terms', { ...sound, terms: undefined }, 'sound has no terms.', /terms: \{ speed:/],
  ['empty terms', { ...sound, terms: {} }, 'sound has no terms.', /terms: \{ speed:/],
  [
    'a term under a name that is taken',
    { ...sound, terms: { success: sound.terms.up } },
    "Term 'success' of sound cannot have that name.",
    /other than combine and success/,
  ],
  ['a term that is a number', term(3), "Term 'up' of sound is not a term.", /weight: 1, value/],
  [
    'a term that is a formula only',
    term((s: { height: number }) => s.height),
    "Term 'up' of sound is not a term.",
    /weight: 1, value/,
  ],
  [
    'a misspelt key of a term',
    term({ wieght: 1, value: () => 1 }),
    "Term 'up' of sound has 'wieght', which means nothing here.",
    /^Did you mean 'weight'\?$/,
  ],
  ['no weight', term({ value: () => 1 }), "Term 'up' of sound has no finite weight.", /beside its formula/],
  [
    'an infinite weight',
    term({ weight: Infinity, value: () => 1 }),
    "Term 'up' of sound has no finite weight.",
    /weight: 1/,
  ],
  ['no formula', term({ weight: 1 }), "Term 'up' of sound has no formula.", /exactly one of value/],
  [
    'two formulas',
    term({ weight: 1, value: () => 1, potential: () => 1 }),
    "Term 'up' of sound has both value and potential.",
    /exactly one of value/,
  ],
  [
    'a formula that is a number',
    term({ weight: 1, value: 3 }),
    "Term 'up' of sound has a value that is a number, not a function.",
    /Write value: s => …/,
  ],
  [
    'a label that is a function',
    term({ weight: 1, label: () => 1 }),
    "Term 'up' of sound has a label that is a function, not a string.",
    /Name the column/,
  ],
  [
    'a potential with memory',
    term({ weight: 1, potential: () => 1, memory: { a: 1 } }),
    "Term 'up' of sound has memory, which a potential cannot have.",
    /Only value terms remember/,
  ],
  [
    'half a number of memory',
    term({ weight: 1, value: () => 1, memory: { a: 0.5 } }),
    "Term 'up' of sound asks for 0.5 numbers of memory 'a'.",
    /whole number, at least 1/,
  ],
  ['another rate', { ...sound, rate: 'hourly' }, "sound has rate 'hourly'.", /'per-step' or 'per-second'/],
  [
    'phrases that are one text',
    { ...sound, phrases: 'go up' },
    'sound describes itself with something other than text.',
    /phrases is a list/,
  ],
  [
    'an environment that is an object',
    { ...sound, env: {} },
    'sound describes itself with something other than text.',
    /env is an environment id/,
  ],
  [
    'success that is no function',
    { ...sound, success: true },
    'success of sound is not a function.',
    /Write it as success: s => …/,
  ],
  [
    'combine that is no function',
    { ...sound, combine: 1 },
    'combine of sound is not a function.',
    /combine: s/,
  ],
])('refuses %s', (_, definition, message, hint) => {
  const fault = faultOf(definition)
  expect(fault.message).toBe(message)
  expect(fault.hint).toMatch(hint)
  expect(fault.also).toEqual([])
})

test('tells all mistakes at once', () => {
  const fault = faultOf({
    name: 'Many',
    raeds: {},
    reads: { height: scalar('cm' as 'm'), width: 3 },
    terms: { a: { value: () => 1 }, b: { weight: 1 }, c: { weight: 1, value: () => 1 } },
    rate: 'hourly',
  })
  expect([fault, ...fault.also].map(({ message }) => message)).toEqual([
    'A reward program is named "Many".',
    "Many has 'raeds', which means nothing here.",
    "Many reads 'height' in cm, which is not a unit.",
    "Many reads 'width' as something that is not a signal.",
    "Term 'a' of Many has no finite weight.",
    "Term 'b' of Many has no formula.",
    "Many has rate 'hourly'.",
  ])
})

test('gives plain frozen data, with what was left out filled in', () => {
  const program = defineReward({
    name: 'whole',
    env: 'hopper',
    reads: {
      height: scalar('m', 'world'),
      velocity: vec3('m/s'),
      turn: quat('world'),
      joints: vector(6, 'rad'),
      any: vector('N'),
      ok: flag(),
    },
    terms: {
      paid: { weight: 2, memory: { airTime: 4 }, value: s => s.height },
      shaped: { weight: -1, potential: s => s.ok },
      seen: label({ weight: 3, column: 'clip' }),
    },
  })
  expect(program).toMatchObject({ name: 'whole', env: 'hopper', about: '', phrases: [], rate: 'per-step' })
  expect(program.reads).toEqual({
    height: { view: 'scalar', shape: [], unit: 'm', frame: 'world' },
    velocity: { view: 'vec3', shape: [3], unit: 'm/s' },
    turn: { view: 'quat', shape: [4], unit: '1', frame: 'world' },
    joints: { view: 'vector', shape: [6], unit: 'rad' },
    any: { view: 'vector', shape: [0], unit: 'N' },
    ok: { view: 'scalar', shape: [], unit: 'bool' },
  })
  expect(program.terms).toEqual([
    { name: 'paid', kind: 'value', weight: 2, memory: { airTime: 4 }, formula: expect.any(Function) },
    { name: 'shaped', kind: 'potential', weight: -1, memory: {}, formula: expect.any(Function) },
    { name: 'seen', kind: 'label', weight: 3, memory: {}, label: 'clip' },
  ])
  for (const part of [program, program.reads, program.terms, ...program.terms, program.phrases]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})
