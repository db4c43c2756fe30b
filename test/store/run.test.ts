import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRun, listRuns, openRun, resumeRun } from '../../src/store/index.ts'
import {
  episode,
  episodeEvent,
  inFolder,
  metrics,
  module,
  newRun,
  program,
  scene,
  source,
  start,
  summary,
} from './fixture.ts'

test('what was recorded is read back', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(start())
    store.event(metrics(8, { 'loss/value': 0.5, 'episode/return': Number.NaN }))
    const recorded = episode(summary('e0', 10))
    expect(await store.episode(recorded)).toBe(true)
    store.event(episodeEvent(recorded.summary))
    const tensors = { policy: Float32Array.of(1, 2, 3), 'env/state': Float64Array.of(Math.PI) }
    const file = await store.checkpoint(16, tensors, { step: 16 }, { policy: Uint8Array.of(8, 7) })
    store.event({ type: 'checkpoint', step: 16, file })
    await store.close()

    const run = openRun(store.name, root)
    expect(run.folder).toBe(store.folder)
    expect(run.config).toEqual(newRun(root).config)
    expect(run.header).toMatchObject({ scene, gamma: 0.99, seed: 1, env: { id: 'pendulum' } })
    expect(run.program).toEqual(program)
    expect(readFileSync(run.programFile(), 'utf8')).toBe(module)
    expect(readFileSync(join(run.folder, 'program.ts'), 'utf8')).toBe(source)
    expect(run.metrics()).toEqual([
      { step: 8, seconds: 0.08, values: { 'loss/value': 0.5, 'episode/return': Number.NaN } },
    ])
    expect(run.episodes()).toEqual([recorded.summary])
    expect(await run.episode('e0')).toEqual(recorded)
    const checkpoint = run.latestCheckpoint()
    expect(checkpoint).toMatchObject({ step: 16, tensors, metadata: { step: 16 } })
    expect(readFileSync(join(run.folder, 'checkpoints/16.onnx'))).toEqual(Buffer.of(8, 7))
    expect(readdirSync(run.folder).filter(name => name === 'lock' || name.endsWith('.tmp'))).toEqual([])
  }))

test('runs are named after program, seed and time, and listed with their progress', () =>
  inFolder(async root => {
    const first = createRun(newRun(root))
    const second = createRun(newRun(root))
    expect(first.name).toMatch(/^stand-s1-\d{8}-\d{6}(-2)?$/)
    expect(second.name).not.toBe(first.name)
    second.event(start())
    second.event(metrics(24))
    await first.close()
    const evaluated = { episodes: 2, returnMean: 5, returnStd: 1, nativeReturnMean: 4, successRate: 0.5 }
    const result = { ...about(second.name), eval: evaluated }
    expect(listRuns(root).find(run => run.name === second.name)).toMatchObject({
      env: 'pendulum',
      reward: 'stand',
      step: 24,
      steps: 1000,
      live: true,
      eval: undefined,
    })
    second.event({ type: 'end', stopped: false, result })
    await second.close()
    expect(listRuns(root).map(run => [run.name, run.step, run.live, run.eval])).toEqual([
      [first.name, 0, false, undefined],
      [second.name, 1000, false, evaluated],
    ])
  }))

const about = (run: string) => ({
  run,
  env: 'pendulum',
  reward: { name: 'stand', hash: program.hash },
  seed: 1,
  device: 'wasm',
  steps: 1000,
  seconds: 2,
  stepsPerSecond: 500,
})

test('a resumed run does the steps after its checkpoint again, and the newer metrics count', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    store.event(start())
    for (const step of [8, 16, 24]) store.event(metrics(step))
    await store.episode(episode(summary('e0', 20)))
    store.event(episodeEvent(summary('e0', 20)))
    await store.close()
    const again = resumeRun(store.name, { root, config: { steps: 2000 } })
    again.event(start(16))
    again.event(metrics(24, { 'loss/policy': -1 }))
    await again.episode(episode(summary('e0', 20, 7)))
    again.event(episodeEvent(summary('e0', 20, 7)))
    await again.close()
    const run = openRun(store.folder)
    expect(run.metrics().map(row => [row.step, row.values['loss/policy']])).toEqual([
      [8, 1],
      [16, 2],
      [24, -1],
    ])
    expect(run.episodes()).toEqual([summary('e0', 20, 7)])
    expect(run.config).toEqual({ steps: 2000 })
    expect(run.events().length).toBe(8)
  }))

test('every program that was in force is kept by its hash', () =>
  inFolder(async root => {
    const store = createRun(newRun(root))
    const edited = { ...program, hash: 'd4e5f6', weights: { upright: 2 } }
    store.program(edited, { source: `${source}// edited`, module: `${module}// edited` })
    await store.close()
    const run = openRun(store.folder)
    expect(run.program).toEqual(edited)
    expect(readFileSync(run.programFile(), 'utf8')).toBe(`${module}// edited`)
    expect(readFileSync(join(run.folder, 'program.ts'), 'utf8')).toBe(`${source}// edited`)
    expect(readFileSync(run.programFile(program.hash), 'utf8')).toBe(module)
    expect(readFileSync(join(run.folder, 'programs', `${program.hash}.ts`), 'utf8')).toBe(source)
    expect(() => run.programFile('../config')).toThrow(/no reward program with hash/)
  }))

test('wrong names, ids and folders are refused with what to do', () =>
  inFolder(async root => {
    const file = join(root, 'a-file')
    writeFileSync(file, '')
    expect(listRuns(file)).toEqual([])
    expect(() => openRun('stand', root)).toThrow(
      expect.objectContaining({ code: 'bad-run', hint: expect.stringContaining('no runs there yet') }),
    )
    const store = createRun({ ...newRun(root), name: 'first' })
    expect(() => createRun({ ...newRun(root), name: 'first' })).toThrow(/a run 'first' already/)
    expect(() => createRun({ ...newRun(root), name: '../first' })).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    )
    expect(() => openRun('firts', root)).toThrow(expect.objectContaining({ hint: "Did you mean 'first'?" }))
    expect(() => openRun(root)).toThrow(/is not a run/)
    await store.close()
    expect(() => store.event(start())).toThrow(/closed run/)
    const run = openRun('first', root)
    await expect(run.episode('e9')).rejects.toMatchObject({ code: 'unknown-name' })
    expect(await run.episodeBytes('../run')).toBeUndefined()
    writeFileSync(join(run.folder, 'run.json'), '{"format": 2}')
    expect(() => openRun('first', root)).toThrow(/newer version/)
    writeFileSync(join(run.folder, 'run.json'), '{"form')
    expect(() => openRun('first', root)).toThrow(expect.objectContaining({ code: 'bad-file' }))
    expect(listRuns(root)).toEqual([])
  }))
