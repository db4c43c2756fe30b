import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { programs } from '../rewards/index.ts'
import { checkProgram } from '../src/checkProgram.ts'
import { checkOutput } from '../src/protocol/cli.ts'
import { root } from './tools.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carrot-check-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** Checks a program with these terms, line 8 on, for the hopper unless another line is given for `env`. */
function check(terms: string, { above = '', env = "env: 'hopper',", more = '', given = '' } = {}) {
  const file = join(folder, `p${files++}.ts`)
  writeFileSync(
    file,
    `import { defineReward, flag, label, scalar, vec3 } from 'carrot-rl'
${above}
export default defineReward({
  name: 'checked',
  ${env}
  reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag() },
  terms: {
    ${terms}
  },
  ${more}
})
`,
  )
  return checkProgram(file, { env: given || undefined })
}
const FINE = 'fine: { weight: 1, value: s => s.healthy },'

// One of each family; `carrot bench proof` tries them all.
test.each([
  'pendulum-sway',
  'reacher-reach',
  'cheetah-flip',
  'cartpole-balance',
  'curling-slide',
  'redundant-arm-reach',
  'drawer-open',
  'pick-cube',
])('%s is sound, and pays whom it should', async id => {
  const report = await checkProgram(id)
  expect(checkOutput.parse(report)).toMatchObject({ ok: true, errors: [], advice: [] })
  expect(report.policies.map(({ policy }) => policy).slice(0, 2)).toEqual(['random', 'zero'])
  expect(report.terms.map(({ name }) => name)).toEqual(
    programs.find(({ name }) => name === id)?.terms.map(({ name }) => name),
  )
  const shares = report.terms.reduce((sum, { share }) => sum + share, 0)
  // Nothing varies where random play earns nothing, or the same at every step.
  const varies = report.terms.some(({ std, weight }) => weight * std !== 0)
  expect(shares).toBeCloseTo(varies ? 1 : 0, 9)
})

test('a report is the same every time', async () => {
  expect(await checkProgram('hopper-high')).toEqual(await checkProgram('hopper-high'))
})

test('the table is of the raw terms on random play', async () => {
  const { ok, terms } = await check(`
    fine: { weight: 1, value: s => s.healthy },
    ten: { weight: 3, value: s => 10 * s.healthy },
    same: { weight: 1, value: () => 2 },
    seen: label({ weight: 1, column: 'clip' }),
    near: { weight: 1, potential: s => s.torsoVelocity.x },`)
  expect(ok).toBe(true)
  const [fine, ten, same, seen, near] = terms
  expect(fine.mean).toBeGreaterThan(0.5)
  expect(fine.mean).toBeLessThan(1)
  expect(ten.mean).toBeCloseTo(10 * fine.mean, 9)
  expect(ten.share / fine.share).toBeCloseTo(900, 6)
  expect(same).toEqual({ name: 'same', weight: 1, mean: 2, std: 0, share: 0 })
  expect(seen).toEqual({ name: 'seen', weight: 1, mean: 0, std: 0, share: 0 })
  expect(near.std).toBeGreaterThan(0)
})

