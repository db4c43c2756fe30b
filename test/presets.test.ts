import { expect, test } from 'vitest'
import { envs } from '../envs/index.ts'
import { learning, parseConfig } from '../src/config.ts'
import { presets } from '../src/presets.ts'

const all = [...presets()].flatMap(([env, byAlgorithm]) =>
  Object.entries(byAlgorithm).map(([algorithm, preset]) => ({ env, algorithm, preset })),
)

test('every preset is of an environment there is, and made of settings there are', () => {
  expect(all.length).toBeGreaterThan(5)
  const ids = envs.map(({ spec }) => spec.id)
  for (const { env, algorithm, preset } of all) {
    expect(ids).toContain(env)
    const { settings = {}, ...shared } = preset
    const asked = algorithm === 'vlm' ? { via: 'vlm', text: 'as in the picture' } : { algorithm }
    const config = parseConfig({ env, ...asked })
    expect(config, `${env}, ${algorithm}`).toMatchObject(shared)
    expect(learning(config).settings, `${env}, ${algorithm}`).toMatchObject(settings)
  }
})

test('what is given wins over the preset, and without presets the defaults hold', () => {
  const of = (input: object) => parseConfig({ env: 'inverted-pendulum', algorithm: 'sac', ...input })
  expect(of({})).toMatchObject({ steps: 50_000, sac: { hidden: [64, 64], learningStarts: 1000 } })
  expect(of({ steps: 7, sac: { hidden: [8] } })).toMatchObject({
    steps: 7,
    sac: { hidden: [8], learningStarts: 1000 },
  })
  expect(of({ preset: false })).toMatchObject({ steps: 1_000_000, sac: { hidden: [256, 256] } })
  // Of another algorithm than the one that pictures are learned from by default, its own settings stand.
  const seen = (input: object) => parseConfig({ env: 'cartpole', via: 'vlm', text: 'a pole', ...input })
  expect(seen({ vlm: { alpha: 0 } })).toMatchObject({
    algorithm: 'ppo',
    envOptions: { variant: 'vlm-rm' },
    vlm: { alpha: 0, baseline: 'pole and cart' },
    ppo: { gamma: 0.98 },
  })
  expect(seen({ algorithm: 'dqn', envOptions: { textured: true } })).toMatchObject({
    envOptions: { variant: 'vlm-rm', textured: true },
    dqn: { gamma: 0.99, hidden: [64, 64] },
  })
  // What a run has stored stays what it was.
  const stored = of({ steps: 7 })
  expect(parseConfig(stored)).toEqual(stored)
})
