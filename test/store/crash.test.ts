import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createRun, openRun, resumeRun } from '../../src/store/index.ts'
import { inFolder, metrics, newRun, start } from './fixture.ts'

const node = (script: string, ...args: string[]) => [
  process.execPath,
  fileURLToPath(new URL(script, import.meta.url)),
  ...args,
]

test('a log cut off at any byte of its last lines opens with the complete ones, and goes on', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(start())
    for (const step of [8, 16, 24]) store.event(metrics(step))
    await store.close()
    const file = join(store.folder, 'log.jsonl')
    const whole = readFileSync(file)
    const lineEnds = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1)
    for (let cut = lineEnds[1]; cut < whole.length; cut++) {
      writeFileSync(file, whole.subarray(0, cut))
      const complete = lineEnds.filter(end => end <= cut).length
      expect(openRun(store.folder).events().length).toBe(complete)
    }
    for (const cut of [lineEnds[2] - 1, lineEnds[2] + 1, whole.length - 2]) {
      writeFileSync(file, whole.subarray(0, cut))
      const complete = openRun(store.folder).events()
      const again = resumeRun(store.folder)
      again.event(metrics(99))
      await again.close()
      expect(openRun(store.folder).events()).toEqual([...complete, metrics(99)])
    }
  }))

test('a line of rubbish, as a power cut can leave, hides no other line', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(metrics(8))
    await store.close()
    appendFileSync(join(store.folder, 'log.jsonl'), '\0\0\0\0\n')
    const again = resumeRun(store.folder)
    again.event(metrics(16))
    await again.close()
    expect(openRun(store.folder).events()).toEqual([metrics(8), metrics(16)])
  }))

test('a process killed in the middle of writing leaves a run that opens and goes on', () =>
  inFolder(async root => {
    const folder = join(root, 'killed')
    for (let round = 0; round < 4; round++) {
      const [command, ...args] = node('./recorder.ts', root, 'killed')
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const gone = once(child, 'exit')
      let said = ''
      for await (const chunk of child.stdout) {
        said += chunk
        // A different moment every round: after so many acknowledged episodes.
        if (said.split('\n').length > 2 + round * 3) child.kill('SIGKILL')
      }
      await gone
      const run = openRun(folder)
      const acknowledged = said
        .split('\n')
        .slice(0, -1)
        .map(line => line.split(' '))
      expect(acknowledged.length).toBeGreaterThan(1)
      expect(run.live).toBe(false)
      const ids = run.episodes().map(episode => episode.id)
      for (const [id] of acknowledged) expect(ids).toContain(id)
      for (const id of ids) expect((await run.episode(id)).summary.id).toBe(id)
      const checkpoint = run.latestCheckpoint()
      const last = Number(acknowledged.at(-1)?.[1])
      expect(checkpoint?.step).toBeGreaterThanOrEqual(last)
      expect(checkpoint?.tensors.policy.every(value => value === checkpoint.step)).toBe(true)
      expect(run.events().length).toBeGreaterThanOrEqual(acknowledged.length)
    }
    await resumeRun(folder).close()
    const left = ['.', 'episodes', 'checkpoints', 'programs'].flatMap(each => readdirSync(join(folder, each)))
    expect(left.filter(name => name.endsWith('.tmp') || name === 'lock')).toEqual([])
  }))

test('a checkpoint that is damaged is passed over for the one before', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    for (const step of [8, 16]) await store.checkpoint(step, { policy: Float32Array.of(step) }, {})
    await store.close()
    const file = join(store.folder, 'checkpoints', '16.safetensors')
    writeFileSync(file, readFileSync(file).subarray(0, -2))
    expect(openRun(store.folder).latestCheckpoint()?.step).toBe(8)
  }))

test('two processes cannot record into one run', () =>
  inFolder(async root => {
    const store = createRun({ ...newRun(root), name: 'mine' })
    expect(() => resumeRun('mine', { root })).toThrow(/being recorded by process/)
    const [command, ...args] = node('./recorder.ts', root, 'mine')
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const gone = once(child, 'exit')
    let complaint = ''
    for await (const chunk of child.stderr) complaint += chunk
    expect((await gone)[0]).not.toBe(0)
    expect(complaint).toContain(`The run mine is being recorded by process ${process.pid}`)
    store.event(metrics(8))
    await store.close()
    await resumeRun('mine', { root }).close()
  }))
