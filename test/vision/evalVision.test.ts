import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envById } from '../../envs/index.ts'
import { Rng } from '../../src/core/rng.ts'
import { evalVlmOutput } from '../../src/protocol/cli.ts'
import { epicDistance, epicOf, pearson } from '../../src/vision/epic.ts'
import { betweenKeyframes, overJoint } from '../../src/vision/landscape.ts'
import { stateSet } from '../../src/vision/stateSet.ts'
import { json } from '../cli/carrot.ts'
import { writeColourModel } from './colours.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-eval-vlm-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const model = writeColourModel(join(root, 'colours'))

test('EPIC is 0 for the same reward in other units, 1 for its opposite, and √½ for one that has nothing to do with it', () => {
  const rng = new Rng(1, 1)
  const reward = Float64Array.from({ length: 4000 }, () => rng.normal())
  const other = reward.map(() => rng.normal())
  expect(
    epicOf(
      pearson(
        reward,
        reward.map(r => 3 * r - 7),
      ),
    ),
  ).toBeCloseTo(0, 7)
  expect(
    epicOf(
      pearson(
        reward,
        reward.map(r => -r),
      ),
    ),
  ).toBeCloseTo(1, 12)
  const { estimate, low, high } = epicDistance(reward, other)
  expect(estimate).toBeCloseTo(Math.SQRT1_2, 1)
  expect(low).toBeLessThan(Math.SQRT1_2)
  expect(high).toBeGreaterThan(Math.SQRT1_2)
  expect(high - low).toBeLessThan(0.05)
  expect(
    pearson(
      reward,
      reward.map(() => 1),
    ),
  ).toBe(0)
})

test('a set of states is the same for the same seed, and holds goals and what is none', async () => {
  const definition = envById('humanoid-pose')
  const [one, same, other] = await Promise.all([
    stateSet(definition, 200, 1),
    stateSet(definition, 200, 1),
    stateSet(definition, 200, 2),
  ])
  expect(same.poses).toEqual(one.poses)
  expect(other.poses).not.toEqual(one.poses)
  for (const goal of ['kneeling', 'standing', 'splits']) {
    const share = one.signal(goal).reduce((sum, holds) => sum + holds, 0) / one.count
    expect(share, goal).toBeGreaterThan(0.005)
    expect(share, goal).toBeLessThan(0.6)
  }
})

test('a landscape goes from one pose to another, or over one position', async () => {
  const definition = envById('cartpole')
  const way = await betweenKeyframes(definition, 'hanging', 'upright', 'balanced')
  expect(way.truth[0]).toBe(0)
  expect(way.truth.at(-1)).toBe(1)
  // From the middle on it does not become untrue again.
  expect([...way.truth]).toEqual([...way.truth].sort())
  const sweep = await overJoint(definition, 'upright', { joint: 1, from: -3, to: 3 }, 'balanced')
  expect([sweep.x[0], sweep.x.at(-1), sweep.truth[30]]).toEqual([-3, 3, 1])
  await expect(overJoint(definition, 'upright', { joint: 2, from: 0, to: 1 }, 'balanced')).rejects.toThrow(
    'no position 2 to sweep',
  )
})

test('carrot eval vlm reports what its schema says, and keeps plots and frames', async () => {
  const report = await json(
    evalVlmOutput,
    ...['eval', 'vlm', '--env', 'cartpole', '--prompt', 'a pole upright', '--prompt', 'a pole fallen'],
    ...['--baseline', 'a pole', '--model', model, '--states', '60', '--out', join(root, 'out')],
    '--untrained',
  )
  expect(report.prompts.map(({ model, prompt }) => [model, prompt])).toEqual(
    [model, 'untrained'].flatMap(name => [
      [name, 'a pole upright'],
      [name, 'a pole fallen'],
    ]),
  )
  const [upright] = report.prompts
  expect(upright).toMatchObject({ judge: 'balanced', unknownWords: [], contrast: { goal: 'upright' } })
  expect(upright.alphas.map(({ alpha }) => alpha)).toEqual([0, 0.25, 0.5, 0.75, 1])
  expect(upright.contrast?.misses.map(({ pose }) => pose)).toEqual(['hanging'])
  expect(upright.contrast?.prompts).toHaveLength(1)
  expect(readFileSync(upright.plot, 'utf8')).toMatch(/^<svg/)
  expect(readFileSync(upright.frames).subarray(1, 4).toString()).toBe('PNG')
})
