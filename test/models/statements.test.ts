/** Degrees against the environments' own predicates, and captions. */
import { expect, test } from 'vitest'
import { GOALS, type Goal } from '../../envs/humanoidPose/goals.ts'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { captionOf, splitWords, wordsOf } from '../../src/models/captions.ts'
import { rowsOf } from '../../src/models/frames.ts'
import { lowestPoint, postures } from '../../src/models/humanoidStates.ts'
import { HELD_OUT_ENV, SCENES } from '../../src/models/statements/index.ts'
import { tokenizerOfAll } from '../../src/models/training.ts'
import { POSE_PROMPTS } from '../../src/vision/suites.ts'

const [humanoid] = SCENES
const goals = Object.keys(GOALS) as Goal[]
const idOf = (goal: string) => goal.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
const degreeOf = (goal: string) => humanoid.statements.find(({ id }) => id === idOf(goal))!.degree

test('a goal pose is wholly true of states that satisfy its predicate, and of no near miss', async () => {
  using env = await humanoidPose.make(1)
  env.reset(1)
  const [row] = rowsOf(env)
  for (const goal of goals) {
    for (const { name, qpos, qvel } of env.keyframes) {
      env.setPose(0, qpos, qvel)
      const degree = degreeOf(goal)(row)
      if (row[goal][0] === 1) expect(degree, `${goal} at ${name}`).toBeCloseTo(1, 6)
      if (name === `not-${goal}`) expect(degree, `${goal} at ${name}`).toBeLessThan(0.75)
    }
  }
})

test('degrees rise all the way from standing to a goal on the floor', async () => {
  using env = await humanoidPose.make(1)
  env.reset(1)
  const [row] = rowsOf(env)
  const of = (name: string) => env.keyframes.find(keyframe => keyframe.name === name)!
  const [from] = [of('standing')]
  for (const goal of ['kneeling', 'lotus', 'splits'] as const) {
    const to = of(goal)
    let last = 0
    for (let k = 0; k <= 10; k++) {
      const qpos = Float64Array.from(from.qpos, (x, i) => x + (k / 10) * (to.qpos[i] - x))
      env.setPose(0, qpos, from.qvel)
      qpos[2] -= lowestPoint(env, 0)
      env.setPose(0, qpos, from.qvel)
      const degree = degreeOf(goal)(row)
      expect(degree, `${goal} at ${k} of 10`).toBeGreaterThan(last - 0.02)
      last = degree
    }
    expect(last).toBeGreaterThan(0.9)
  }
})

test('drawn postures lie on the floor or above it, and cover every goal', async () => {
  using env = await humanoidPose.make(16)
  env.reset(1)
  const rows = rowsOf(env)
  const rng = new Rng(1, STREAM.data)
  const seen = new Set<string>()
  for (let n = 0; n < 40; n++) {
    postures(env, rng)
    rows.forEach((row, i) => {
      expect(lowestPoint(env, i)).toBeGreaterThan(-0.01)
      for (const goal of goals) if (degreeOf(goal)(row) > 0.9) seen.add(goal)
    })
  }
  expect([...seen].sort()).toEqual([...goals].sort())
})

test('every statement has an id of its own, and its held-out phrasings are no others', () => {
  const statements = SCENES.flatMap(scene => scene.statements)
  expect(new Set(statements.map(({ id }) => id)).size).toBe(statements.length)
  for (const { id, phrases, heldOut = [] } of statements) {
    expect(new Set(phrases).size, id).toBe(phrases.length)
    for (const phrase of heldOut) expect(phrases, id).not.toContain(phrase)
  }
})

test('captions of training hold the words of the published prompts, and no held-out phrasing', () => {
  const rng = new Rng(1, STREAM.data)
  const said = new Set<string>()
  const kneeling = humanoid.statements.find(({ id }) => id === 'kneeling')!
  for (let i = 0; i < 4000; i++) said.add(captionOf(humanoid, kneeling, rng))
  expect(said.size).toBeGreaterThan(1000)
  expect(said).toContain(POSE_PROMPTS.kneeling)
  for (const phrase of kneeling.heldOut!)
    expect([...said].filter(text => text.endsWith(` ${phrase}`))).toEqual([])
})

test('the vocabulary covers all captions and prompts; a word that is not in it is unknown', () => {
  const words = new Set(wordsOf(SCENES))
  for (const prompt of Object.values(POSE_PROMPTS))
    expect(splitWords(prompt).filter(word => !words.has(word))).toEqual([])
  const tokenizer = tokenizerOfAll()
  const ids = new Float32Array(tokenizer.length)
  tokenizer.encode('A robot, kneeling quixotically', ids)
  const tokens = [...ids].map(id => tokenizer.vocabulary[id])
  expect(tokens.slice(0, 6)).toEqual(['a', 'robot', ',', 'kneeling', '[UNK]', '[PAD]'])
})

test('the held-out environment is one of which something can be said', () => {
  expect(SCENES.filter(({ envs }) => envs.includes(HELD_OUT_ENV))).toHaveLength(1)
})
