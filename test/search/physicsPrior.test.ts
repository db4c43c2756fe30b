import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { AnswerCache } from '../../src/llm/answers.ts'
import { openAsker } from '../../src/llm/asker.ts'
import { proposeRanges } from '../../src/llm/proposeRanges.ts'
import { type FactorRange, leastOf, physicsPrior, wrapFlags } from '../../src/search/physicsPrior.ts'
import { startTraining } from '../../src/train.ts'
import { fakeEndpoint } from '../llm/endpoint.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-prior-'))
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }))

const train = async (steps: number): Promise<string> => {
  const session = await startTraining(
    {
      env: 'inverted-pendulum',
      wrap: { maxSteps: 100 },
      steps,
      evalEpisodes: 2,
      device: 'wasm',
      ppo: { batch: 1024, hidden: [32], learningRate: 1e-3 },
    },
    { root },
  )
  await session.done
  return session.run
}

test('a policy is tried outwards from 1 until it fails', async () => {
  const run = await train(40_960)
  const prior = await physicsPrior(run, { root, episodes: 3, keep: 0.8, factors: ['gain'] })
  expect(prior).toMatchObject({ run, env: 'inverted-pendulum', measure: 'success', nominal: 1 })
  const [{ low, high, tried }] = prior.ranges
  expect(low).toBeLessThan(1)
  expect(high).toBeGreaterThan(1)
  const values = tried.map(({ value }) => value)
  expect(values).toEqual([...values].sort((a, b) => a - b))
  // Nothing is tried beyond the first failure on either side, and that one is out.
  expect(
    tried.filter(({ holds }) => !holds).every(({ value }) => value === values[0] || value === values.at(-1)),
  ).toBe(true)
  expect(tried.find(({ value }) => value === high)?.score).toBeGreaterThanOrEqual(0.8)
})

test('a policy that does nothing is told so', async () => {
  const run = await train(1024)
  await expect(physicsPrior(run, { root, episodes: 2, keep: 0.8 })).rejects.toMatchObject({
    code: 'unsupported',
  })
})

const TRIED: FactorRange[] = [
  { factor: 'mass', low: 0.5, high: 2, tried: [] },
  { factor: 'friction', low: 0.9, high: 1.1, tried: [] },
  { factor: 'gain', low: 1, high: 1, tried: [] },
]

test('a model chooses within what was tried; without an answer of use that stays as it is', async () => {
  await using endpoint = await fakeEndpoint(({ all }) =>
    all.includes('walk')
      ? 'I think {so}: {"reasons": "Masses are known.", "ranges": {"mass": [0.8, 9], "gain": [0.5, 1.5]}}'
      : 'Any will do.',
  )
  const cache = new AnswerCache(join(root, 'cache'))
  const asker = openAsker({ llm: 'vllm/m', llmUrl: endpoint.url }, { cache })
  const ask = (text: string) => proposeRanges(asker, envById('inverted-pendulum'), text, TRIED)
  const proposal = await ask('walk')
  expect(proposal.reasons).toBe('Masses are known.')
  expect(proposal.ranges).toEqual([
    { factor: 'mass', low: 0.8, high: 2 },
    { factor: 'friction', low: 1, high: 1 },
    { factor: 'gain', low: 1, high: 1 },
  ])
  expect(wrapFlags(proposal.ranges)).toBe('--wrap mass=0.8,2')
  expect(endpoint.asked[0].all).toContain('- mass: 0.5 to 2')
  expect(await ask('run')).toEqual({ ranges: TRIED, reasons: '' })
})

test('what still counts as doing it, also for returns below 0', () => {
  expect(leastOf(1, 0.8)).toBeCloseTo(0.8, 12)
  expect(leastOf(-10, 0.8)).toBeCloseTo(-12, 12)
})
