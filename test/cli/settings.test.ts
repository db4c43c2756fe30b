import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addSettings, pageSettings, settings } from '../../src/cli/settings.ts'
import { parseConfig, type TrainInput, trainConfig } from '../../src/config.ts'
import { ALGORITHMS, algorithmConfigs } from '../../src/learnConfig.ts'
import { folder } from './carrot.ts'

const given = (env: string | undefined, ...args: string[]) => over({}, env, ...args)

function over(before: Partial<TrainInput>, env: string | undefined, ...args: string[]) {
  const command = addSettings(new Command().option('--config <file>').exitOverride())
  command.configureOutput({ outputError: () => undefined })
  command.parse(args, { from: 'user' })
  return settings(command, env, before)
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
  untrusted: [['--untrusted'], true],
  via: [['--via', 'vlm', '--text', 'hop'], 'vlm'],
  vlm: [
    [
      ...[
        '--via',
        'vlm',
        '--text',
        'hop high',
        '--model',
        './clip',
        '--baseline',
        'a hopper',
        '--alpha',
        '0.25',
      ],
      ...['--camera', 'side', '--every', '2', '--policy', 'hold'],
    ],
    { model: './clip', baseline: 'a hopper', alpha: 0.25, camera: 'side', every: 2, policy: 'hold' },
  ],
  llm: [['--llm', 'vllm/m'], 'vllm/m'],
  llmUrl: [['--llm-url', 'http://127.0.0.1:8000/v1'], 'http://127.0.0.1:8000/v1'],
  llmKeyFile: [['--llm-key-file', 'key'], 'key'],
  llmTemperature: [['--llm-temperature', '0.5'], 0.5],
  llmTimeout: [['--llm-timeout', '60'], 60],
  llmPrice: [
    ['--llm-price', '0.5,2'],
    [0.5, 2],
  ],
  maxTokens: [['--max-tokens', '1e5'], 100_000],
  maxCost: [['--max-cost', '0.5'], 0.5],
  shots: [['--shots', '0'], 0],
  repairs: [['--repairs', '1'], 1],
  envOptions: [['--env-option', 'noise=0', '--env-option', 'on=false'], { noise: 0, on: false }],
  wrap: [['--wrap', 'frameStack=4', '--wrap', 'mass=0.8,1.2'], { frameStack: 4, mass: [0.8, 1.2] }],
  weights: [['--weight', 'a=2', '--weight', 'b=-0.5'], { a: 2, b: -0.5 }],
  steps: [['--steps', '1e4'], 10_000],
  seed: [['--seed', '0'], 0],
  envs: [['--envs', '16'], 16],
  workers: [['--workers', '1'], 1],
  lag: [['--lag', '1'], 1],
  device: [['--device', 'wasm'], 'wasm'],
  renderer: [['--renderer', 'gpu'], 'gpu'],
  evalEvery: [['--eval-every', '4000'], 4000],
  evalEpisodes: [['--eval-episodes', '5'], 5],
  checkpointEvery: [['--checkpoint-every', '5000'], 5000],
  recordEvery: [['--record-every', '300'], 300],
  maxEpisodeBytes: [['--max-episode-bytes', '1000'], 1000],
  preset: [['--no-preset'], false],
}

