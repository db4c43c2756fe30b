import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseConfig, type TrainInput } from '../../src/config.ts'
import { planNew, planStored } from '../../src/plan.ts'
import { openRun } from '../../src/store/index.ts'
import { startTraining } from '../../src/train.ts'
import { judgedByText } from '../../src/vision/textProgram.ts'
import { writeColourModel } from './colours.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-text-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const model = writeColourModel(join(root, 'colours'))

const asked: TrainInput = {
  env: 'cartpole',
  via: 'vlm',
  text: "a pole upright and a zebra's 'hat'",
  vlm: { model, baseline: 'a pole and cart', alpha: 0.25 },
  steps: 256,
  evalEpisodes: 2,
  ppo: { batch: 256, epochs: 1, minibatches: 2, hidden: [8] },
}

test('a text becomes a program that says what was chosen, in units of what random play is worth', async () => {
  const { loaded, notes, config, env } = await planNew(asked, root)
  const [term] = loaded.program.terms
  expect(loaded.program).toMatchObject({
    name: 'see-a-pole-upright-and-a-zebra-s-hat',
    env: 'cartpole',
    about: asked.text,
  })
  expect(term.vision).toMatchObject({
    prompts: [asked.text],
    baselines: ['a pole and cart'],
    cameras: ['side'],
    every: 4,
    dials: { alpha: 0.25 },
  })
  const { mean, std } = term.vision?.dials ?? {}
  expect(std).toBeGreaterThan(0)
  expect(std).not.toBe(1)
  expect(notes[0]).toMatch(
    /looks through camera 'side' every 4 steps .* baseline "a pole and cart" \(alpha 0.25\)/,
  )
  expect(notes[1]).toContain(`${mean} ± ${std}`)
  expect(notes[2]).toMatch(
    /not made for the words zebra, hat,.* It knows: a, and, cart, fallen, pole, upright\./,
  )
  expect(notes[3]).toMatch(/judged by 'balanced'/)
  // The paper's variant of the task, from the presets.
  expect(env.spec.maxSteps).toBe(200)
  expect(config.reward).toBeUndefined()
  // The same again, from the text that the program is.
  expect((await planNew({ ...asked }, root)).loaded.hash).toBe(loaded.hash)
})

test('a run from a text is stored whole: it goes on, and its configuration starts it again', async () => {
  const session = await startTraining(asked, { root })
  await session.done
  const run = openRun(session.folder)
  const { metadata, tensors } = run.latestCheckpoint()!
  const { loaded } = await planStored(run, metadata as never)
  expect(loaded.program.terms[0].vision?.prompts).toEqual([asked.text])
  expect(parseConfig(run.config)).toEqual((await planNew(asked, root)).config)
  const again = await startTraining(parseConfig(run.config), { root })
  await again.done
  expect(openRun(again.folder).latestCheckpoint()?.tensors).toEqual(tensors)
})

test('the physics judges by the goal that the text is nearest to', async () => {
  const judged = async (text: string, envOptions = {}) => {
    const config = parseConfig({ env: 'humanoid-pose', via: 'vlm', text, envOptions })
    const { env, notes } = await judgedByText(config)
    return { signal: env.spec.success?.signal, note: notes[0] }
  }
  const goals = {
    'a humanoid robot kneeling': 'kneeling',
    'a humanoid robot seated down, meditating in the lotus position': 'lotus',
    'a humanoid robot standing up': 'standing',
    'a humanoid robot standing up, with both arms raised': 'armsRaised',
    'a humanoid robot practicing gymnastics, doing the side splits': 'splits',
    'a humanoid robot standing up with hands on hips': 'handsOnHips',
    'a humanoid robot standing up on one leg': 'oneLeg',
    'a humanoid robot standing up, with its arms crossed': 'armsCrossed',
  }
  for (const [text, goal] of Object.entries(goals)) expect((await judged(text)).signal, text).toBe(goal)
  expect((await judged('a humanoid robot kneeling', { goal: 'lotus' })).signal).toBe('lotus')
  expect((await judged('quixotic flamingos')).note).toContain("judged by 'kneeling'")
})

test('what is missing is told', async () => {
  await expect(planNew({ ...asked, text: undefined }, root)).rejects.toThrow(
    'What the picture should show is not said',
  )
  await expect(planNew({ env: 'cartpole', vlm: { alpha: 0 } }, root)).rejects.toThrow(
    '--alpha is a setting of rewards from pictures',
  )
  await expect(planNew({ ...asked, vlm: { model: 'none/such' } }, root)).rejects.toThrow(
    'There is no model none/such',
  )
  await expect(
    planNew({ ...asked, text: 'a pole', vlm: { ...asked.vlm, baseline: 'a pole' } }, root),
  ).rejects.toThrow('same text to the model')
})
