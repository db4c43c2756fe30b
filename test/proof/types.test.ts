/** Type checking of programs against an environment: what is refused, where, and in which words. */
import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { experts, programs } from '../../rewards/index.ts'
import * as library from '../../rewards/library.ts'
import type { EnvSpec } from '../../src/core/spec.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { textGraph } from '../../src/programSource.ts'
import { LANGUAGE } from '../../src/proof/language.ts'
import { checkTypes } from '../../src/proof/types.ts'

const hopper = envById('hopper').spec

interface Parts {
  readonly reads?: string
  readonly value?: string
  readonly more?: string
  readonly above?: string
  readonly name?: string
}

/** The complaints about a program whose reads are on line 5 and whose formula is on line 6, as 'line:column message hint'. */
async function complaints({
  reads = 'healthy: flag()',
  value = '1',
  more = '',
  above = '',
  name = 'reward.ts',
}: Parts) {
  const source = `import { clamp, defineReward, distance, flag, label, norm, quat, scalar, sumSquares, tolerance, vec3, vector } from 'carrot-rl'
${above}
export default defineReward({
  name: 'x',
  reads: { ${reads} },
  terms: { a: { weight: 1, value: s => ${value} } },
  ${more}
})
`
  const found = await checkTypes(textGraph(name, source).values(), hopper)
  return found.map(({ at, message, hint = '' }) => `${at.line}:${at.column} ${message} ${hint}`.trim())
}

test('an ordinary program is accepted', async () => {
  const reads = `torsoPosition: vec3('m', 'world'), torsoVelocity: vec3('m/s'), torsoPitch: scalar('rad'),
    jointAngles: vector('rad'), jointRates: vector(3, 'rad/s'), healthy: flag()`
  const value = `{
    let sum = 0
    for (let i = 0; i < s.jointRates.length; i++) sum += Math.abs(s.jointRates[i] * s.jointAngles[i])
    const { x, z } = s.torsoPosition
    return sum + lean(s.torsoPitch) + (x - s.prev.torsoPosition.x) / s.dt + distance(s.torsoPosition, { x, y: 0, z }) +
      norm(s.torsoVelocity) * s.time * s.ends + tolerance(z, { above: 1, margin: 0.2 }) + clamp(s.action[2], -1, 1) + sumSquares(s.action)
  }`
  const more = `combine: weighted => Math.max(0, weighted.a), success: s => s.healthy === 1, succeeds: 'ever', rate: 'per-second',
    env: 'hopper', about: 'Some.', phrases: ['some'],`
  const above = 'const lean = (pitch: number): number => Math.cos(pitch)'
  expect(await complaints({ reads, value, more, above })).toEqual([])
})

test('memory, potentials and labels are understood', async () => {
  const source = `import { defineReward, flag, label, type Memory, type State, type Vector3, vec3, vlm } from 'carrot-rl'
const READS = { healthy: flag(), torsoPosition: vec3('m', 'world') } as const
const count = (s: State<typeof READS>, memory: Memory<{ n: number }>): number => (memory.n[0] += s.healthy)
const height = (v: Vector3): number => v.z
export default defineReward({
  name: 'x',
  reads: READS,
  terms: {
    counted: { weight: 1, memory: { n: 1 }, value: count },
    shaped: { weight: 1, potential: s => height(s.torsoPosition) },
    seen: label({ weight: 1, column: 'clip' }),
    asked: vlm({ weight: 1, prompt: 'a robot that hops', baseline: ['a robot'], alpha: 0.3, every: 4 }),
  },
})
`
  expect(await checkTypes(textGraph('reward.ts', source).values(), hopper)).toEqual([])
})

