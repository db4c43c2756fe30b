import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { scoreOutput, trainOutput } from '../../src/protocol/cli.ts'
import { openRun } from '../../src/store/index.ts'
import {
  carrot,
  complaint,
  complaintOf,
  failure,
  folder,
  json,
  launcher,
  small,
  start,
  startNode,
} from './carrot.ts'

let run: string
beforeAll(async () => {
  run = (await json(trainOutput, 'train', 'hopper', ...small)).run
})

const runFolder = (name: string): string => join(folder, 'runs', name)
/** A copy of the run, to be damaged. */
function copy(name: string): string {
  cpSync(runFolder(run), runFolder(name), { recursive: true })
  return runFolder(name)
}
function program(name: string, text: string): string {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, text)
  return file
}
const reading = (reads: string, value: string) => `import { defineReward, scalar, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'mine',
  env: 'hopper',
  reads: { ${reads} },
  terms: { only: { weight: 1, value: s => ${value} } },
})
`

test('an unknown environment, option or verb: the nearest one is named', async () => {
  expect(await complaint('train', 'hoper')).toContain("Did you mean 'hopper'?")
  expect(await complaint('train', 'hopper', '--step', '5')).toContain('Did you mean --steps?')
  expect(await complaint('trian', 'hopper')).toContain('Did you mean train?')
  expect(await complaint('juggle')).toContain('`carrot --help` shows')
  expect(await failure('train', 'hoper')).toEqual({
    code: 'unknown-name',
    message: "There is no environment 'hoper'.",
    hint: "Did you mean 'hopper'?",
  })
})

test('a reward file that is missing, broken, or no program', async () => {
  expect(await complaint('train', 'hopper', '--reward', 'nowhere.ts')).toContain(join(folder, 'nowhere.ts'))
  const broken = program('broken', 'export default {\n  terms: ]\n}\n')
  expect(await complaint('train', 'hopper', '--reward', broken)).toContain(`${broken}:2:`)
  const empty = program('empty', 'export const x = 1\n')
  expect(await complaint('train', 'hopper', '--reward', empty)).toContain('no default export')
})

test('a reward that reads a missing or mis-united signal', async () => {
  const missing = program('missing', reading("torsoHeight: scalar('m')", 's.torsoHeight'))
  expect(await complaint('train', 'hopper', '--reward', missing)).toMatch(
    /missing\.ts:5:\d+: .*'torsoHeight'/,
  )
  const united = program('united', reading("torsoVelocity: vec3('m', 'world')", 's.torsoVelocity.x'))
  const { code, message, at } = await failure('train', 'hopper', '--reward', united)
  expect(code).toBe('bad-signal')
  expect(message).toContain('m/s')
  expect(at).toMatchObject({ file: united, line: 5 })
})

test('settings that make no sense', async () => {
  expect(await complaint('train', 'hopper', '--steps', '-5')).toMatch(/'steps' is -5.*--steps/)
  expect(await complaint('train', '--steps', '5')).toContain('list envs')
  expect(await complaint('train', 'hopper', '--config', 'nowhere.yaml')).toContain('nowhere.yaml')
  expect(await complaint('train', '--resume', run, '--seed', '2')).toContain('--seed')
  expect(await complaint('train', 'hopper', '--text', 'bake an apple pie')).toContain('hopper-backward')
})

test('a run that cannot go on as its settings are, or that goes wrong before its first checkpoint, ends', async () => {
  const other = join(copy('other-envs'), 'config.yaml')
  writeFileSync(other, readFileSync(other, 'utf8').replace(/^envs: \d+/m, 'envs: 16'))
  expect(await complaint('train', '--resume', 'other-envs', '--no-view')).toMatch(
    /is \[\d+\]; this run needs \[16\]/,
  )

  const wild = start('train', 'inverted-pendulum', '--learning-rate', '1e4', '--no-view')
  const { code, stdout, stderr } = await wild.ended
  expect(code).toBe(1)
  expect(stdout).toContain('there is no checkpoint to go on from yet')
  expect(stderr).toContain('Update 0 of ppo gave numbers that are not finite')
})

