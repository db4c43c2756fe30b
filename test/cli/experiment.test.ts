import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reportOutput } from '../../src/protocol/cli.ts'
import { openRun } from '../../src/store/index.ts'
import { complaint, folder, json, small } from './carrot.ts'

test('seeds and a sweep: every combination is trained and reported, and runs can be reported again', async () => {
  const sweep = ['--seeds', '1..2', '--sweep', 'lr=1e-3,1e-4', ...small.slice(0, 6), ...small.slice(8)]
  const report = await json(reportOutput, 'train', 'inverted-pendulum', ...sweep, '--steps', '1024')
  expect(report).toMatchObject({ env: 'inverted-pendulum', reward: 'pendulum-balance' })
  expect(report.cells.map(({ name }) => name)).toEqual(['ppo.learningRate=0.001', 'ppo.learningRate=0.0001'])
  for (const { runs, return: returned, unfinished } of report.cells) {
    expect(unfinished).toEqual([])
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2])
    const [a, b] = runs.map(run => run.return)
    expect(returned).toEqual({
      estimate: (a + b) / 2,
      low: expect.closeTo(Math.min(a, b), 9),
      high: expect.closeTo(Math.max(a, b), 9),
    })
    for (const { run, return: value } of runs)
      expect(openRun(join(folder, 'runs', run)).summary().eval?.returnMean).toBe(value)
  }
  expect(readFileSync(report.curves, 'utf8')).toMatch(/^<svg .*polyline.*<\/svg>\n$/s)
  expect(readFileSync(report.picture).subarray(1, 4).toString()).toBe('PNG')
  expect(readFileSync(join(report.folder, 'report.md'), 'utf8')).toContain('| ppo.learningRate=0.001 | 2 |')
  expect(JSON.parse(readFileSync(join(report.folder, 'report.json'), 'utf8'))).toEqual(report)

  const names = report.cells[0].runs.map(({ run }) => run)
  const again = await json(reportOutput, 'report', ...names)
  expect(again.cells).toEqual([{ ...report.cells[0], name: '' }])
  expect(existsSync(again.curves)).toBe(true)
})

test('algorithms are told apart by themselves, not by settings that only one of them has', async () => {
  const sweep = ['--sweep', 'algorithm=td3,dqn', '--steps', '256', '--envs', '4', '--eval-episodes', '1']
  const report = await json(reportOutput, 'train', 'inverted-pendulum', ...sweep, '--no-view')
  expect(report.cells.map(({ name }) => name)).toEqual(['algorithm=td3', 'algorithm=dqn'])
})

test('what is no setting or no seed is told before anything is trained', async () => {
  expect(await complaint('train', 'hopper', '--sweep', 'clip=0.1', '--algorithm', 'sac')).toContain(
    '--clip is no setting of sac',
  )
  expect(await complaint('train', 'hopper', '--seeds', '5..1')).toContain("'5..1' are no seeds")
  expect(await complaint('train', 'hopper', '--sweep', 'stepps=1')).toContain("'stepps' does not exist")
})
