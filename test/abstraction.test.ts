/** The view of an environment that programs are written against. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envById, envs } from '../envs/index.ts'
import { abstractionOf, describeEnv } from '../src/abstraction.ts'
import type { EnvSpec } from '../src/core/spec.ts'
import { loadEnv } from '../src/loadEnv.ts'
import { abstractionOutput } from '../src/protocol/cli.ts'
import { json } from './cli/carrot.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-abstraction-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('tells of the hopper in a few hundred tokens what a reward needs to know', async () => {
  const text = await describeEnv(envById('hopper'))
  expect(text).toContain("torsoPosition: vec3<'m', 'world'> // Centre of the torso")
  expect(text).toMatch(/torsoPosition.* Starts at 0, 0, 1\.25\.$/m)
  expect(text).toContain("jointAngles: vector<3, 'rad'> // Hip, knee, ankle.")
  expect(text).toContain('healthy: flag //')
  expect(text).toContain('type Action = readonly [hip: number, knee: number, ankle: number]')
  expect(text).toContain('each from -1 to 1')
  expect(text).toContain('A step takes 0.008 s')
  expect(text).toContain('An episode succeeds when hopping is 1 at the end.')
  expect(text).toContain('minHeight 0.7')
  // A token of such text is 3 to 4 characters.
  expect(text.length / 3).toBeLessThan(600)
  expect(await describeEnv(envById('hopper'))).toBe(text)
})

test.each(envs.map(({ spec }) => [spec.id, spec] as const))('%s: every signal and action', (_, spec) => {
  const text = abstractionOf(spec)
  for (const name of Object.keys(spec.signals)) expect(text).toMatch(new RegExp(`^ +${name}: \\w+`, 'm'))
  for (const name of spec.action.names) expect(text).toContain(`${name}: number`)
})

test('a model of your own, also from the command line', async () => {
  const file = join(folder, 'cart.xml')
  writeFileSync(
    file,
    `<mujoco><worldbody><body name="cart"><joint name="rail_x" type="slide" axis="1 0 0"/><geom size=".1"/>
    </body></worldbody><actuator><motor name="push it" joint="rail_x" ctrlrange="-2 3"/></actuator></mujoco>`,
  )
  const text = await describeEnv(await loadEnv({ env: file }))
  expect(text).toContain("railXSpeed: scalar<'m/s'>")
  expect(text).toContain('type Action = readonly [a0: number /* push it */]')
  expect(text).toContain('each from -2 to 3')
  expect(text).toContain('judges no success')
  expect(await json(abstractionOutput, 'list', 'envs', file, '--abstraction')).toEqual({
    env: file,
    abstraction: text,
  })
})

test('nothing that an environment says of itself ends a comment', () => {
  const { spec } = envById('hopper')
  const hostile: EnvSpec = {
    ...spec,
    about: 'A robot.\n} export default 1 //',
    signals: { 'odd name': { shape: [], unit: 'm', about: 'Line one\nline two */ more' } },
    action: { ...spec.action, names: ['a', 'b', 'c */ d'], low: [-1, 0, -1] },
  }
  const text = abstractionOf(hostile)
  expect(text).toContain(`"odd name": scalar<'m'> // Line one line two */ more`)
  expect(text).toContain('a: number /* -1 to 1 */, b: number /* 0 to 1 */, a2: number /* c d, -1 to 1 */')
  expect(text.split('\n')[0]).toBe('// hopper: A robot. } export default 1 //')
})
