/** Every setting of a run as a flag, in a YAML file, or both; flags win. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { type TrainInput, trainConfig, visionConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import { algorithmConfigs } from '../learnConfig.ts'

/** Group of flags → setting → what it does. A setting of an algorithm has the same flag whichever it is. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'What to train': {
    text: 'the behaviour in words',
    via: 'what makes a reward of the text: library takes the nearest built-in program, llm has a language model write one, vlm pays how much frames look like it',
    reward: 'a built-in reward program, or a file of your own',
    untrusted: 'nobody vouches for the reward program: vet it, and run it in a sandbox',
    envOptions: 'an option of the environment, e.g. --env-option resetNoise=0; may be given several times',
    wrap: 'clocks, noise, delays and other physics around it, e.g. --wrap frameStack=4 --wrap delay=0,2 --wrap mass=0.8,1.2',
    weights: 'weight of a term, e.g. --weight forward=2; may be given several times',
    steps: 'environment steps to train for',
    seed: 'the same seed gives the same run, to the bit',
  },
  'Language model (--via llm)': {
    llm: 'the model, as <provider>/<model>: openai, anthropic, ollama, vllm or llamacpp (default: CARROT_LLM)',
    llmUrl: "address of its endpoint (default: the provider's)",
    llmKeyFile:
      'a file that holds the key alone (default: CARROT_LLM_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY)',
    llmTemperature: "how freely it answers (default: the model's own)",
    llmTimeout: 'seconds of silence after which an answer is given up (default: 300)',
    llmPrice:
      'dollars for a million tokens read and written, e.g. 0.5,2 (default: what is known of the model)',
    maxTokens: 'tokens to read and write in all (default: 200000)',
    maxCost: 'dollars to spend in all',
    shots: 'library programs to show as examples (default: 1)',
    repairs: 'answers that may mend a program (default: 3)',
  },
  'Rewards from pictures (--via vlm)': {
    model: 'a vision-language model: an id, or a folder (default: the embedded one)',
    baseline: 'what the picture shows anyway, e.g. "a humanoid robot"',
    alpha: 'from 0, the cosine to the text, to 1, only the way from baseline to text',
    camera: "the scene's cameras to look through, e.g. vlm,side",
    every: 'control steps from one frame to the next',
    policy: 'wait for labels, or go on and let them be late, or hold what was seen last',
  },
  'How to run': {
    envs: 'environments stepped side by side',
    workers: 'threads that step them; results do not depend on it',
    lag: 'rollouts to collect ahead of learning: faster, and not reproducible',
    device: 'where learning runs: auto, cpu (onnxruntime), wasm, webgpu or cuda',
    renderer:
      'what draws frames for models: soft (the CPU), or gpu, which takes the packages three and webgpu',
    evalEvery:
      'environment steps between evaluations, of which the best policy is kept (default: only at the end)',
    evalEpisodes: 'episodes of an evaluation',
    checkpointEvery: 'environment steps between checkpoints',
    recordEvery: 'environment steps between recorded episodes (default: about 120 over the run)',
    maxEpisodeBytes: 'bytes of recorded episodes to keep',
  },
  'How to learn': {
    algorithm: 'ppo, sac, td3, dqn or calql',
    preset: 'start from the settings kept for the environment and the algorithm',
    batch: 'environment steps an iteration',
    hidden: 'widths of the hidden layers, e.g. 64,64',
    activation: 'tanh or relu',
    learningRate: "Adam's step size",
    anneal: 'lower the learning rate to 0 over the run',
    gamma: 'discount',
    maxGradNorm: 'shorten longer gradients to this norm',
    normalizeObs: 'bring observations to mean 0 and variance 1',
    normalizeReward: 'divide rewards by the spread of returns',
  },
  'PPO only': {
    epochs: 'passes over a batch',
    minibatches: 'minibatches a pass',
    lambda: "GAE's λ",
    clip: 'how far the policy may move from the one that acted',
    clipValue: 'clip the value loss too',
    valueWeight: 'weight of the value loss',
    entropyWeight: 'weight of the entropy bonus',
    initialStd: "spread of the first policy's actions, in half-widths of their range",
    targetKl: 'no more epochs once the policy has moved by this KL divergence',
  },
  'Algorithms with a replay buffer': {
    minibatch: 'transitions of a gradient step',
    bufferSize: 'transitions kept',
    learningStarts: 'random steps before learning',
    updatesPerStep: 'gradient steps an environment step',
    nStep: 'rewards summed before a target is bootstrapped',
    tau: 'part of the way that targets go at every step',
    prioritised: 'draw transitions more often that were more wrong when they were last learned from',
    priorityAlpha: 'how much more often: 0 evenly, 1 in proportion to the error',
    priorityBeta:
      'how much less they count for it at first, from 0, not at all, to 1, as much less; rises to 1 over the run',
    layerNorm: 'standardise what critics compute, which keeps values of unseen actions bounded',
    criticLearningRate: "Adam's step size for the critics",
    temperature: "weight of SAC's entropy, or auto",
    offlineData: 'runs whose recorded episodes are learned from too, e.g. run-a,run-b',
    offlineShare: 'part of every minibatch that comes from them',
    offlineSteps: 'gradient steps on them alone, before the first step of an environment',
    conservatism: "weight of Cal-QL's loss on unseen actions",
    calibrate: "never push a value below what the data's own policy got; off, it is conservative Q-learning",
    sampledActions: 'actions sampled of each kind for that loss',
    policyDelay: 'steps of the critics a step of the actor',
    explorationNoise: "spread of the noise on TD3's actions, in half-widths of their range",
    targetNoise: 'the same on target actions',
    targetNoiseClip: 'where that noise is cut off',
    finalExploration: 'share of random actions at the end',
    explorationFraction: 'part of the run until that is reached',
    bins: 'choices a dimension of the action range, where the environment declares none',
    targetEntropy: 'entropy that an automatic temperature holds (default: minus the number of actions)',
  },
}

const NAMES = Object.values(GROUPS).flatMap(group => Object.keys(group))
type Values = Record<string, unknown>

const runDefaults = trainConfig.parse({ env: '' }) as Values
const blockDefaults = Object.entries(algorithmConfigs).map(
  ([algorithm, schema]) => [algorithm, schema.parse({}) as Values, Object.keys(schema.shape)] as const,
)

/** Algorithms that have a setting. */
const algorithmsWith = (name: string): string[] =>
  blockDefaults.flatMap(([algorithm, , names]) => (names.includes(name) ? [algorithm] : []))

