import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addSettings, pageSettings, settings } from '../../src/cli/settings.ts'
import { parseConfig, ppoConfig, trainConfig } from '../../src/config.ts'
import { folder } from './carrot.ts'

function given(env: string | undefined, ...args: string[]) {
  const command = addSettings(new Command().option('--config <file>').exitOverride())
  command.configureOutput({ outputError: () => undefined })
  command.parse(args, { from: 'user' })
  return settings(command, env)
}

const yaml = (text: string): string => {
  const file = join(folder, 'settings.yaml')
  writeFileSync(file, text)
  return file
}

/** A value for each setting that is not its default, as typed and as meant. */
const VALUES: Readonly<Record<string, readonly [args: string[], meant: unknown]>> = {
  text: [['--text', 'hop high'], 'hop high'],
  reward: [['--reward', 'hopper-high'], 'hopper-high'],
  weights: [['--weight', 'a=2', '--weight', 'b=-0.5'], { a: 2, b: -0.5 }],
  steps: [['--steps', '1e4'], 10_000],
  seed: [['--seed', '0'], 0],
  envs: [['--envs', '16'], 16],
  workers: [['--workers', '1'], 1],
  device: [['--device', 'wasm'], 'wasm'],
  evalEpisodes: [['--eval-episodes', '5'], 5],
  checkpointEvery: [['--checkpoint-every', '5000'], 5000],
  recordEvery: [['--record-every', '300'], 300],
  maxEpisodeBytes: [['--max-episode-bytes', '1000'], 1000],
  'ppo.batch': [['--batch', '512'], 512],
  'ppo.epochs': [['--epochs', '3'], 3],
  'ppo.minibatches': [['--minibatches', '8'], 8],
  'ppo.hidden': [
    ['--hidden', '32,16'],
    [32, 16],
  ],
  'ppo.activation': [['--activation', 'relu'], 'relu'],
  'ppo.learningRate': [['--learning-rate', '1e-3'], 1e-3],
  'ppo.anneal': [['--no-anneal'], false],
  'ppo.gamma': [['--gamma', '0.9'], 0.9],
  'ppo.lambda': [['--lambda', '0.9'], 0.9],
  'ppo.clip': [['--clip', '0.1'], 0.1],
  'ppo.clipValue': [['--no-clip-value'], false],
  'ppo.valueWeight': [['--value-weight', '1'], 1],
  'ppo.entropyWeight': [['--entropy-weight', '0.01'], 0.01],
  'ppo.maxGradNorm': [['--max-grad-norm', '1'], 1],
  'ppo.normalizeObs': [['--no-normalize-obs'], false],
  'ppo.normalizeReward': [['--no-normalize-reward'], false],
}
const at = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], config)

test('every setting of a run has a flag', () => {
  const all = [
    ...Object.keys(trainConfig.shape).filter(key => key !== 'env' && key !== 'ppo'),
    ...Object.keys(ppoConfig.shape).map(key => `ppo.${key}`),
  ]
  expect(Object.keys(VALUES).sort()).toEqual(all.sort())
  for (const [path, [args, meant]] of Object.entries(VALUES)) {
    expect(at(parseConfig(given('hopper', ...args)), path), path).toEqual(meant)
  }
})

test('every setting can stand in a file, and flags win over it', () => {
  const config = parseConfig({
    env: 'hopper',
    ...given('hopper', ...Object.values(VALUES).flatMap(([args]) => args)),
  })
  const file = yaml(JSON.stringify(config))
  expect(parseConfig(given(undefined, '--config', file))).toEqual(config)
  const other = given('ant', '--config', file, '--steps', '7', '--clip', '0.3', '--weight', 'b=1')
  expect(other).toEqual({
    ...config,
    env: 'ant',
    steps: 7,
    weights: { a: 2, b: 1 },
    ppo: { ...config.ppo, clip: 0.3 },
  })
})

test('where the page is served can stand in a file, and is no setting of the run', () => {
  const parsed = (...args: string[]) => {
    const command = new Command()
      .option('--config <file>')
      .option('--port <n>', '', Number)
      .option('--no-view')
    return addSettings(command).parse(args, { from: 'user' })
  }
  const file = yaml('env: hopper\nport: 8123\nview: false\n')
  expect(pageSettings(parsed())).toEqual({ view: true })
  expect(pageSettings(parsed('--config', file))).toEqual({ port: 8123, view: false })
  expect(pageSettings(parsed('--config', file, '--port', '9000'))).toEqual({ port: 9000, view: false })
  expect(settings(parsed('--config', file))).toEqual({ env: 'hopper' })
  expect(() => pageSettings(parsed('--config', yaml('port: 99999\n')))).toThrow(/'port' is 99999/)
})

test('a text that was typed is not overruled by the program in the file', () => {
  const file = yaml('env: hopper\nreward: hopper-forward\n')
  expect(given(undefined, '--config', file, '--text', 'hop high')).toEqual({
    env: 'hopper',
    text: 'hop high',
  })
  expect(given(undefined, '--config', file)).toEqual({ env: 'hopper', reward: 'hopper-forward' })
})

test('what is wrong with a file is told with its place', () => {
  expect(() => given(undefined, '--config', yaml('steps: [1\nseed: 2\n'))).toThrow(
    expect.objectContaining({ code: 'bad-file', at: expect.objectContaining({ line: 2 }) }),
  )
  expect(() => given(undefined, '--config', yaml('- steps\n'))).toThrow(/holds no settings/)
  expect(() => parseConfig(given('hopper', '--config', yaml('stepps: 3\n')))).toThrow(
    /'stepps' does not exist/,
  )
})

test('what is wrong with a flag is told by its name', () => {
  const wrong =
    (...args: string[]) =>
    () =>
      parseConfig(given('hopper', ...args))
  expect(wrong('--steps', '-5')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--steps') }),
  )
  expect(wrong('--eval-episodes', '1.5')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--eval-episodes') }),
  )
  expect(wrong('--learning-rate', 'fast')).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('"fast"'),
      hint: expect.stringContaining('--learning-rate'),
    }),
  )
  expect(wrong('--weight', 'forward')).toThrow(/term=number/)
  expect(wrong('--envs', '7')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--batch 2016.') }),
  )
  expect(() => parseConfig(given('hopper', '--envs', '7', '--batch', '2016'))).not.toThrow()
})
