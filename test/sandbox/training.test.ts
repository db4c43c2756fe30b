/** Training on programs that nobody vouches for. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainInput } from '../../src/config.ts'
import type { TrainEvent } from '../../src/core/events.ts'
import { loadProgram, programModule } from '../../src/loadProgram.ts'
import { scoreRun } from '../../src/scoreRun.ts'
import { openRun } from '../../src/store/index.ts'
import { resumeTraining, startTraining, type TrainSession } from '../../src/train.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-untrusted-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const SETTINGS = {
  env: 'hopper',
  steps: 512,
  envs: 2,
  workers: 1,
  device: 'wasm' as const,
  evalEpisodes: 1,
  checkpointEvery: 256,
  recordEvery: 64,
  ppo: { batch: 256, epochs: 1, minibatches: 4, hidden: [16] },
} satisfies Omit<TrainInput, 'reward'>

let files = 0
function write(terms: string): string {
  const file = join(root, `p${files++}.ts`)
  writeFileSync(
    file,
    `import { defineReward, flag, sumSquares, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'unread',
  reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag() },
  terms: {
    forward: { weight: 1, value: s => s.torsoVelocity.x },
    tall: { weight: 0.5, potential: s => s.healthy },
    often: { weight: 0.1, memory: { steps: 1 }, value: (s, memory) => Math.min(1, (memory.steps[0] += 0.01)) },
    ${terms}
  },
  success: s => s.torsoVelocity.x > 1,
})
`,
  )
  return file
}

async function finish(session: TrainSession): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  session.events$.subscribe(event => events.push(event))
  await session.done
  return events
}

const train = async (reward: string, untrusted: boolean, steps: number = SETTINGS.steps) => {
  const session = await startTraining({ ...SETTINGS, reward, untrusted, steps }, { root })
  return { session, events: await finish(session) }
}

/** Short enough to be shown when it is another. */
function policyOf(run: string): string {
  const policy = openRun(run, root).latestCheckpoint()?.tensors.policy as Float32Array
  return createHash('sha256').update(policy).digest('hex')
}

test('a run in a sandbox is the same to the bit, goes on where it stopped, and is scored again there', async () => {
  const file = write('')
  const trusted = await train(file, false)
  const untrusted = await train(file, true)
  expect(policyOf(untrusted.session.run)).toBe(policyOf(trusted.session.run))
  const failures = untrusted.events.filter(({ type }) => type === 'failure')
  expect(failures).toEqual([])
  // Half of it, then the rest.
  const half = await train(file, true, 256)
  const config = join(half.session.folder, 'config.yaml')
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^steps: 256$/m, 'steps: 512'))
  await finish(await resumeTraining(half.session.run, { root }))
  expect(policyOf(half.session.run)).toBe(policyOf(trusted.session.run))
  const report = await scoreRun(untrusted.session.run, { root })
  expect(report.reproduced.episodes).toBeGreaterThan(0)
  expect(report.reproduced.identical).toBe(report.reproduced.episodes)
  // Its file pays there what it pays here.
  const scored = async (untrusted: boolean) =>
    (await scoreRun(trusted.session.run, { root, reward: file, untrusted })).returns
  expect(await scored(true)).toEqual(await scored(false))
  const escaping = write('evil: { weight: 1, value: s => process.pid },')
  const refused = scoreRun(trusted.session.run, { root, reward: escaping, untrusted: true })
  await expect(refused).rejects.toThrow("It uses 'process'")
  // What the run keeps of it runs nowhere else.
  const stored = openRun(untrusted.session.run, root).programFile()
  await expect(loadProgram(stored)).rejects.toMatchObject({ code: 'bad-reward' })
  const page = programModule({ module: readFileSync(stored, 'utf8') })
  expect(page).not.toContain('defineReward')
})

test('a term that hangs in mid-training is off from then on, and the run ends with its checkpoint', async () => {
  // Vetting sees no episode so long.
  const file = write('evil: { weight: 1, value: s => { while (s.time > 0.2); return 1 } },')
  const { session, events } = await train(file, true)
  const failures = events.filter(event => event.type === 'failure')
  expect(failures.map(({ failure }) => failure.term)).toEqual(['evil'])
  expect(failures[0].failure.message).toMatch(/too many steps \(line 9\)/)
  expect(events.at(-1)).toMatchObject({ type: 'end', stopped: false })
  expect(openRun(session.run, root).latestCheckpoint()?.metadata).toMatchObject({ step: 512 })
})

test('a program that is refused trains nothing', async () => {
  const file = write('evil: { weight: 1, value: s => process.pid },')
  await expect(startTraining({ ...SETTINGS, reward: file, untrusted: true }, { root })).rejects.toMatchObject(
    {
      kind: 'escape',
      at: { file, line: 9 },
    },
  )
})