/** Its defaults: the run's, or those of every algorithm that has it. */
function defaultsOf(name: string): readonly (readonly [algorithm: string, value: unknown])[] {
  const having = algorithmsWith(name)
  if (having.length === 0) return [['', runDefaults[name]]]
  return blockDefaults.flatMap(([algorithm, values]) =>
    having.includes(algorithm) ? [[algorithm, values[name]] as const] : [],
  )
}

/** Settings of the `vlm` block. */
const LOOKS = Object.keys(visionConfig.shape)

/** Settings with entries of their own, and the flag that gives one entry. */
const COLLECTED: Readonly<Record<string, string>> = {
  weights: 'weight',
  envOptions: 'envOption',
  wrap: 'wrap',
}
/** What stays as it was typed, also where it looks like a number. */
const TEXTS = [
  'text',
  'via',
  'reward',
  'device',
  'renderer',
  'algorithm',
  'activation',
  'model',
  'baseline',
  'camera',
  'policy',
  'llm',
  'llmUrl',
  'llmKeyFile',
]
/** Lists without a default. */
const LISTS = ['llmPrice']

/** The name commander keeps the flag under. */
const keyOf = (name: string): string => COLLECTED[name] ?? name
const flagOf = (name: string): string => `--${keyOf(name).replace(/[A-Z]/g, big => `-${big.toLowerCase()}`)}`

/** Every setting that has a flag. */
export const settingNames: readonly string[] = NAMES

/** Adds a flag for every setting. */
export function addSettings(command: Command): Command {
  for (const [heading, group] of Object.entries(GROUPS)) {
    command.optionsGroup(`${heading}:`)
    for (const [name, about] of Object.entries(group)) {
      for (const option of optionsOf(name, about)) command.addOption(option)
    }
  }
  command.optionsGroup('Options:')
  return command
}

