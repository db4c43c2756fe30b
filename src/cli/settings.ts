/** Every setting of a run as a flag, in a YAML file, or both; flags win. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { type TrainInput, trainConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'

/** Group of flags → setting → what it does. A setting `ppo.x` has the flag of `x`. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'What to train': {
    text: 'the behaviour in words: takes the nearest built-in reward program',
    reward: 'a built-in reward program, or a file of your own',
    envOptions: 'an option of the environment, e.g. --env-option resetNoise=0; may be given several times',
    weights: 'weight of a term, e.g. --weight forward=2; may be given several times',
    steps: 'environment steps to train for',
    seed: 'the same seed gives the same run, to the bit',
  },
  'How to run': {
    envs: 'environments stepped side by side',
    workers: 'threads that step them; results do not depend on it',
    device: 'where learning runs: auto, cpu (onnxruntime) or wasm',
    evalEpisodes: 'episodes of the evaluation at the end',
    checkpointEvery: 'environment steps between checkpoints',
    recordEvery: 'environment steps between recorded episodes (default: about 120 over the run)',
    maxEpisodeBytes: 'bytes of recorded episodes to keep',
  },
  'How to learn (PPO)': {
    'ppo.batch': 'environment steps an iteration',
    'ppo.epochs': 'passes over a batch',
    'ppo.minibatches': 'minibatches a pass',
    'ppo.hidden': 'widths of the hidden layers, e.g. 64,64',
    'ppo.activation': 'tanh or relu',
    'ppo.learningRate': "Adam's step size",
    'ppo.anneal': 'keep the learning rate instead of lowering it to 0',
    'ppo.gamma': 'discount',
    'ppo.lambda': "GAE's λ",
    'ppo.clip': 'how far the policy may move from the one that acted',
    'ppo.clipValue': 'do not clip the value loss',
    'ppo.valueWeight': 'weight of the value loss',
    'ppo.entropyWeight': 'weight of the entropy bonus',
    'ppo.maxGradNorm': 'clip the gradient to this norm',
    'ppo.normalizeObs': 'feed observations as they are',
    'ppo.normalizeReward': 'learn from rewards as they are',
  },
}

const PATHS = Object.values(GROUPS).flatMap(group => Object.keys(group))
type Values = Record<string, unknown>

const defaults = trainConfig.parse({ env: '' }) as unknown as Values
const lookUp = (path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Values)?.[key], defaults)

/** Settings with entries of their own, and the flag that gives one entry. */
const COLLECTED: Readonly<Record<string, string>> = { weights: 'weight', envOptions: 'envOption' }

/** The name commander keeps the flag under. */
const nameOf = (path: string): string => COLLECTED[path] ?? path.slice(path.indexOf('.') + 1)
const flagOf = (path: string): string => `--${nameOf(path).replace(/[A-Z]/g, big => `-${big.toLowerCase()}`)}`

/** Every setting that has a flag, as a path in the configuration. */
export const settingPaths: readonly string[] = PATHS

/** Adds a flag for every setting. */
export function addSettings(command: Command): Command {
  for (const [heading, group] of Object.entries(GROUPS)) {
    command.optionsGroup(`${heading}:`)
    for (const [path, about] of Object.entries(group)) command.addOption(optionOf(path, about))
  }
  command.optionsGroup('Options:')
  return command
}

function optionOf(path: string, about: string): Option {
  if (path === 'weights') return new Option('--weight <term=x>', about).argParser(collectWeight)
  if (path === 'envOptions') return new Option('--env-option <name=x>', about).argParser(collectOption)
  const value = lookUp(path)
  // All switches are on by default.
  if (typeof value === 'boolean') return new Option(flagOf(path).replace('--', '--no-'), about)
  const shown = value === undefined ? '' : ` (default: ${Array.isArray(value) ? value.join(',') : value})`
  const isText = ['text', 'reward', 'device', 'ppo.activation'].includes(path)
  const argument = isText ? path.split('.').at(-1) : Array.isArray(value) ? 'n,n' : 'n'
  const option = new Option(`${flagOf(path)} <${argument}>`, about + shown)
  if (isText) return option
  return Array.isArray(value)
    ? option.argParser(text => text.split(',').map(numberOr))
    : option.argParser(numberOr)
}

/** Text that is no number stays text: `parseConfig` says what is wrong with it, and by which name. */
const numberOr = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)

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

/** 'resetNoise=0' → { resetNoise: 0 }, added to those before; true, false and numbers are what they say. */
export function collectOption(text: string, before: Values = {}): Values {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write it as name=value, e.g. resetNoise=0.')
  const value = text.slice(at + 1)
  const meant = value === 'true' ? true : value === 'false' ? false : numberOr(value)
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

/** The configuration that flags, file and the environment argument make together; not yet checked. */
export function settings(command: Command, env?: string): Partial<TrainInput> {
  const options = command.opts()
  const { port: _port, view: _view, ...file } = fileOf(command)
  const merged: Values = { ...file, ...(env === undefined ? {} : { env }) }
  const given = PATHS.filter(path => command.getOptionValueSource(nameOf(path)) === 'cli')
  // The file's program would win over the text just typed.
  if (given.includes('text') && !given.includes('reward')) delete merged.reward
  for (const path of given) {
    const value = options[nameOf(path)]
    if (path in COLLECTED) merged[path] = { ...(merged[path] as Values), ...value }
    else if (path.startsWith('ppo.')) merged.ppo = { ...(merged.ppo as Values), [nameOf(path)]: value }
    else merged[path] = value
  }
  return merged as Partial<TrainInput>
}

/** Flags of settings that were given, as typed. */
export const givenFlags = (command: Command): string[] =>
  ['config', ...PATHS]
    .filter(path => command.getOptionValueSource(nameOf(path)) === 'cli')
    .map(path => flagOf(path))

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
