/** `carrot new` and `carrot check`, as one meets them. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOutput, newOutput, trainOutput } from '../../src/protocol/cli.ts'
import { carrot, complaint, failure, folder, json, parse, small } from './carrot.ts'

test('new writes a program that check finds sound, and train trains on', async () => {
  const written = await json(newOutput, 'new', 'reward', 'long-leaps', '--env', 'inverted-pendulum')
  expect(written).toMatchObject({ file: join(folder, 'long-leaps.ts'), env: 'inverted-pendulum' })
  for (const file of written.files) expect(existsSync(file)).toBe(true)
  const { ok, terms } = await json(checkOutput, 'check', 'long-leaps.ts')
  expect(ok).toBe(true)
  expect(terms.map(({ name }) => name)).toEqual(['speed', 'upright', 'effort'])
  const { env, reward } = await json(trainOutput, 'train', '--reward', 'long-leaps.ts', ...small)
  expect([env, reward.name]).toEqual(['inverted-pendulum', 'long-leaps'])
})

test('new says what to do next, and what stands in its way', async () => {
  const { code, stdout } = await carrot('new', 'reward', 'spin-up', '--env', 'ant')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^Wrote spin-up\.ts.*\nSee .* check spin-up\.ts\nTrain .* train --reward spin-up\.ts\n$/,
  )
  expect(await complaint('new', 'reward', 'spin-up', '--env', 'ant')).toMatch(/spin-up\.ts is there already/)
  expect(await complaint('new', 'reward', 'Spin', '--env', 'ant')).toContain('lower-case words')
  expect(await complaint('new', 'reward', 'spin')).toContain('--env')
  expect((await failure('new', 'reward', 'spin', '--env', 'aunt')).hint).toBe("Did you mean 'ant'?")
})

test('check shows the table', async () => {
  const { code, stdout } = await carrot('check', 'pendulum-sway')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^pendulum-sway on inverted-pendulum, \d+ random steps in \d+ episodes\n/)
  expect(stdout).toMatch(/^balance +1 +0\.\d+ .* \d+ %$/m)
  expect(stdout).toMatch(/^overrun +-5 .* 0 % +always 0 here/m)
  expect(stdout).toMatch(/success criterion holds after \d+ %/)
  expect(stdout).toMatch(/It is sound/)
})

test('check lists what is wrong, with places and an exit code', async () => {
  const file = join(folder, 'wrong.ts')
  writeFileSync(
    file,
    `import { defineReward, scalar, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'wrong',
  env: 'hopper',
  reads: { torsoHight: scalar('m'), torsoVelocity: vec3('m', 'world') },
  terms: { only: { weight: 1, value: s => s.torsoHight } },
})
`,
  )
  const { code, stdout } = await carrot('check', 'wrong.ts')
  expect(code).toBe(1)
  expect(stdout).toContain(`${file}:5:12: wrong cannot read 'torsoHight' from env 'hopper'.`)
  expect(stdout).toContain(`${file}:5:37: wrong reads torsoVelocity as m (world) ×3`)
  expect(stdout).toMatch(/\n2 things to mend\.\n$/)

  const asked = await carrot('check', 'wrong.ts', '--json')
  expect(asked.code).toBe(1)
  const report = parse(checkOutput, asked.stdout)
  expect(report.ok).toBe(false)
  expect(report.errors.map(({ line, column }) => [line, column])).toEqual([
    [5, 12],
    [5, 37],
  ])
})

test('check of a program that is not there', async () => {
  expect(await complaint('check', 'hoper-high')).toContain("Did you mean 'hopper-high'?")
  const { errors } = parse(checkOutput, (await carrot('check', 'nowhere.ts', '--json')).stdout)
  expect(errors[0].message).toContain('carrot new reward')
})
