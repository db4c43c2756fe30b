import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { envs } from '../../envs/index.ts'
import { experts, programs } from '../../rewards/index.ts'
import {
  benchesOutput,
  doctorOutput,
  envsOutput,
  goldenOutput,
  rewardsOutput,
  runsOutput,
} from '../../src/protocol/cli.ts'
import { carrot, json } from './carrot.ts'

const VERBS = [
  'train',
  'watch',
  'list',
  'new',
  'check',
  'check-env',
  'score',
  'eval',
  'export',
  'report',
  'search',
  'improve',
  'randomise',
  'bench',
  'doctor',
]

test('every verb explains itself with an example', async () => {
  const { stdout } = await carrot('--help')
  const listed = [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(match => match[1])
  expect(listed.sort()).toEqual([...VERBS].sort())
  for (const verb of VERBS) {
    const { code, stdout } = await carrot(verb, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--json')
    expect(stdout).toMatch(new RegExp(`\\nExample:\\n  \\$ carrot ${verb}\\b.*\\n$`))
  }
})

test('list says what there is', async () => {
  const listed = await json(envsOutput, 'list', 'envs')
  expect(listed.envs.map(env => env.id)).toEqual(envs.map(env => env.spec.id))
  const hopper = listed.envs.find(env => env.id === 'hopper')
  expect(hopper?.action.names).toEqual(['hip', 'knee', 'ankle'])
  expect(hopper?.signals).toContainEqual(
    expect.objectContaining({ name: 'torsoVelocity', shape: [3], unit: 'm/s', frame: 'world' }),
  )
  const { rewards } = await json(rewardsOutput, 'list', 'rewards')
  expect(rewards.map(({ id, env }) => [id, env])).toEqual(
    [...programs, ...experts].map(({ name, env }) => [name, env]),
  )
  expect(rewards.find(({ id }) => id === 'hopper-forward')?.terms).toContainEqual({
    name: 'control',
    kind: 'value',
    weight: -1e-3,
  })
  expect(await json(runsOutput, 'list', 'runs')).toEqual({ runs: [] })
})

test('what people read holds what programs read', async () => {
  const { stdout } = await carrot('list', 'rewards')
  for (const { name, about } of programs) expect(stdout).toMatch(new RegExp(`^${name} .*${about}$`, 'm'))
})

test('doctor says what this machine offers, and why something is refused', async () => {
  const { node, executors, adapters } = await json(doctorOutput, 'doctor')
  expect(node).toMatchObject({ version: process.versions.node, path: process.execPath, ok: true })
  expect(executors).toContainEqual(expect.objectContaining({ name: 'wasm', available: true }))
  expect(executors.map(({ name }) => name)).toEqual(['wasm', 'onnx-cpu'])
  expect(adapters.map(({ api }) => api)).toEqual(['webgpu', 'cuda'])
  for (const { reason } of [...executors, ...adapters]) expect(reason).toMatch(/\w.*\.$/)
})

test('check-env compares with a recording, and its exit code tells', async () => {
  const golden = fileURLToPath(new URL('../fixtures/golden/Hopper-v5.one-step.json.gz', import.meta.url))
  const report = await json(goldenOutput, 'check-env', 'hopper', '--golden', golden)
  expect(report).toMatchObject({
    env: 'hopper',
    kind: 'one-step',
    tolerance: 1e-9,
    flagsEqual: true,
    ok: true,
  })
  expect(report.comparedSteps).toBeGreaterThan(10)
  const strict = await carrot('check-env', 'hopper', '--golden', golden, '--tolerance', '1e-30')
  expect(strict.code).toBe(1)
  expect(strict.stdout).toContain('It does NOT agree.')
})

test('bench says what it can measure', async () => {
  const { benches } = await json(benchesOutput, 'bench')
  expect(benches).toEqual(expect.arrayContaining(['pipeline', 'step', 'train']))
})