function optionsOf(name: string, about: string): Option[] {
  if (name === 'weights') return [new Option('--weight <term=x>', about).argParser(collectWeight)]
  if (name === 'envOptions') return [new Option('--env-option <name=x>', about).argParser(collectOption)]
  if (name === 'wrap') return [new Option('--wrap <name=x>', about).argParser(collectOption)]
  if (name === 'untrusted') return [new Option('--untrusted', about)]
  const defaults = defaultsOf(name)
  const [[, value]] = defaults
  const off = flagOf(name).replace('--', '--no-')
  if (typeof value === 'boolean') {
    const alwaysOn = defaults.every(([, on]) => on)
    if (alwaysOn) return [new Option(off, `do not ${about}`)]
    return [new Option(flagOf(name), about + shown(defaults)), new Option(off, 'do not')]
  }
  const isText = TEXTS.includes(name)
  const isList = Array.isArray(value) || LISTS.includes(name)
  const argument = isText ? name : isList ? (name === 'offlineData' ? 'runs' : 'n,n') : 'n'
  const option = new Option(`${flagOf(name)} <${argument}>`, about + shown(defaults))
  if (isText) return [option]
  return [
    isList
      ? option.argParser(text =>
          text.split(',').map(each => (name === 'offlineData' ? each : numberOr(each))),
        )
      : option.argParser(numberOr),
  ]
}

/** ' (default: 0.99)'; where algorithms differ the exceptions first: ' (default: ppo 2048, else 64)'. */
function shown(defaults: readonly (readonly [string, unknown])[]): string {
  const texts = defaults.map(([algorithm, value]) => [algorithm, String(value ?? 'none')] as const)
  if (texts.every(([, text]) => text === 'none' || text === '')) return ''
  const count = (wanted: string) => texts.filter(([, text]) => text === wanted).length
  const usual = texts
    .map(([, text]) => text)
    .reduce((best, text) => (count(text) > count(best) ? text : best))
  const exceptions = texts.filter(([, text]) => text !== usual).map(pair => pair.join(' '))
  const rest = exceptions.length === 0 ? usual : `else ${usual}`
  return ` (default: ${[...exceptions, rest].join(', ')})`
}

/** Text that is no number stays text: `parseConfig` says what is wrong with it, and by which name. */
const numberOr = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)

/** '0.8,1.2' is a list of numbers; the rest as in `numberOr`. */
function numbersOr(text: string): number | string | readonly number[] {
  const parts = text.split(',').map(numberOr)
  const isList = parts.length > 1 && parts.every(part => typeof part === 'number')
  return isList ? (parts as number[]) : numberOr(text)
}

/** Of an option that may be given several times. */
export const collectText = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** 'forward=2' → { forward: 2 }, added to those before. */
export function collectWeight(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const [name, value] = text.split('=')
  if (!name || value === undefined || value.trim() === '' || !Number.isFinite(Number(value))) {
    throw new InvalidArgumentError('Write it as term=number, e.g. forward=2.')
  }
  return { ...before, [name]: Number(value) }
}

/** 'resetNoise=0' → { resetNoise: 0 }, added to those before; true, false, numbers and lists of them are what they say. */
export function collectOption(text: string, before: Values = {}): Values {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write it as name=value, e.g. resetNoise=0.')
  const value = text.slice(at + 1)
  const meant = value === 'true' ? true : value === 'false' ? false : numbersOr(value)
  return { ...before, [text.slice(0, at)]: meant }
}

/** Where the page is served, if at all: no setting of the run, but a flag, and so allowed in the file too. */
export interface PageSettings {
  readonly port?: number
  readonly view: boolean
}