/** The same for the settings of algorithms. */
const BLOCK_VALUES: typeof VALUES = {
  batch: [['--batch', '512'], 512],
  hidden: [
    ['--hidden', '32,16'],
    [32, 16],
  ],
  learningRate: [['--learning-rate', '2e-3'], 2e-3],
  gamma: [['--gamma', '0.9'], 0.9],
  epochs: [['--epochs', '3'], 3],
  minibatches: [['--minibatches', '8'], 8],
  lambda: [['--lambda', '0.9'], 0.9],
  clip: [['--clip', '0.1'], 0.1],
  clipValue: [['--no-clip-value'], false],
  valueWeight: [['--value-weight', '1'], 1],
  entropyWeight: [['--entropy-weight', '0.01'], 0.01],
  initialStd: [['--initial-std', '0.3'], 0.3],
  maxGradNorm: [['--max-grad-norm', '1'], 1],
  targetKl: [['--target-kl', '0.03'], 0.03],
  minibatch: [['--minibatch', '32'], 32],
  bufferSize: [['--buffer-size', '1e4'], 10_000],
  learningStarts: [['--learning-starts', '10'], 10],
  updatesPerStep: [['--updates-per-step', '0.5'], 0.5],
  nStep: [['--n-step', '3'], 3],
  tau: [['--tau', '0.01'], 0.01],
  priorityAlpha: [['--priority-alpha', '0.5'], 0.5],
  priorityBeta: [['--priority-beta', '0.6'], 0.6],
  criticLearningRate: [['--critic-learning-rate', '1e-4'], 1e-4],
  temperature: [['--temperature', '0.1'], 0.1],
  targetEntropy: [['--target-entropy', '-2'], -2],
  offlineData: [
    ['--offline-data', 'a,b'],
    ['a', 'b'],
  ],
  offlineShare: [['--offline-share', '0.25'], 0.25],
  offlineSteps: [['--offline-steps', '7'], 7],
  conservatism: [['--conservatism', '2'], 2],
  sampledActions: [['--sampled-actions', '3'], 3],
  policyDelay: [['--policy-delay', '3'], 3],
  explorationNoise: [['--exploration-noise', '0.2'], 0.2],
  targetNoise: [['--target-noise', '0.1'], 0.1],
  targetNoiseClip: [['--target-noise-clip', '0.3'], 0.3],
  finalExploration: [['--final-exploration', '0.1'], 0.1],
  explorationFraction: [['--exploration-fraction', '0.5'], 0.5],
  bins: [['--bins', '5'], 5],
}
/** Not their default, whichever that is. */
const otherThan = (name: string, value: unknown): readonly [args: string[], meant: unknown] => {
  if (name === 'activation')
    return [['--activation', value === 'tanh' ? 'relu' : 'tanh'], value === 'tanh' ? 'relu' : 'tanh']
  if (typeof value !== 'boolean') return BLOCK_VALUES[name]
  const flag = name.replace(/[A-Z]/g, big => `-${big.toLowerCase()}`)
  return [[value ? `--no-${flag}` : `--${flag}`], !value]
}
/** Flags of every setting of an algorithm, and the block they make. */
function otherBlock(algorithm: (typeof ALGORITHMS)[number]) {
  const defaults = algorithmConfigs[algorithm].parse({}) as Record<string, unknown>
  const names = Object.keys(algorithmConfigs[algorithm].shape)
  const values = names.map(name => [name, otherThan(name, defaults[name])] as const)
  return {
    args: ['--algorithm', algorithm, ...values.flatMap(([, [args]]) => args)],
    block: Object.fromEntries(values.map(([name, [, meant]]) => [name, meant])),
  }
}

const runNames = Object.keys(trainConfig.shape).filter(
  key => key !== 'env' && key !== 'algorithm' && !(ALGORITHMS as readonly string[]).includes(key),
)

test('every setting of a run has a flag', () => {
  expect(Object.keys(VALUES).sort()).toEqual(runNames.sort())
  for (const [name, [args, meant]] of Object.entries(VALUES)) {
    expect(parseConfig(given('hopper', ...args))[name as 'steps'], name).toEqual(meant)
  }
})

for (const algorithm of ALGORITHMS) {
  test(`every setting of ${algorithm} has a flag, and no other block is kept`, () => {
    const { args, block } = otherBlock(algorithm)
    const config = parseConfig(given('hopper', ...args))
    expect(config).toMatchObject({ algorithm, [algorithm]: block })
    const others = ALGORITHMS.filter(other => other !== algorithm)
    for (const other of others) expect(config).not.toHaveProperty(other)
  })
}

test('a flag of another algorithm is refused, and says whose it is', () => {
  expect(() => given('hopper', '--algorithm', 'sac', '--clip', '0.1')).toThrow(
    expect.objectContaining({
      message: '--clip is no setting of sac.',
      hint: expect.stringContaining('belongs to ppo'),
    }),
  )
})

test('so is it in a file', () => {
  expect(() => parseConfig({ env: 'hopper', ppo: { prioritised: true } })).toThrow(
    expect.objectContaining({
      message: "'prioritised' is no setting of ppo.",
      hint: 'It belongs to sac, td3, dqn: leave it out, or choose --algorithm sac.',
    }),
  )
})

test('every setting can stand in a file, and flags win over it', () => {
  const config = parseConfig({
    env: 'hopper',
    ...given('hopper', ...Object.values(VALUES).flatMap(([args]) => args), ...otherBlock('ppo').args),
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

test('what cannot be put around an environment is refused with what can', () => {
  expect(() => parseConfig(given('hopper', '--wrap', 'frameStak=2'))).toThrow(
    expect.objectContaining({ hint: "Did you mean 'frameStack'?" }),
  )
  expect(() => parseConfig(given('hopper', '--wrap', 'zzzzzzzz=2'))).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('actionRepeat') }),
  )
})

test('flags over the settings of a run go where its own are', () => {
  const before = { env: 'hopper', algorithm: 'sac', sac: { tau: 0.01 }, weights: { forward: 2 } } as const
  expect(over(before, undefined, '--learning-rate', '1e-3', '--weight', 'control=0')).toEqual({
    ...before,
    sac: { tau: 0.01, learningRate: 1e-3 },
    weights: { forward: 2, control: 0 },
  })
})