describe('what is wrong is told with its place:', () => {
  test('syntax', async () => {
    expect(await check(`${FINE} ]`)).toEqual({
      ok: false,
      errors: [{ message: expect.stringContaining('is not valid TypeScript'), line: 8, column: 49 }],
      advice: [],
      terms: [],
      policies: [],
    })
  })

  test('all mistakes of the form', async () => {
    const { ok, errors } = await check('a: { wieght: 1, value: () => 1 },\n    b: { weight: 1 },', {
      more: "rate: 'hourly',",
    })
    expect(ok).toBe(false)
    expect(errors.map(({ line }) => line)).toEqual([8, 9, 3])
    expect(errors[0].message).toMatch(/Did you mean 'weight'\?$/)
  })

  test('all signals that do not fit', async () => {
    const { errors, terms } = await check(FINE, { given: 'inverted-pendulum' })
    expect(terms).toEqual([])
    expect(errors).toMatchObject([
      { message: expect.stringContaining("'torsoVelocity'"), line: 6, column: 12 },
      { message: expect.stringContaining("'healthy'"), line: 6, column: 49 },
    ])
  })

  test('terms that fail, each once, with the line that throws; the others have their row', async () => {
    const { ok, errors, terms } = await check(`${FINE}
    bad: { weight: 1, value: s => Math.sqrt(s.torsoVelocity.x) },
    late: {
      weight: 1,
      value: s => {
        if (s.time > 0.1) throw new Error('too late')
        return 1
      },
    },`)
    expect(ok).toBe(false)
    expect(terms.map(({ name }) => name)).toEqual(['fine', 'bad', 'late'])
    expect(terms[0].mean).toBeGreaterThan(0.5)
    const [bad, late] = errors
    expect(bad).toMatchObject({ line: 9, column: 5 })
    expect(bad.message).toMatch(
      /^Term 'bad' fails after \d+ of \d+ random steps, first in episode 0 of environment \d at 0\.\d\d s\. It returned NaN\./,
    )
    expect(late).toMatchObject({ line: 13, column: 33 })
    expect(late.message).toMatch(/at 0\.10 s\. It threw: too late\./)
    expect(errors).toHaveLength(2)
  })

  test('combine and success that fail', async () => {
    const more = `success: s => { throw new Error('no idea') },
  combine: weighted => Number.NaN,`
    const { errors } = await check(FINE, { more })
    expect(errors.map(({ message, line }) => [message.slice(0, 26), line])).toEqual([
      ['The function combine fails', 11],
      ['The function success fails', 10],
    ])
  })

  test('names that are not among the signals it reads, although the term is finite', async () => {
    const { errors } = await check(`${FINE}
    typo: { weight: 1, value: s => (s.helthy === 1 ? 1 : 0) },
    undeclared: { weight: 1, value: s => s.prev.pitchRate },
    part: { weight: 1, value: s => s.torsoVelocity.X },`)
    expect(errors).toEqual([
      {
        message: "s.helthy is not there. Did you mean 'healthy'?",
        line: 9,
        column: 39,
      },
      {
        message: "s.prev.pitchRate is not there. Declare it: reads: { pitchRate: scalar('rad/s') }.",
        line: 10,
        column: 49,
      },
      {
        message: "s.torsoVelocity.X is not there. Did you mean 'x'?",
        line: 11,
        column: 52,
      },
    ])
  })

  test.each([
    ['a random generator', 'Math.random()', ''],
    ['a clock', 'Date.now()', ''],
    ['a count of its own', 'kept.n++', 'const kept = { n: 0 }'],
    [
      'what is meant for one environment only',
      '{ if (s.time <= s.dt) kept.last = 0; const d = s.torsoVelocity.x - kept.last; kept.last = s.torsoVelocity.x; return d }',
      'const kept = { last: 0 }',
    ],
  ])('a term with %s', async (_, value, above) => {
    const { ok, errors } = await check(`${FINE} impure: { weight: 1, value: s => ${value} },`, { above })
    expect(ok).toBe(false)
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^Term 'impure' is not pure.* memory: \{ … \}\.$/),
        line: 8,
        column: 49,
      },
    ])
  })

  test('an environment that is not named, or that there is not', async () => {
    expect(await check(FINE, { env: '' })).toEqual({
      ok: false,
      errors: [
        {
          message: expect.stringMatching(/does not say which environment it is for.*--env/),
          line: 4,
          column: 3,
        },
      ],
      advice: [],
      terms: [],
      policies: [],
    })
    expect((await check(FINE, { env: '', given: 'hopper' })).ok).toBe(true)
    const { errors } = await check(FINE, { env: "env: 'hoper'," })
    expect(errors).toEqual([
      { message: "There is no environment 'hoper'. Did you mean 'hopper'?", line: 5, column: 3 },
    ])
  })

  test('types, after the signals that do not fit', async () => {
    const { errors, terms } = await check(`${FINE}
    none: { weight: 1, value: s => { s.healthy } },
    far: { weight: 1, value: s => s.action[5] },`)
    expect(terms).toEqual([])
    expect(errors).toEqual([
      {
        message:
          "value: Type 'void' is not assignable to type 'number'. Give a finite number for every state.",
        line: 9,
        column: 24,
      },
      {
        message:
          "Tuple type 'Action' of length '3' has no element at index '5'. What programs for it may say: carrot list envs hopper --abstraction.",
        line: 10,
        column: 44,
      },
    ])
  })

  test('types in a file that it imports', async () => {
    writeFileSync(
      join(folder, 'shared.ts'),
      "import type { Vector3 } from 'carrot-rl'\nexport const far = (v: Vector3): number => v.w\n",
    )
    const { errors } = await check('far: { weight: 1, value: s => far(s.torsoVelocity) },', {
      above: "import { far } from './shared.ts'",
    })
    expect(errors).toEqual([{ message: "v.w is not there. Did you mean 'x'?", line: 2, column: 46 }])
  })

  test('a file that is not there', async () => {
    const { ok, errors } = await checkProgram(join(folder, 'nowhere.ts'))
    expect(ok).toBe(false)
    expect(errors).toEqual([
      { message: expect.stringMatching(/^There is no file/), line: null, column: null },
    ])
  })
})

test('files that it imports types from, and a built-in program by its path, are checked as any other', async () => {
  writeFileSync(
    join(folder, 'range.ts'),
    'export interface Range { readonly low: number; readonly high: number }\n',
  )
  const using = (high: string) =>
    check('fine: { weight: 1, value: s => Math.min(s.healthy, RANGE.high) },', {
      above: `import type { Range } from './range.ts'; const RANGE: Range = { low: 0, high: ${high} }`,
    })
  expect(await using('1')).toMatchObject({ ok: true, errors: [] })
  expect((await using("'1'")).errors).toMatchObject([{ message: expect.stringContaining("Type 'string'") }])
  const path = join(root, 'rewards/programs/poseStanding.ts')
  expect(await checkProgram(path)).toEqual(await checkProgram('pose-standing'))
})

test('what it pays for is advice: it can be trained on', async () => {
  const { ok, errors, advice, policies } = await check(
    'effort: { weight: -1, value: s => sumSquares(s.action) },',
    {
      above: "import { sumSquares } from 'carrot-rl'",
    },
  )
  expect([ok, errors]).toEqual([true, []])
  expect(advice).toEqual([
    { message: expect.stringMatching(/^Doing nothing earns as much/), line: null, column: null },
  ])
  expect(policies).toMatchObject([
    { policy: 'random', successRate: 0 },
    { policy: 'zero', returnMean: 0, successRate: 0 },
  ])
})

test('no such program or environment is a mistake of the call', async () => {
  await expect(checkProgram('hoper-high')).rejects.toMatchObject({ code: 'unknown-name' })
  await expect(checkProgram('hopper-high', { env: 'hoper' })).rejects.toMatchObject({ code: 'unknown-name' })
})
