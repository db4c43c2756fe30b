import { expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward, programs } from '../../rewards/index.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import { programIn } from '../../src/llm/extract.ts'
import { loadText } from '../../src/loadProgram.ts'
import { proofData } from '../../src/proof/data.ts'
import { prove } from '../../src/proof/prove.ts'
import { type Candidate, fittest } from '../../src/search/candidate.ts'
import { cross, type Parent } from '../../src/search/crossover.ts'
import { agreement, correlation, spread } from '../../src/search/evidence.ts'
import { concurrently, halve, rungsFor } from '../../src/search/halving.ts'
import { judgeOf } from '../../src/search/judge.ts'
import { prune } from '../../src/search/prune.ts'
import { partsOf, textOf } from '../../src/search/terms.ts'
import { answer } from '../llm/endpoint.ts'

const env = envById('inverted-pendulum')
const source = (name: string): string => programIn(answer(name)) as string

async function parent(text: string): Promise<Parent> {
  const { plays } = await proofData(env)
  const { program } = await loadText('parent.ts', text)
  const scored = plays.map(({ columns }) => {
    const copy = rescoringCopy(columns)
    bindReward(program, env.spec, { rows: copy.N, gamma: 1 }).score(copy)
    return copy
  })
  return { source: text, terms: program.terms.map(({ name }) => name), scored }
}

test('a child has all terms of the fitter parent, what the other adds to them, and weights on one scale', async () => {
  const fitter = await parent(source('good'))
  // The same words for other things, ten times as large.
  const other = source('better')
    .replaceAll('CALM', 'SHARPNESS')
    .replaceAll('calm:', 'middle:')
    .replace(/weight: (-?[\d.]+)/g, (_, weight) => `weight: ${10 * Number(weight)}`)
  const child = (await cross(fitter, await parent(other), 'child')) as string
  expect(child).toContain("name: 'child'")
  expect(child).toContain('const SHARPNESS = 2')
  expect(child).toContain('const SHARPNESS_2 = 4')
  expect(child).toMatch(/middle2: \{[^}]*SHARPNESS_2/)
  // 'upright' and 'effort' say nothing new.
  const { program } = await loadText('child.ts', child)
  expect(program.terms.map(({ name }) => name)).toEqual(['upright', 'middle', 'effort', 'middle2', 'slow'])
  expect(Object.keys(program.reads)).toEqual(['upright', 'cartPosition', 'poleRate', 'cartVelocity'])
  const { weight } = program.terms[3]
  expect(weight).toBeGreaterThan(0.1)
  expect(weight).toBeLessThan(2)
  expect((await prove(child, env.spec, await proofData(env))).failures).toEqual([])

  expect(await cross(fitter, fitter, 'child')).toBeUndefined()
  const combined = source('better').replace('  success:', '  combine: terms => terms.upright,\n  success:')
  expect(await cross(fitter, await parent(combined), 'child')).toBeUndefined()
})

test('a child reads what the functions read that its terms call', async () => {
  const other = source('better')
    .replace(
      'export default',
      'const rush = (s: { readonly cartVelocity: number }) => Math.abs(s.cartVelocity)\n\n$&',
    )
    .replace('Math.abs(s.cartVelocity)) }', 'rush(s)) }')
  const child = (await cross(await parent(source('good')), await parent(other), 'child')) as string
  expect(child).toContain('rush(s)')
  expect((await prove(child, env.spec, await proofData(env))).failures).toEqual([])
})

test('a program survives being taken apart and put together', async () => {
  const text = source('good')
  const again = textOf((await partsOf(text)) as NonNullable<Awaited<ReturnType<typeof partsOf>>>)
  const [{ program: before }, { program: after }] = await Promise.all([
    loadText('a.ts', text),
    loadText('b.ts', again),
  ])
  expect({ ...after, terms: after.terms.map(String), success: undefined }).toEqual({
    ...before,
    terms: before.terms.map(String),
    success: undefined,
  })
  expect(again).toContain('/** m from the middle that counts as the middle. */')
  expect(await partsOf(text.replace('reads: {', 'reads: { ...others,'))).toBeUndefined()
})

test('agreement is the share of pairs in the right order', () => {
  expect(agreement([1, 2, 3], [10, 20, 30])).toBe(1)
  expect(agreement([3, 2, 1], [10, 20, 30])).toBe(0)
  expect(agreement([2, 2, 2], [10, 20, 30])).toBe(0.5)
  // Equal worth is no pair.
  expect(agreement([1, 2, 3], [10, 10, 30])).toBe(1)
  expect(agreement([1, 2], [5, 5])).toBeNull()
})

