/** Where learning runs: what is asked for, what auto takes, and that a trial is made once. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { specOf } from '../bench/ppoCase.ts'
import type { CarrotError } from '../src/core/errors.ts'
import { chooseExecutor, fastest } from '../src/executors.ts'
import { hasGpu } from '../src/gpu.ts'
import type { Chosen } from '../src/learn/algorithms.ts'
import { trials } from '../src/trials.ts'
import { onnxTest } from './graph/executors.ts'
import { useSoftwareVulkan, vulkanTest } from './graph/vulkan.ts'

const spec = specOf({ obsSize: 4, actionSize: 2, hidden: [8], rows: 1 })
const chosen = { algorithm: 'ppo', settings: { batch: 64, minibatches: 2 } } as Chosen
const environment = { ...process.env }

afterEach(() => {
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'XDG_CACHE_HOME']) {
    if (environment[name] === undefined) delete process.env[name]
    else process.env[name] = environment[name]
  }
})

test('auto takes the GPU only where a step took less time there, and says what was measured', () => {
  const cpu = { name: 'wasm', reason: 'the WASM executor: 2 MFLOP a gradient step is small' } as const
  expect(fastest(cpu, { cpuSeconds: 0.001, gpuSeconds: {} })).toBe(cpu)
  expect(fastest(cpu, { gpuSeconds: { webgpu: 0.001 } })).toBe(cpu)
  expect(fastest(cpu, { cpuSeconds: 0.001, gpuSeconds: { webgpu: 0.0042 } })).toEqual({
    name: 'wasm',
    reason: `${cpu.reason} (4.2 ms a step on the GPU, 1.0 ms on the CPU)`,
  })
  expect(fastest(cpu, { cpuSeconds: 0.02, gpuSeconds: { webgpu: 0.01, cuda: 0.005 } })).toEqual({
    name: 'cuda',
    reason: 'the GPU through cuda: 5.0 ms a step on the GPU, 20 ms on the CPU',
  })
})

test('auto stays on the CPU where there is no graphics card', async () => {
  // Nor where one is acted by software, which could be asked for.
  if (process.platform === 'linux' && !(await hasGpu())) {
    const { name, reason } = await chooseExecutor('auto', chosen, spec)
    expect(name).toBe('wasm')
    expect(reason).toMatch(/^the WASM executor: [^\n]+$/)
  }
})

onnxTest('a device that is asked for and is not there is refused, with what is missing', async () => {
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = '/nowhere.json'
  for (const device of ['webgpu', 'cuda'] as const) {
    if (device === 'webgpu' && process.platform !== 'linux') continue
    const choice = await chooseExecutor(device, chosen, spec).catch((error: CarrotError) => error)
    if ('name' in choice && choice.name === device) continue // this machine has one
    expect(choice).toMatchObject({ code: 'unsupported' })
    expect((choice as CarrotError).message).toMatch(
      new RegExp(`^The device ${device} cannot be used here\\. .+\\.$`),
    )
  }
})

vulkanTest('a device in software may be asked for; a trial of it is kept', async () => {
  useSoftwareVulkan()
  process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), 'carrot-cache-'))
  expect(await chooseExecutor('webgpu', chosen, spec)).toMatchObject({ name: 'webgpu' })
  const sizes = { rows: 4, inputs: 3, hidden: [4], outputs: 2 }
  const found = await trials('wasm', sizes)
  expect(found.cpuSeconds).toBeGreaterThan(0)
  expect(found.gpuSeconds.webgpu).toBeGreaterThan(found.cpuSeconds!)
  const folder = join(process.env.XDG_CACHE_HOME, 'carrot')
  const [file] = readdirSync(folder)
  expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toEqual(found)
  const kept = { cpuSeconds: 1, gpuSeconds: { webgpu: 2 } }
  writeFileSync(join(folder, file), JSON.stringify(kept))
  expect(await trials('wasm', sizes)).toEqual(kept)
})
