/** What a proof refuses, at which stage, and what it says; and that sound programs pass. */
import { describe, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { proofData } from '../../src/proof/data.ts'
import { explainForModel } from '../../src/proof/explain.ts'
import { type Proof, type ProveOptions, prove } from '../../src/proof/prove.ts'

async function proveFor(env: string, source: string, options?: ProveOptions): Promise<Proof> {
  const definition = envById(env)
  return prove(source, definition.spec, await proofData(definition), options)
}

/** A program for the drawer whose first term stands on line 8. */
const drawer = (terms: string, { above = '', more = '' } = {}): string =>
  `import { defineReward, flag, label, nearness, norm, scalar, sumSquares, vec3 } from 'carrot-rl'
${above}
export default defineReward({
  name: 'drawer',
  env: 'drawer-open',
  reads: { handPosition: vec3('m'), objectToGoal: scalar('m'), objectVelocity: vec3('m/s'), success: flag() },
  terms: {
    ${terms}
  },
  ${more}
})
`
const FINE = 'open: { weight: 1, value: s => nearness(s.objectToGoal) },'
const proveDrawer = (terms: string, rest = {}) => proveFor('drawer-open', drawer(terms, rest))

test('a sound program passes, with figures that rank the policies', async () => {
  const { ok, failures, loaded, trial, figures, source } = await proveDrawer(FINE)
  expect(failures).toEqual([])
  expect(ok).toBe(true)
  expect(loaded?.program.name).toBe('drawer')
  expect(loaded?.source).toBe(source)
  expect(figures?.policies.map(({ policy, successRate }) => [policy, successRate])).toEqual([
    ['random', 0],
    ['zero', 0],
    ['expert', 1],
  ])
  const [random, zero, expert] = figures?.policies.map(({ returnMean }) => returnMean) ?? []
  expect(expert).toBeGreaterThan(2 * Math.max(random, zero))
  expect(figures?.successReward).toBeGreaterThan(figures?.otherReward ?? Infinity)
  expect(trial?.terms.map(({ name }) => name)).toEqual(['open'])
})

test.each([
  ['lists', `const deep = ${'['.repeat(12_000)}${']'.repeat(12_000)}`],
  ['sums', `const deep = 1${' + 1'.repeat(11_000)}`],
  ['types', `type Deep = ${'['.repeat(12_000)}${']'.repeat(12_000)}`],
])('%s that nest too deep are refused, and the next program is read as ever', async (_, above) => {
  const source = drawer(FINE, { above })
  const { failures } = await proveFor('drawer-open', source, { untrusted: true })
  expect(failures).toMatchObject([{ message: expect.stringContaining('nests too deep') }])
  expect((await proveDrawer(FINE)).ok).toBe(true)
})

test('the same program gives the same proof', async () => {
  const strip = ({ figures, failures }: Proof) => ({ failures, figures: { ...figures, microseconds: 0 } })
  expect(strip(await proveDrawer(FINE))).toEqual(strip(await proveDrawer(FINE)))
})

// One of each family; the others are tried by `carrot check`.
test.each(['cheetah-forward', 'pusher-push', 'mountain-car-climb', 'curling-slide'])(
  'the built-in %s passes',
  async id => {
    const { source, program } = await loadProgram(id)
    expect((await proveFor(program.env as string, source)).failures).toEqual([])
  },
)

describe('refused by its text:', () => {
  test.each([
    ['nothing', ' \n', 'parse', 'The program is empty.'],
    ['prose', 'Here is a reward. It pays for opening the drawer.', 'parse', 'it never calls defineReward'],
    [
      'prose about it',
      'To open the drawer, call defineReward with a term that pays for it.',
      'parse',
      'is not valid TypeScript',
    ],
    ['a program cut short', drawer(FINE).slice(0, -20), 'parse', 'is not valid TypeScript'],
    ['a book', `// ${'x'.repeat(60_000)}\n${drawer(FINE)}`, 'parse', 'characters long'],
    [
      'a variable that all share',
      drawer(FINE, { above: 'let count = 0' }),
      'parse',
      'no variable outside its terms',
    ],
    [
      'a module of Node',
      drawer(FINE, { above: "import { readFileSync } from 'node:fs'" }),
      'imports',
      "cannot import 'node:fs'",
    ],
    ['a file beside it', drawer(FINE, { above: "export * from './other.ts'" }), 'imports', "'./other.ts'"],
    [
      'a type of elsewhere',
      drawer(FINE, { above: "type A = import('node:fs').Stats" }),
      'imports',
      "'node:fs'",
    ],
    ['a reference', `/// <reference types="node" />\n${drawer(FINE)}`, 'imports', 'by reference'],
    [
      'an import while it runs',
      drawer(FINE, { above: "const fs = import('node:fs')" }),
      'imports',
      'cannot import',
    ],
    [
      'one of a name it makes up',
      drawer(FINE, { above: "const f = import('node:' + 'fs')" }),
      'imports',
      'cannot import',
    ],
  ])('%s', async (_, source, stage, message) => {
    const { ok, failures, loaded } = await proveFor('drawer-open', source)
    expect(ok).toBe(false)
    expect(loaded).toBeUndefined()
    expect(failures[0]).toMatchObject({ stage, message: expect.stringContaining(message) })
    expect(failures[0].at?.line).toBeGreaterThan(0)
    expect(failures[0].hint).toMatch(/\w/)
  })
})

test('what fails is told with its place, all of a stage at once', async () => {
  const { failures } = await proveDrawer(`${FINE}
    a: { weight: 1, value: s => s.tipPosition.x },
    b: { weight: 1, value: s => s.success === 1 },`)
  expect(failures).toEqual([
    {
      stage: 'types',
      message: 's.tipPosition is not there.',
      hint: "Declare it: reads: { tipPosition: vec3('m', 'world') }.",
      at: { file: 'reward.ts', line: 9, column: 35 },
    },
    {
      stage: 'types',
      message: "value: Type 'boolean' is not assignable to type 'number'.",
      hint: 'Give a finite number for every state.',
      at: { file: 'reward.ts', line: 10, column: 21 },
    },
  ])
})

describe('refused by a dry run:', () => {
  test.each([
    [
      'a number that is none',
      'root: { weight: 1, value: s => Math.sqrt(s.handPosition.x) }',
      /^Term 'root' fails after \d+ of \d+ random steps, first in .*It returned NaN/,
    ],
    [
      'an error',
      "fit: { weight: 1, value: s => { if (s.time > 1) throw new Error('no'); return 1 } }",
      /^Term 'fit' fails after .* at 1\.0\d s\. It threw: no\./,
    ],
    ['chance', 'dice: { weight: 1, value: () => Math.random() }', /^Term 'dice' is not pure/],
    ['what it keeps', 'count: { weight: 1, value: () => kept.n++ }', /^Term 'count' is not pure/],
    [
      'what rows tell each other',
      'spy: { weight: 1, value: s => { const d = s.handPosition.x - kept.n; kept.n = s.handPosition.x; return d } }',
      /^Term 'spy' is not pure/,
    ],
    ['a name that it cannot have', `a: { weight: Number('x'), value: s => s.success }`, /weight/],
  ])('%s', async (_, term, message) => {
    const { ok, failures } = await proveDrawer(`${FINE}\n    ${term},`, { above: 'const kept = { n: 0 }' })
    expect(ok).toBe(false)
    expect(failures).toEqual([
      expect.objectContaining({ stage: 'dry-run', message: expect.stringMatching(message) }),
    ])
  })
})

describe('refused by what it pays for:', () => {
  test.each([
    [
      'the same in every step',
      `${FINE} same: { weight: 2, value: () => 3 }`,
      ["Term 'same' is 3 after every recorded step, whatever the policy does."],
    ],
    [
      // Published zero-shot rewards for this task pay for an object that keeps still.
      'nothing',
      `still: { weight: 1, value: s => nearness(norm(s.objectVelocity), 20) }, open: { weight: 0.01, value: s => s.success }`,
      expect.arrayContaining([
        expect.stringMatching(
          /^Doing nothing earns .* an episode; the expert earns .*, though it succeeds in 100 %/,
        ),
      ]),
    ],
    [
      'rest',
      'effort: { weight: -1, value: s => sumSquares(s.action) }',
      expect.arrayContaining([
        'Doing nothing earns as much, step by step, as the best of all recorded steps.',
      ]),
    ],
    [
      'the opposite',
      'shut: { weight: -1, value: s => nearness(s.objectToGoal) }',
      expect.arrayContaining([
        expect.stringMatching(/^A step to success earns .*, no more than one that is far from it/),
      ]),
    ],
    [
      'the opposite, as a potential',
      'shut: { weight: -1, potential: s => nearness(s.objectToGoal) }',
      expect.arrayContaining([expect.stringMatching(/^A step to success earns/)]),
    ],
  ])('%s', async (_, terms, messages) => {
    const { failures, figures } = await proveDrawer(terms)
    expect(new Set(failures.map(({ stage }) => stage))).toEqual(new Set(['unit-tests']))
    expect(failures.map(({ message }) => message)).toEqual(messages)
    expect(figures?.policies).toHaveLength(3)
  })

  test('anything, with a criterion that always holds', async () => {
    const { failures } = await proveDrawer(FINE, { more: 'success: s => s.objectToGoal >= 0,' })
    expect(failures).toMatchObject([
      {
        message: 'success holds after every recorded step, whatever the policy does.',
        at: { line: 10, column: 3 },
      },
    ])
  })

  test('rest, where no policy is known that succeeds', async () => {
    const source = `import { defineReward, flag, sumSquares } from 'carrot-rl'
export default defineReward({ name: 'x', reads: { healthy: flag() }, terms: { effort: { weight: -1, value: s => sumSquares(s.action) } } })`
    const { failures } = await proveFor('hopper', source)
    expect(failures.map(({ message }) => message)).toEqual([
      'Doing nothing earns as much, step by step, as the best of all recorded steps.',
    ])
  })
})

describe('passes, although it could seem wrong:', () => {
  test.each([
    ['a potential alone', 'open: { weight: 1, potential: s => nearness(s.objectToGoal) }'],
    ['a prize for the end alone', 'done: { weight: 1, value: s => s.success }'],
    ['a label that is not there yet', `${FINE} seen: label({ weight: 1, column: 'clip' })`],
    [
      'what labels will pay, less an effort',
      "seen: label({ weight: 1, column: 'clip' }), effort: { weight: -0.1, value: s => sumSquares(s.action) }",
    ],
    ['a prize that nobody won', `${FINE} far: { weight: 1, value: s => (s.objectToGoal > 5 ? 1 : 0) }`],
  ])('%s', async (_, terms) => {
    expect((await proveDrawer(terms)).failures).toEqual([])
  })

  test('a prize for going on, where episodes end early', async () => {
    const { source } = await loadProgram('cartpole-balance')
    expect((await proveFor('cartpole', source)).failures).toEqual([])
  })
})

describe('options that a program sets', () => {
  const lying = (options: string) => `import { defineReward, scalar } from 'carrot-rl'
export default defineReward({
  name: 'lying', env: 'hopper', envOptions: { ${options} }, reads: { torsoPitch: scalar('rad') },
  terms: { over: { weight: 1, value: s => Math.abs(s.torsoPitch) } },
  success: s => Math.abs(s.torsoPitch) > 1.2,
})
`
  test('are set where it is proven', async () => {
    const ends = async (options: string) => {
      const { figures, failures } = await proveFor('hopper', lying(options))
      expect(failures).toEqual([])
      return figures?.policies[0].episodes
    }
    // Episodes end early when the hopper has fallen, or do not.
    expect(await ends('')).toBeGreaterThan(4)
    expect(await ends('terminateWhenUnhealthy: false')).toBe(4)
  })

  test('are refused when there are none, or when they could cost too much', async () => {
    const none = await proveFor('hopper', lying('terminateWhenHealthy: false'))
    expect(none.failures).toMatchObject([
      { stage: 'types', message: "hopper has no option 'terminateWhenHealthy'." },
    ])
    const slow = await proveFor('hopper', lying('frameSkip: 1e6'), { untrusted: true })
    expect(slow.failures).toMatchObject([
      { stage: 'types', message: expect.stringContaining('frameSkip to 1000000'), at: { line: 3 } },
    ])
  })
})

test('terms that no recording ever paid are named', async () => {
  const { figures } = await proveDrawer(
    `${FINE} far: { weight: 1, value: s => (s.objectToGoal > 5 ? 1 : 0) }`,
  )
  expect(figures?.neverPaid).toEqual(['far'])
})

test.each([true, false])(
  'a fault of ours is thrown, not blamed on the program (untrusted: %s)',
  async untrusted => {
    const { spec } = envById('drawer-open')
    const data = await proofData(envById('drawer-open'))
    const [random, { columns, ...zero }] = data.plays
    const short = { ...columns, signals: columns.signals.subarray(1) }
    const broken = { ...data, plays: [random, { ...zero, columns: short }] }
    await expect(prove(drawer(FINE), spec, broken, { untrusted })).rejects.toMatchObject({
      code: 'bad-signal',
    })
  },
)

describe('in a sandbox', () => {
  const SAND = { untrusted: true }

  test('a sound program gives the proof that it gives here, but for its functions', async () => {
    const [here, there] = await Promise.all(
      [false, true].map(untrusted => proveFor('drawer-open', drawer(FINE), { untrusted })),
    )
    expect(there.failures).toEqual([])
    expect({ ...there.figures, microseconds: 0 }).toEqual({ ...here.figures, microseconds: 0 })
    expect(there.loaded).toMatchObject({ untrusted: true, hash: here.loaded?.hash, source: here.source })
    expect(there.loaded?.file).toBeUndefined()
    expect(there.trial?.terms.map(({ name }) => name)).toEqual(['open'])
  })

  test.each([
    [
      'a loop that does not end',
      '{ let x = 0; for (;;) x += s.success; return x }',
      'dry-run',
      /steps|end|takes/i,
    ],
    ['a list that does not fit', '{ const a = [1]; for (;;) a.push(...a); return a[0] }', 'dry-run', /\w/],
    ['chance', 'Math.random()', 'dry-run', /random/],
    ['a way out', "(s as any).constructor.constructor('return process')()", 'dry-run', /constructor/],
    ['a class', '{ class A { x = 1 } return new A().x }', 'parse', /class/],
    ['what it keeps', 'kept.n++', 'dry-run', /\w/],
    ['no number', 'Math.sqrt(-1 - s.success)', 'dry-run', /NaN/],
  ])('%s is refused', async (_, value, stage, message) => {
    const source = drawer(`${FINE}\n    evil: { weight: 1, value: s => ${value} },`, {
      above: 'const kept = { n: 0 }',
    })
    const { ok, failures } = await proveFor('drawer-open', source, SAND)
    expect(ok).toBe(false)
    expect(failures[0]).toMatchObject({ stage, message: expect.stringMatching(message) })
    expect(failures[0].at).toMatchObject({ file: 'reward.ts', line: 9 })
  })

  test('and a proof tells where a term stands that pays for nothing', async () => {
    const { failures } = await proveFor(
      'drawer-open',
      drawer(`${FINE}\n    same: { weight: 1, value: () => 2 },`),
      SAND,
    )
    expect(failures).toMatchObject([{ stage: 'unit-tests', at: { file: 'reward.ts', line: 9, column: 5 } }])
  })
})

test('failures read like a compiler wrote them', async () => {
  const proof = await proveDrawer('a: { weight: 1, value: s => s.tipPosition.x },')
  expect(explainForModel(proof)).toBe(
    `The program fails at the stage 'types':

reward.ts:8:35: s.tipPosition is not there. Declare it: reads: { tipPosition: vec3('m', 'world') }.
        a: { weight: 1, value: s => s.tipPosition.x },
                                      ^`,
  )
  expect(explainForModel(await proveDrawer(FINE))).toBe('')
})