test.each([
  [
    'a wrong unit',
    { reads: "torsoVelocity: vec3('m', 'world')", value: 's.torsoVelocity.x' },
    "5:12 It reads torsoVelocity as vec3('m', 'world'); 'hopper' gives it as m/s (world) ×3. Declare it as torsoVelocity: vec3('m/s', 'world'), and convert inside the term.",
  ],
  [
    'a wrong frame',
    { reads: "torsoVelocity: vec3('m/s', 'body')" },
    "5:12 It reads torsoVelocity as vec3('m/s', 'body'); 'hopper' gives it as m/s (world) ×3. Declare it as torsoVelocity: vec3('m/s', 'world'), and convert inside the term.",
  ],
  [
    'a wrong shape',
    { reads: "torsoVelocity: scalar('m/s')" },
    "5:12 It reads torsoVelocity as scalar('m/s'); 'hopper' gives it as m/s (world) ×3. Declare it as torsoVelocity: vec3('m/s', 'world'), and convert inside the term.",
  ],
  [
    'a wrong length',
    { reads: "jointAngles: vector(6, 'rad')" },
    "5:12 It reads jointAngles as vector(6, 'rad'); 'hopper' gives it as rad ×3. Declare it as jointAngles: vector(3, 'rad'), and convert inside the term.",
  ],
  [
    'a signal that there is not',
    { reads: "torsoVelocty: vec3('m/s')" },
    "5:12 'hopper' has no signal 'torsoVelocty'. Did you mean 'torsoVelocity'?",
  ],
  [
    'a signal that it has not read',
    { value: 's.torsoPitch' },
    "6:42 s.torsoPitch is not there. Declare it: reads: { torsoPitch: scalar('rad') }.",
  ],
  [
    'one of the state before',
    { value: 's.prev.torsoPosition.x' },
    "6:47 s.prev.torsoPosition is not there. Declare it: reads: { torsoPosition: vec3('m', 'world') }.",
  ],
  ['a slip of the pen', { value: 's.helthy' }, "6:42 s.helthy is not there. Did you mean 'healthy'?"],
  [
    'a part that a vector has not',
    { reads: "torsoPosition: vec3('m')", value: 's.torsoPosition.w' },
    "6:56 s.torsoPosition.w is not there. Did you mean 'x'?",
  ],
  [
    'a joint that there is not',
    { reads: "jointAngles: vector('rad')", value: 's.jointAngles[3]' },
    "6:54 Tuple type 'readonly [number, number, number]' of length '3' has no element at index '3'.",
  ],
  [
    'an action that there is not',
    { value: 's.action[3]' },
    "6:49 Tuple type 'Action' of length '3' has no element at index '3'.",
  ],
  [
    'a formula that gives no number',
    { value: 's.healthy === 1' },
    "6:28 value: Type 'boolean' is not assignable to type 'number'. Give a finite number for every state.",
  ],
  [
    'a formula that gives nothing',
    { value: '{ s.healthy }' },
    "6:28 value: Type 'void' is not assignable to type 'number'. Give a finite number for every state.",
  ],
  [
    'a criterion that is a number',
    { more: 'success: s => s.healthy' },
    "7:3 success: Type 'number' is not assignable to type 'boolean'. A flag is a number: compare it, as in s.healthy === 1.",
  ],
  [
    'a unit that there is not',
    { reads: "torsoPitch: scalar('degrees')" },
    "5:12 It reads torsoPitch as scalar('degrees'); 'hopper' gives it as rad. Declare it as torsoPitch: scalar('rad'), and convert inside the term.",
  ],
  [
    'a state that is written',
    { value: '{ s.healthy = 1; return 1 }' },
    "6:44 Cannot assign to 'healthy' because it is a read-only property.",
  ],
  [
    'a clock of the page',
    { value: 'performance.now()' },
    "6:40 Cannot find name 'performance'. Functions of 'carrot-rl' are imported; nothing of a page or of Node is there, and no clock.",
  ],
  [
    'a key that is misspelt',
    { more: 'sucess: s => true' },
    "7:3 Object literal may only specify known properties, but 'sucess' does not exist here.",
  ],
])('%s is refused', async (_, parts: Parts, expected) => {
  const [first] = await complaints(parts)
  expect(first.slice(0, expected.length)).toBe(expected)
})

test('a program in JavaScript is checked as well, and need not name types', async () => {
  const above = 'const twice = x => 2 * x'
  expect(await complaints({ name: 'reward.js', above, value: 'twice(s.healthy)' })).toEqual([])
  expect(await complaints({ name: 'reward.js', value: 's.helthy' })).toEqual([
    "6:42 s.helthy is not there. Did you mean 'healthy'?",
  ])
})

test('what one check learns of an environment does not show in the next', async () => {
  const source = `import { defineReward, scalar } from 'carrot-rl'
export default defineReward({ name: 'x', reads: { speed: scalar('m/s') }, terms: { a: { weight: 1, value: s => s.speed } } })`
  const spec: EnvSpec = { ...hopper, id: 'other', signals: { speed: { shape: [], unit: 'm/s' } } }
  const check = async (of: EnvSpec) => (await checkTypes(textGraph('reward.ts', source).values(), of)).length
  expect(await check(spec)).toBe(0)
  expect(await check(hopper)).toBe(1)
  expect(await check(spec)).toBe(0)
})

test('every function for programs is declared, and none that there is not', () => {
  const declared = [...LANGUAGE.matchAll(/^ {2}function (\w+)/gm)].map(([, name]) => name)
  const makers = ['flag', 'label', 'quat', 'scalar', 'vec3', 'vector', 'vlm']
  expect([...new Set(declared), ...makers].sort()).toEqual(Object.keys(library).sort())
})

test('the built-in programs pass', async () => {
  for (const { name, env = '' } of [...programs, ...experts]) {
    const { source } = await loadProgram(name)
    expect([name, await checkTypes(textGraph(`${name}.ts`, source).values(), envById(env).spec)]).toEqual([
      name,
      [],
    ])
  }
})