test('a port in use: refused when it was asked for, else the next free one, and said so', async () => {
  const busy = createServer()
  await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
  const { port } = busy.address() as AddressInfo
  const before = openRun(runFolder(run)).folder
  expect(await complaint('train', 'hopper', '--port', String(port))).toContain(`Port ${port} is in use`)
  expect(await complaint('watch', before, '--port', String(port))).toContain(`Port ${port} is in use`)
  busy.close()

  const usual = createServer()
  // Where something else has that port already, it is just as busy.
  await new Promise<void>(resolve => usual.once('error', () => resolve()).listen(7777, '127.0.0.1', resolve))
  const watching = start('watch', run)
  await watching.until(
    /Port 7777 is in use by another program, so the page is at (\d+)\.\nWatch it: http:..127\.0\.0\.1:\d+/,
  )
  watching.child.kill('SIGTERM')
  expect((await watching.ended).code).toBe(0)
  usual.close()
})

test('a run folder cut off in the middle of a write opens up to there', async () => {
  const cut = copy('cut')
  const log = join(cut, 'log.jsonl')
  truncateSync(log, readFileSync(log).lastIndexOf('"metrics"') + 20)
  expect(await complaint('score', 'cut', '--reward', 'hoper-forward')).toContain("'hopper-forward'")
  const { episodes, reproduced } = await json(scoreOutput, 'score', 'cut')
  expect(reproduced.identical).toBe(episodes)
  expect((await json(trainOutput, 'train', '--resume', 'cut', '--no-view')).steps).toBe(2048)

  const noCheckpoint = copy('no-checkpoint')
  truncateSync(join(noCheckpoint, 'checkpoints/2048.safetensors'), 100)
  expect(await complaint('train', '--resume', 'no-checkpoint')).toMatch(/no checkpoint.*--config/)
  expect(await complaint('eval', 'no-checkpoint')).toMatch(/no checkpoint/)

  truncateSync(join(copy('headless'), 'run.json'), 30)
  expect(await complaint('watch', 'headless')).toMatch(/run\.json cannot be read/)
  expect(await complaint('watch', 'nothing')).toContain('`carrot list runs`')
})

test('a recording that is none', async () => {
  expect(await complaint('check-env', 'hopper', '--golden', 'nowhere.json')).toContain('nowhere.json')
  expect(await complaint('check-env', 'hoper')).toContain("Did you mean 'hopper'?")
})

test('no space left: said in one paragraph, and what was recorded stays', async () => {
  // A shell that limits every file to 64 KiB: writing beyond fails as on a full disk.
  const args = ['train', 'hopper', ...small, '--hidden', '256', '--no-view']
  const limited = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, launcher, ...args]
  const ended = await startNode(limited, 'bash').ended
  expect(complaintOf(ended)).toMatch(/no space left.*free some space/)
  const name = /kept in \S*?([^/\s]+); /.exec(ended.stdout)![1]
  const stored = openRun(runFolder(name))
  expect(stored.live).toBe(false)
  expect(stored.metrics().length).toBeGreaterThan(0)
  expect((await json(scoreOutput, 'score', name)).episodes).toBeGreaterThan(0)
})

test('something unexpected has an exit code of its own, and a stack for those who ask', async () => {
  // A folder in the place of the log.
  const log = join(copy('strange'), 'log.jsonl')
  rmSync(log)
  mkdirSync(log)
  const { code, stderr } = await carrot('score', 'strange')
  expect(code).toBe(70)
  expect(stderr).toMatch(/^Something unexpected went wrong: EISDIR.*--verbose\.\n$/)
  expect((await carrot('score', 'strange', '--verbose')).stderr).toMatch(/\n +at /)
})