/** Flags win. Throws CarrotError 'bad-argument' for what the file says wrongly. */
export function pageSettings(command: Command): PageSettings {
  const options = command.opts()
  const file = fileOf(command)
  const given = (name: string): unknown =>
    command.getOptionValueSource(name) === 'cli' ? options[name] : file[name]
  const page = pageInFile.safeParse({ port: given('port'), view: given('view') })
  if (page.success) return page.data
  const [issue] = page.error.issues
  throw new CarrotError(
    'bad-argument',
    `The setting '${issue.path.join('.')}' is ${JSON.stringify(file[String(issue.path[0])])}: ${issue.message}.`,
    'Change it in the configuration file: port is a number from 0 to 65535, view is true or false.',
  )
}

const pageInFile = z.object({
  port: z.int().min(0).max(65535).optional(),
  view: z.boolean().default(true),
})

/** The configuration that flags, file and the environment argument make together, over `before`; not yet checked. */
export function settings(
  command: Command,
  env?: string,
  before: Partial<TrainInput> = {},
): Partial<TrainInput> {
  const options = command.opts()
  const { port: _port, view: _view, ...file } = fileOf(command)
  const merged: Values = { ...before, ...file, ...(env === undefined ? {} : { env }) }
  const given = NAMES.filter(name => command.getOptionValueSource(keyOf(name)) === 'cli')
  // The file's program would win over the text just typed.
  if (given.includes('text') && !given.includes('reward')) delete merged.reward
  // First, as it says whose block the others go into.
  if (given.includes('algorithm')) merged.algorithm = options.algorithm
  for (const name of given) {
    const value = options[keyOf(name)]
    if (name in COLLECTED) merged[name] = { ...(merged[name] as Values), ...value }
    else Object.assign(merged, withSetting(merged, name, value))
  }
  return merged as Partial<TrainInput>
}

/**
 * The input with one setting in its place: the run's, or that of the algorithm it names. Throws CarrotError
 * 'bad-argument' when the algorithm has no such setting.
 */
export function withSetting<Input extends Partial<TrainInput>>(
  input: Input,
  name: string,
  value: unknown,
): Input {
  if (LOOKS.includes(name)) return { ...input, vlm: { ...(input.vlm as Values | undefined), [name]: value } }
  if (algorithmsWith(name).length === 0) return { ...input, [name]: value }
  const algorithm = String(input.algorithm ?? runDefaults.algorithm)
  const block = input[algorithm as keyof Input] as Values | undefined
  return { ...input, [algorithm]: { ...block, [ownedBy(algorithm, name)]: value } }
}

/** The name, if the algorithm has such a setting. Throws CarrotError 'bad-argument' otherwise. */
function ownedBy(algorithm: string, name: string): string {
  const having = algorithmsWith(name)
  // An algorithm that does not exist is told as that, later.
  if (having.includes(algorithm) || !(algorithm in algorithmConfigs)) return name
  throw new CarrotError(
    'bad-argument',
    `${flagOf(name)} is no setting of ${algorithm}.`,
    `It belongs to ${having.join(', ')}: leave it out, or add --algorithm ${having[0]}.`,
  )
}

/** Flags of settings that were given, as typed. */
export const givenFlags = (command: Command): string[] =>
  ['config', ...NAMES]
    .filter(name => command.getOptionValueSource(keyOf(name)) === 'cli')
    .map(name => flagOf(name))

/** What the file of --config holds. */
function fileOf(command: Command): Values {
  const { config } = command.opts()
  return config === undefined ? {} : readSettings(config)
}

/** A YAML (or JSON) file of settings. Throws CarrotError 'bad-file'. */
function readSettings(file: string): Values {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CarrotError(
      'bad-file',
      `The configuration ${file} cannot be read: ${(error as Error).message}.`,
      'Check the path; every run keeps its own as config.yaml in its folder.',
    )
  }
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) {
    const [start] = error.linePos ?? []
    throw new CarrotError(
      'bad-file',
      `It is not YAML: ${error.message.split('\n')[0].replace(/ at line.*/, '')}.`,
      'Write one setting a line, e.g. steps: 300000.',
      { file, line: start?.line, column: start?.col },
    )
  }
  const values = document.toJS() ?? {}
  if (typeof values === 'object' && !Array.isArray(values)) return values
  throw new CarrotError(
    'bad-file',
    `The configuration ${file} holds no settings.`,
    'Write one setting a line, e.g. steps: 300000.',
  )
}
