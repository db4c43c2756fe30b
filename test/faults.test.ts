/** A simulation that blows up is cut off and counted, training goes on, and what led to it can be looked at. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decodeEpisode } from '../src/core/episode.ts'
import { openFault } from '../src/faults.ts'
import { loadEnv } from '../src/loadEnv.ts'
import { folder as runs, start } from './cli/carrot.ts'

const folder = mkdtempSync(join(tmpdir(), 'carrot-faults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A motor so strong that a hard push throws the cart out of what numbers can hold. */
const scene = join(folder, 'wild.xml')
writeFileSync(
  scene,
  `<mujoco>
  <size memory="200K"/>
  <worldbody><body><joint name="rail" type="slide" axis="1 0 0"/><geom size=".1"/></body></worldbody>
  <actuator><motor joint="rail" gear="1e12" ctrllimited="true" ctrlrange="-1 1"/></actuator>
</mujoco>`,
)
const reward = join(folder, 'stay.ts')
writeFileSync(
  reward,
  `import { defineReward, scalar } from 'carrot-rl'
export default defineReward({
  name: 'stay', about: 'Stay.', reads: { railDisplacement: scalar('m') },
  terms: { near: { weight: 1, value: s => Math.exp(-Math.abs(s.railDisplacement)) } },
})
`,
)

test('a step that diverged can be played again to the bit', async () => {
  const { make } = await loadEnv({ env: scene })
  using env = await make(2)
  env.step(Float64Array.of(1e-13, 1e-13))
  const before = new Float64Array(env.stateSize)
  env.getState(1, before)
  env.step(Float64Array.of(0, 1))
  expect(Array.from(env.diverged)).toEqual([0, 1])
  const [fault] = env.takeFaults()
  expect(fault).toMatchObject({ row: 1, episode: 0, step: 1, action: Float64Array.of(1) })
  expect(fault.state).toEqual(before)
  expect(env.takeFaults()).toEqual([])
  using again = await make(1)
  again.setState(0, fault.state)
  again.step(fault.action)
  expect(again.diverged[0]).toBe(1)
})

test('training goes on, and keeps what led to it', async () => {
  const size = ['--steps', '512', '--batch', '256', '--minibatches', '4', '--envs', '4', '--workers', '2']
  const { code, stderr, stdout } = await start('train', scene, '--reward', reward, ...size, '--no-view').ended
  expect(code, stderr).toBe(0)
  expect(stdout + stderr).toMatch(/diverged after \d+ steps and was reset; training goes on/)
  const [run] = readdirSync(join(runs, 'runs'))
  const faults = join(runs, 'runs', run, 'faults')
  const files = readdirSync(faults)
  expect(files.length).toBeGreaterThan(0)
  expect(files.length).toBeLessThanOrEqual(20)

  const path = join(faults, files[0])
  const { source, lines } = await openFault(path)
  expect(lines.join(' ')).toMatch(/it diverges after \d+ step/)
  const [summary] = source.episodes()
  const record = decodeEpisode((await source.episode(summary.id)) as Uint8Array)
  expect(record.program.name).toBe('stay')
  expect(record.poses.every(Number.isFinite)).toBe(true)
  expect(Array.from(record.state.subarray(0, 2))).toEqual(
    JSON.parse(readFileSync(path, 'utf8')).state.slice(0, 2),
  )
})

test('what is no such file says so', async () => {
  await expect(openFault(join(folder, 'none.json'))).rejects.toThrow(/no file/)
  await expect(openFault(reward)).rejects.toThrow(/holds no state/)
})
