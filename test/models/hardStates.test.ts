/** The search for postures that a model takes for what they are not, and learning from them. */
import { expect, test } from 'vitest'
import { humanoidPose } from '../../envs/humanoidPose/humanoidPose.ts'
import { Rng } from '../../src/core/rng.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { framesOf, rowsOf } from '../../src/models/frames.ts'
import { hardPostures, oneOf } from '../../src/models/hardStates.ts'
import { lowestPoint } from '../../src/models/humanoidStates.ts'
import { IMAGE_SIZE, initialise } from '../../src/models/network.ts'
import { GOALS } from '../../src/models/statements/humanoidGoals.ts'
import { SCENES } from '../../src/models/statements/index.ts'
import { RECIPE, tokenizerOfAll, towersFor, train } from '../../src/models/training.ts'

const kneeling = GOALS.filter(({ id }) => id === 'kneeling')
const tokenizer = tokenizerOfAll()
const net = towersFor(tokenizer)
/** A network that knows nothing takes much for kneeling. */
const blank = { net, tokenizer, params: initialise(net, new Rng(1, 3)) }
const search = () => hardPostures(blank, wasmExecutor(), { searches: 1, goals: kneeling }, new Rng(1, 6))
const found = await search()

test('what is found is on the floor, and is not the goal it is taken for', async () => {
  expect(found.length).toBeGreaterThan(4)
  using env = await humanoidPose.make(1)
  env.reset(1)
  const [row] = rowsOf(env)
  for (const { qpos, excess, goal } of found) {
    expect(goal).toBe('kneeling')
    expect(excess).toBeGreaterThan(0.25)
    env.setPose(0, qpos, new Float64Array(env.getPose(0).qvel.length))
    expect(kneeling[0].degree(row)).toBeLessThan(0.9)
    expect(Math.abs(lowestPoint(env, 0))).toBeLessThan(0.03)
  }
})

test('the same seed finds the same, and pictures of it differ from one to the next', async () => {
  expect(await search()).toEqual(found)
  const options = { seed: 2, size: IMAGE_SIZE, sampler: oneOf(found) }
  const frames = await framesOf(SCENES[0], 'humanoid-pose', 16, options)
  const size = 3 * IMAGE_SIZE * IMAGE_SIZE
  expect(frames.pixels.subarray(0, size)).not.toEqual(frames.pixels.subarray(size, 2 * size))
})

test('training seeks them after the parts of its steps that the recipe says', async () => {
  const frames = await framesOf(SCENES[0], 'humanoid-pose', 8, { seed: 3, size: IMAGE_SIZE })
  const at: number[] = []
  let step = 0
  const hard = { after: [0.5], searches: 1, goals: kneeling, frames: 8, share: 0.5 }
  const recipe = { ...RECIPE, steps: 4, report: 1, shape: { images: 4, texts: 4 }, hard }
  await train([{ frames, share: 1 }], recipe, wasmExecutor(), {
    report: progress => {
      step = progress.step
    },
    mined: found => at.push(step, found.length),
  })
  expect(at[0]).toBe(2)
  expect(at[1]).toBeGreaterThan(0)
})