test('correlation', () => {
  expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12)
  expect(correlation([1, 2, 3], [1, 1, 1])).toBe(0)
  expect(correlation([1, 2, 3, 4], [1, -1, -1, 1])).toBeCloseTo(0, 12)
})

test('a list is thinned out evenly, with both ends', () => {
  expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8], 5)).toEqual([0, 2, 4, 6, 8])
  expect(spread([1, 2], 5)).toEqual([1, 2])
})

test('before training: twins, worse than chance, and too many are left out, best first', () => {
  const rewards = [
    [1, 2, 3],
    [20, 40, 60],
    [1, 5, 2],
    [3, 1, 1],
    [0, 1, 0],
  ].map(each => Float64Array.from(each))
  const ranked = [0.9, 0.9, 0.8, 0.3, 0.7].map((agreement, i) => ({
    candidate: `c${i}`,
    agreement,
    rewards: rewards[i],
  }))
  const verdicts = prune(ranked, 2, each => each)
  expect(verdicts.map(({ candidate }) => candidate)).toEqual(['c0', 'c1', 'c2', 'c4', 'c3'])
  expect(verdicts.map(({ why }) => why)).toEqual([
    '',
    'It pays the same as c0, but for scale and offset.',
    '',
    'Others rank recorded episodes better.',
    'It ranks recorded episodes worse than chance (0.30).',
  ])
  const [first] = prune(ranked.slice(0, 1), 2, each => each, ranked.slice(1, 2))
  expect(first.why).toContain('the same as c1')
})

test('halving: all train a little, the better half goes on, those that fail are out', async () => {
  expect(rungsFor(1000, 1)).toEqual([1000])
  expect(rungsFor(1000, 2)).toEqual([500, 1000])
  expect(rungsFor(1000, 16)).toEqual([250, 500, 1000])
  const trained: string[] = []
  const stopped: string[] = []
  const last = await halve(
    ['a', 'b', 'c', 'd', 'e'],
    [1, 2, 4],
    2,
    async (each, step) => {
      trained.push(`${each}${step}`)
      return each === 'e' ? undefined : each
    },
    (a, b) => a.charCodeAt(0) - b.charCodeAt(0),
    (each, step) => stopped.push(`${each}${step}`),
  )
  expect(trained).toEqual(['a1', 'b1', 'c1', 'd1', 'e1', 'd2', 'c2', 'd4'])
  expect(stopped).toEqual(['b1', 'a1', 'c2'])
  expect(last).toEqual(['d'])
})

test('side by side, but not all at once; the first failure ends it', async () => {
  let atOnce = 0
  let most = 0
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++atOnce)
    await new Promise(resolve => setTimeout(resolve, 5))
    atOnce--
    return 2 * item
  }
  expect(await concurrently([1, 2, 3, 4, 5], 2, work)).toEqual([2, 4, 6, 8, 10])
  expect(most).toBe(2)
  const begun: number[] = []
  const failing = concurrently([1, 2, 3, 4], 1, async item => {
    begun.push(item)
    if (item === 2) throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(begun).toEqual([1, 2])
})

test('the fittest has come furthest, and then succeeds most', () => {
  const candidate = (id: string, rungs: Candidate['rungs'], fate: Candidate['fate'] = 'trained') =>
    ({ id, rungs, fate }) as unknown as Candidate
  const rung = (step: number, success: number, returned: number) => ({ step, success, return: returned })
  expect(fittest([])).toBeUndefined()
  const all = [
    candidate('a', [rung(500, 1, 9)], 'stopped'),
    candidate('b', [rung(500, 0, 1), rung(1000, 0.5, 3)]),
    candidate('c', [rung(500, 0, 1), rung(1000, 0.5, 4)]),
    candidate('d', [rung(1000, 1, 9)], 'failed'),
  ]
  expect(fittest(all)?.id).toBe('c')
  expect(fittest(all.slice(0, 1))?.id).toBe('a')
})

test('who judges: the environment, or a program; nobody is told', async () => {
  expect((await judgeOf(env)).about).toContain('upright at the end')
  expect((await judgeOf(env, 'pendulum-balance')).about).toContain('under pendulum-balance')
  const judged = programs.find(({ success }) => success !== undefined)!
  expect(judged).toBeDefined()
  const none = { ...env, spec: { ...env.spec, success: null } }
  await expect(judgeOf(none)).rejects.toMatchObject({
    code: 'unsupported',
    hint: expect.stringContaining('--fitness'),
  })
})
