import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runsOutput, scoreOutput, stoppedOutput, trainOutput, watchOutput } from '../../src/protocol/cli.ts'
import { openRun } from '../../src/store/index.ts'
import { carrot, folder, json, parse, small, start } from './carrot.ts'

/** Of a run, wherever the clock has no part in it. */
const lasting = ({ run, seconds, stepsPerSecond, ...rest }: Awaited<ReturnType<typeof trained>>) => rest
const trained = (...args: string[]) => json(trainOutput, 'train', ...args)
const storedRun = (name: string) => openRun(join(folder, 'runs', name))

const PROGRAM = `import { defineReward, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'low',
  env: 'hopper',
  reads: { torsoPosition: vec3('m', 'world') },
  terms: { height: { weight: 1, value: s => s.torsoPosition.z } },
})
`

test('a run from text: trained, listed, judged, scored and watched', async () => {
  const { code, stdout, stderr } = await carrot(
    'train',
    'hopper',
    '--text',
    'hop as high as you can',
    ...small,
    '--json',
  )
  expect(code, stderr).toBe(0)
  const result = parse(trainOutput, stdout)
  expect(result).toMatchObject({ env: 'hopper', reward: { name: 'hopper-high' }, seed: 3, steps: 2048 })
  expect(result.eval.episodes).toBe(2)
  // Prose goes where it does not disturb programs: which program was taken, and how near it is.
  expect(stderr).toMatch(
    /No language model .*"hop as high as you can".*hopper-high \(similarity \d\.\d\d of 1\)/,
  )

  const { runs } = await json(runsOutput, 'list', 'runs')
  expect(runs).toEqual([
    expect.objectContaining({
      name: result.run,
      reward: 'hopper-high',
      step: 2048,
      steps: 2048,
      live: false,
    }),
  ])
  expect(runs[0].eval).toEqual(result.eval)

  // The same seed and number of episodes give the very same judgement again.
  const again = await json(trainOutput, 'eval', result.run, '--episodes', '2')
  expect(again.run).toBe(result.run)
  expect(lasting(again)).toEqual(lasting(result))
  const other = await json(trainOutput, 'eval', result.run, '--episodes', '2', '--reward', 'hopper-forward')
  expect(other.reward.name).toBe('hopper-forward')
  expect(other.eval.nativeReturnMean).toBe(result.eval.nativeReturnMean)
  expect(other.eval.returnMean).toBe(other.eval.nativeReturnMean)

  const same = await json(scoreOutput, 'score', result.run)
  expect(same.episodes).toBe(storedRun(result.run).episodes().length)
  expect(same.reproduced).toEqual({ episodes: same.episodes, identical: same.episodes })
  expect(same.after).toEqual(same.before)
  expect(same.returns.map(each => each.before)).toEqual(
    storedRun(result.run)
      .episodes()
      .map(each => each.return),
  )
  const heavier = await json(scoreOutput, 'score', result.run, '--weight', 'healthy=3')
  expect(heavier.before).toEqual(same.before)
  const healthy = same.before.terms.find(term => term.name === 'healthy')!
  const steps = storedRun(result.run)
    .episodes()
    .reduce((sum, episode) => sum + episode.length, 0)
  const gain = 2 * healthy.mean * (steps / same.episodes)
  expect(heavier.after.returnMean - heavier.before.returnMean).toBeCloseTo(gain, 9)

  const watching = start('watch', result.run, '--port', '0', '--json')
  const line = await watching.until(/\{.*\}\n/)
  const { run, url } = watchOutput.parse(JSON.parse(line.split('\n').find(each => each.startsWith('{'))!))
  expect(run).toBe(result.run)
  const info = await (await fetch(new URL('/api/run', url))).json()
  expect(info).toMatchObject({ run: result.run, env: { id: 'hopper' }, step: 2048 })
  watching.child.kill('SIGINT')
  expect((await watching.ended).code).toBe(0)
})

test('a file of settings, a program of one’s own, and off a terminal no bar', async () => {
  writeFileSync(join(folder, 'low.ts'), PROGRAM)
  writeFileSync(join(folder, 'run.yaml'), 'reward: low.ts\nseed: 9\nweights: { height: 2 }\n')
  const { code, stdout, stderr } = await carrot('train', '--config', 'run.yaml', ...small)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('Training hopper on low for 2048 steps')
  expect(stdout).toContain('Weights: height 2.')
  expect(stdout).toMatch(/\n +steps +time .* height\n +512 /)
  expect(stdout).toMatch(/\n +2048 .*\n\n2048 steps in .*\n/)
  for (const drawing of ['\u001b', '\r', '█']) expect(stdout).not.toContain(drawing)
  // What a run stores is such a file, and gives the same run.
  const name = /watch (low-s3-\S+)/.exec(stdout)![1]
  const first = await json(trainOutput, 'eval', name, '--episodes', '2')
  const second = await trained('--config', join(folder, 'runs', name, 'config.yaml'), '--no-view')
  expect(lasting(second)).toEqual(lasting(first))
})

/** A run that lasts long enough to be stopped. */
const long = [...small, '--steps', '400000']

test('Ctrl-C and SIGTERM stop with a checkpoint, and the run goes on from there', async () => {
  const running = start('train', 'hopper', ...long, '--json')
  await running.until(/\n +\d+ +\d:\d\d /)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect(code).toBe(130)
  const stopped = parse(stoppedOutput, stdout)
  expect(stderr).toContain(`Go on with: ${stopped.resume}`)
  expect(stopped.resume).toMatch(new RegExp(`train --resume ${stopped.run}$`))
  expect(storedRun(stopped.run).checkpointSteps()).toContain(stopped.steps)
  expect(stopped.steps % 512).toBe(0)

  const resumed = start('train', '--resume', stopped.run, '--no-view', '--json')
  await resumed.until(/\n +\d+ +\d:\d\d /)
  // Twice, as from a terminal and from npm: one press all the same.
  resumed.child.kill('SIGTERM')
  resumed.child.kill('SIGTERM')
  const after = await resumed.ended
  expect(after.code).toBe(143)
  const later = parse(stoppedOutput, after.stdout)
  expect(later.run).toBe(stopped.run)
  expect(later.steps).toBeGreaterThan(stopped.steps)
  const metrics = storedRun(stopped.run)
    .metrics()
    .map(({ step }) => step)
  expect(metrics).toEqual(metrics.map((_, i) => 512 * (i + 1)))
})

test('a program that is saved while it is trained on takes over, and the table shows it', async () => {
  const file = join(folder, 'edited.ts')
  writeFileSync(file, PROGRAM)
  const running = start('train', '--reward', file, ...long)
  await running.until(/\n +\d+ +\d:\d\d /)
  writeFileSync(file, readFileSync(file, 'utf8').replace('height: {', 'altitude: {'))
  await running.until(/the reward became low: altitude 1\.\n\n.* altitude\n +\d+ /)
  appendFileSync(file, '\nthis is not a program')
  await running.until(/edited\.ts was not taken over: .*edited\.ts:\d+/)
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(143)
})
