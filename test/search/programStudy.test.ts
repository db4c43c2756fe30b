/** `carrot eval programs`: what it trains, what it keeps, and what it makes of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programs } from '../../rewards/index.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { compare, describeStudy } from '../../src/search/programComparison.ts'
import { csvOf, readResults, type TrialResult } from '../../src/search/programResults.ts'
import { studyPrograms } from '../../src/search/programStudy.ts'
import { PROGRAM_TASKS, SUCCESS_TERM } from '../../src/search/programTasks.ts'
import { openRun } from '../../src/store/index.ts'

test('it is of the 17 manipulation tasks and the six skills, each with a program', () => {
  expect(PROGRAM_TASKS.filter(({ rival }) => rival === 'expert')).toHaveLength(17)
  expect(PROGRAM_TASKS).toHaveLength(23)
  for (const { program, env, rival } of PROGRAM_TASKS) {
    const own = programs.find(({ name }) => name === program)
    expect(own?.env, program).toBe(env)
    if (rival === 'success only') expect(own?.terms.map(({ name }) => name)).toContain(SUCCESS_TERM)
  }
})

const result = (task: string, kind: TrialResult['kind'], success: number, at: number | null, seed = 1) => ({
  task,
  env: task,
  kind,
  algorithm: 'ppo',
  seed,
  steps: 1000,
  hash: 'abc',
  success,
  stepsToLearned: at,
})

describe('the verdict', () => {
  test.each([
    ['worse', 0.5, 900, 0.9, 500],
    ['better', 0.9, 900, 0.5, null],
    ['slower', 0.95, 900, 1, 500],
    ['faster', 0.95, 300, 1, 500],
    ['as good', 0.95, 550, 1, 500],
    ['as good', 0.2, null, 0.15, null],
    ['neither learns', 0.02, null, 0, null],
    ['slower', 0.85, null, 0.85, 900],
  ] as const)('is %s', (verdict, own, ownAt, other, otherAt) => {
    const results = [
      result('button-press', 'library', own, ownAt),
      result('button-press', 'expert', other, otherAt),
    ]
    expect(compare(results)).toMatchObject([
      { verdict, library: { success: own }, rival: { success: other } },
    ])
    const [, row] = describeStudy(results).match(/^(\| `button-press` .*)$/m) ?? []
    expect(row).toContain(['worse', 'slower'].includes(verdict) ? `**${verdict}**` : `| ${verdict} |`)
  })

  test('is over the seeds that both have', () => {
    const [comparison] = compare([
      result('button-press', 'library', 1, 100, 1),
      result('button-press', 'library', 0, null, 2),
      result('button-press', 'expert', 0.5, null, 1),
    ])
    expect(comparison).toMatchObject({ verdict: 'better', seeds: [1], library: { success: 1 } })
    expect(compare([result('hopper-forward', 'library', 1, 100)])).toMatchObject([
      { verdict: 'not compared' },
    ])
  })
})

describe('a study', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'carrot-study-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('trains both policies alike, keeps them, and does nothing twice', async () => {
    const started: string[] = []
    const study = () =>
      studyPrograms(
        {
          tasks: ['lift-cube'],
          seeds: [3],
          steps: 2048,
          workers: 1,
          episodes: 2,
          folder,
          root: join(folder, 'runs'),
        },
        {
          onStart: ({ run }) => started.push(run),
          onEvent: () => undefined,
          onResult: () => undefined,
        },
      )
    const results = await study()
    expect(results.map(({ task, kind, seed, steps }) => [task, kind, seed, steps])).toEqual([
      ['lift-cube', 'library', 3, 2048],
      ['lift-cube', 'expert', 3, 2048],
    ])
    const [own, other] = started.map(run => openRun(run, join(folder, 'runs')))
    expect([own, other].map(run => run.program.name)).toEqual(['lift-cube', 'lift-cube-expert'])
    const settings = ({ config }: typeof own) => ({ ...(config as object), reward: undefined })
    expect(settings(own)).toEqual(settings(other))
    expect(results[0].hash).toBe((await loadProgram('lift-cube')).hash.slice(0, 12))
    expect(readResults(join(folder, 'programs.csv'))).toEqual(results)
    expect(readFileSync(join(folder, 'programs.md'), 'utf8')).toContain('| `lift-cube` | 2,048 | 3 |')
    expect(await study()).toEqual(results)
    // Without the file the runs are still there. What is in it of another version of a program is told.
    writeFileSync(
      join(folder, 'programs.csv'),
      csvOf([
        { ...results[0], task: 'pick-cube', hash: 'abc' },
        { ...results[0], hash: 'abc' },
      ]),
    )
    const again = await study()
    expect(again.slice(1)).toEqual(results)
    expect(readFileSync(join(folder, 'programs.md'), 'utf8')).toMatch(/earlier version.*: `pick-cube`\.$/m)
    expect(started).toHaveLength(2)
  })

  test('goes on with a run that was stopped', async () => {
    const halt = new AbortController()
    const started: string[] = []
    const study = (stop?: AbortSignal) =>
      studyPrograms(
        {
          tasks: ['hopper-forward'],
          seeds: [1],
          steps: 4096,
          workers: 1,
          episodes: 1,
          folder: join(folder, 'again'),
          root: join(folder, 'again/runs'),
        },
        {
          onStart: ({ run }) => started.push(run),
          onEvent: event => {
            if (event.type === 'metrics') halt.abort()
          },
          onResult: () => undefined,
        },
        stop,
      )
    expect(await study(halt.signal)).toEqual([])
    expect(openRun(started[0], join(folder, 'again/runs')).progress().step).toBe(2048)
    expect(await study()).toMatchObject([{ task: 'hopper-forward', kind: 'library', steps: 4096 }])
    expect(started).toEqual([started[0], started[0]])
  })

  test('knows its tasks, and a file of something else', async () => {
    const listener = { onStart: () => undefined, onEvent: () => undefined, onResult: () => undefined }
    await expect(
      studyPrograms({ tasks: ['button-pres'], seeds: [1], folder }, listener),
    ).rejects.toMatchObject({ code: 'unknown-name', hint: "Did you mean 'button-press'?" })
    const other = mkdtempSync(join(folder, 'other-'))
    writeFileSync(join(other, 'programs.csv'), 'a,b\n1,2\n')
    await expect(
      studyPrograms({ tasks: ['button-press'], seeds: [1], folder: other }, listener),
    ).rejects.toMatchObject({ code: 'bad-file' })
  })
})
