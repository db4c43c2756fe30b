/** Everything that decides a training run, as one validated object: the CLI's flags, the YAML file and what a run stores. */
import { cpus } from 'node:os'
import { z } from 'zod'
import { CarrotError, closest } from './core/errors.ts'
import type { Algorithm, Chosen } from './learn/algorithms.ts'
import { ALGORITHMS, algorithmConfigs } from './learnConfig.ts'
import { type Preset, presetOf } from './presets.ts'

const drawn = z.union([z.number(), z.tuple([z.number(), z.number()])])

/** `Wrapping` of core/wrapping.ts, from outside; what its numbers may be is checked there. */
export const wrapConfig = z.strictObject({
  maxSteps: z.number().optional(),
  actionRepeat: z.number().optional(),
  frameStack: z.number().optional(),
  obsNoise: z.union([z.number(), z.record(z.string(), z.number())]).optional(),
  actionNoise: z.number().optional(),
  delay: drawn.optional(),
  mass: drawn.optional(),
  friction: drawn.optional(),
  gain: drawn.optional(),
  damping: drawn.optional(),
})

const texts = z.union([z.string(), z.array(z.string()).min(1)])

/** What `via: vlm` makes of the text; what is left out is the environment's preset, or `vlm()`'s default. */
export const visionConfig = z.strictObject({
  /** Id of a model, or the path of a folder. */
  model: z.string().optional(),
  /** What the picture shows anyway. */
  baseline: texts.optional(),
  alpha: z.number().min(0).max(1).optional(),
  camera: texts.optional(),
  /** Control steps from one frame to the next. */
  every: z.int().positive().optional(),
  policy: z.enum(['wait', 'late', 'hold']).optional(),
})

/** Which language model is asked, and how much. Nothing has a default here, so that runs without one do not store it. */
export const llmConfig = {
  /** '<provider>/<model>'; default CARROT_LLM. */
  llm: z.string().optional(),
  /** Address of its endpoint; default: the provider's. */
  llmUrl: z.string().optional(),
  /** File that holds the key alone; default: the environment. The key itself is no setting. */
  llmKeyFile: z.string().optional(),
  /** Default: the model's own. */
  llmTemperature: z.number().min(0).max(2).optional(),
  /** Seconds of silence after which an answer is given up; default 300. */
  llmTimeout: z.number().positive().optional(),
  /** US dollars for a million tokens read and written; default: what is known of the model. */
  llmPrice: z.tuple([z.number().min(0), z.number().min(0)]).optional(),
  /** Tokens read and written in all. */
  maxTokens: z.int().positive().optional(),
  /** US dollars in all. */
  maxCost: z.number().positive().optional(),
  /** Library programs shown as examples; default 1. */
  shots: z.int().min(0).max(5).optional(),
  /** Answers that may mend a program; default 3. */
  repairs: z.int().min(0).max(10).optional(),
}

export const trainConfig = z.strictObject({
  /** Environment id, or the path of a file that default-exports one, or of an MJCF file. */
  env: z.string(),
  /** Values of the environment's options, by name. */
  envOptions: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  /** What is put around the environment: clocks, noise, delays, other physics. */
  wrap: wrapConfig.default({}),
  /** Built-in program id or path of a program file; absent: found from `text`, or the environment's default. */
  reward: z.string().optional(),
  /** Nobody vouches for the program's file: it is vetted, and runs in a sandbox. */
  untrusted: z.boolean().optional(),
  /** What the robot should do, in words. */
  text: z.string().optional(),
  /**
   * How the text becomes a reward: the nearest built-in program, one that a language model writes (the default where one is
   * named), or likeness to the text in a vision-language model's eyes.
   */
  via: z.enum(['library', 'llm', 'vlm']).default('library'),
  vlm: visionConfig.default({}),
  ...llmConfig,
  /** Weights by term name, in place of the program's own. */
  weights: z.record(z.string(), z.number()).default({}),
  /** Environment steps to train for. */
  steps: z.int().positive().default(1_000_000),
  seed: z.int().min(0).max(4294967295).default(1),
  algorithm: z.enum(ALGORITHMS).default('ppo'),
  /** Start from the settings that are kept for this environment and algorithm. */
  preset: z.boolean().default(true),
  /** Parallel environments. */
  envs: z.int().positive().default(8),
  /** Worker threads that step them. The results do not depend on it. */
  workers: z
    .int()
    .positive()
    .default(Math.max(1, Math.min(8, cpus().length))),
  /**
   * Rollouts that may be collected while earlier ones are learned from. 0 takes turns, which makes a run reproducible.
   * More keeps all cores busy, under policies that are as many updates old.
   */
  lag: z.int().min(0).max(2).default(0),
  device: z.enum(['auto', 'cpu', 'wasm', 'webgpu', 'cuda']).default('auto'),
  /** What draws the frames that models look at: the ray caster, the same to the bit anywhere, or a graphics card. */
  renderer: z.enum(['soft', 'gpu']).default('soft'),
  /** Environment steps between evaluations while training; absent: only at the end. */
  evalEvery: z.int().positive().optional(),
  /** Episodes of an evaluation, with the deterministic policy. */
  evalEpisodes: z.int().positive().default(20),
  /** Environment steps between checkpoints. */
  checkpointEvery: z.int().positive().default(100_000),
  /** Environment steps between recorded episodes; absent: about 120 over the run. */
  recordEvery: z.int().positive().optional(),
  /** Bytes of recorded episodes kept in the run's folder. */
  maxEpisodeBytes: z.int().positive().default(1_000_000_000),
  /** Settings of the algorithm; only the chosen one's block is kept. */
  ppo: algorithmConfigs.ppo.optional(),
  sac: algorithmConfigs.sac.optional(),
  td3: algorithmConfigs.td3.optional(),
  dqn: algorithmConfigs.dqn.optional(),
  calql: algorithmConfigs.calql.optional(),
})
export type TrainConfig = z.infer<typeof trainConfig>
/** What a caller writes: everything but `env` has a default. */
export type TrainInput = z.input<typeof trainConfig>

/** The chosen algorithm and its settings. */
export function learning(config: TrainConfig): Chosen {
  const { algorithm } = config
  return { algorithm, settings: config[algorithm] } as Chosen
}

/** Fills in presets and defaults. Throws CarrotError 'bad-argument' naming the field. */
export function parseConfig(input: unknown): TrainConfig {
  const config = check(trainConfig, withPreset(withVia(input)), [])
  const chosen = check(algorithmConfigs[config.algorithm], config[config.algorithm] ?? {}, [config.algorithm])
  checkSplit(config, config.algorithm, chosen)
  checkVia(config)
  const shared = Object.entries(config).filter(([name]) => !(ALGORITHMS as readonly string[]).includes(name))
  return {
    ...(Object.fromEntries(shared) as TrainConfig),
    [config.algorithm]: chosen,
    workers: Math.min(config.workers, config.envs),
  }
}

/** Whoever names a language model wants it to be asked. */
function withVia(input: unknown): unknown {
  const given = input as Partial<TrainInput>
  return typeof given === 'object' && given?.llm !== undefined ? { via: 'llm', ...given } : input
}

/** The input over the preset of its environment and algorithm. */
function withPreset(input: unknown): unknown {
  const given = input as Partial<TrainInput>
  if (typeof given !== 'object' || given === null || given.preset === false) return input
  const { settings: seen, ...looks } = given.via === 'vlm' ? presetOf(String(given.env), 'vlm') : {}
  const algorithm = given.algorithm ?? (looks.algorithm as Algorithm | undefined) ?? 'ppo'
  const { settings: usual, ...others } = presetOf(String(given.env), algorithm)
  // What is kept for rewards from pictures is of one algorithm.
  const isMeant = (looks.algorithm ?? algorithm) === algorithm
  const shared: Preset = { ...others, ...looks }
  return {
    ...shared,
    ...given,
    envOptions: over(shared.envOptions, given.envOptions),
    vlm: over(shared.vlm, given.vlm),
    [algorithm]: over(isMeant ? { ...usual, ...seen } : usual, given[algorithm]),
  }
}

/** A block of settings over its preset; what is no block stays, to be told as wrong. */
const over = (preset: unknown, given: unknown): unknown =>
  typeof given === 'object' || given === undefined ? { ...(preset as object), ...given } : given

/** Throws CarrotError 'bad-argument' for the first setting that is wrong; `path` is where `input` stands. */
function check<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  path: PropertyKey[],
): z.infer<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const at = [...path, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    refuseOthers(at[0], issue.keys[0])
    const names = at[0] === 'wrap' ? Object.keys(wrapConfig.shape) : settingNames()
    const near = closest(issue.keys[0], names)
    throw new CarrotError(
      'bad-argument',
      `The setting '${[...at, issue.keys[0]].join('.')}' does not exist.`,
      near !== undefined
        ? `Did you mean '${near}'?`
        : at[0] === 'wrap'
          ? `What can be put around an environment: ${names.join(', ')}.`
          : 'See `carrot train --help` for all settings.',
    )
  }
  const given = issue.path.reduce(
    (value: unknown, key) => (value as Record<PropertyKey, unknown>)?.[key],
    input,
  )
  throw new CarrotError(
    'bad-argument',
    `The setting '${at.join('.')}' is ${JSON.stringify(given)}: ${issue.message}.`,
    `Change ${flagOf(at)} or ${at.join('.')} in the configuration file.`,
  )
}

/** Throws CarrotError 'bad-argument' for a setting in the block of an algorithm that is other algorithms' alone. */
function refuseOthers(algorithm: PropertyKey | undefined, name: string): void {
  const having = ALGORITHMS.filter(each => name in algorithmConfigs[each].shape)
  if (!(ALGORITHMS as readonly unknown[]).includes(algorithm) || having.length === 0) return
  throw new CarrotError(
    'bad-argument',
    `'${name}' is no setting of ${String(algorithm)}.`,
    `It belongs to ${having.join(', ')}: leave it out, or choose --algorithm ${having[0]}.`,
  )
}

const settingNames = (): string[] => [
  ...Object.keys(trainConfig.shape),
  ...Object.keys(visionConfig.shape),
  ...Object.values(algorithmConfigs).flatMap(({ shape }) => Object.keys(shape)),
]

/** An iteration is split over environments, and PPO's over minibatches as well. */
function checkSplit(
  { envs }: TrainConfig,
  algorithm: Algorithm,
  { batch, ...settings }: { readonly batch: number; readonly minibatches?: number },
): void {
  const { minibatches = 1 } = settings
  if (batch % envs === 0 && batch % minibatches === 0) return
  const over = minibatches === 1 ? '' : ` and ${minibatches} minibatches`
  throw new CarrotError(
    'bad-argument',
    `${algorithm}.batch is ${batch}, which cannot be split over ${envs} environments${over}.`,
    `Make it a multiple of ${over === '' ? 'that' : 'both'}; the nearest is --batch ${nearestBatch(batch, envs, minibatches)}.`,
  )
}

/** Settings that would do nothing are no use to anyone. */
function checkVia({ via, vlm, text, reward }: TrainConfig): void {
  const [stray] = Object.keys(vlm)
  if (via !== 'vlm' && stray !== undefined) {
    throw new CarrotError(
      'bad-argument',
      `--${stray} is a setting of rewards from pictures, and this run has none by itself.`,
      'Add --via vlm and --text "…", or say it in the program: vlm({ weight: 1, prompt: … }).',
    )
  }
  if (via !== 'vlm' || text !== undefined || reward !== undefined) return
  throw new CarrotError(
    'bad-argument',
    'What the picture should show is not said.',
    'Say it in words: --text "a humanoid robot kneeling".',
  )
}

/** The multiple of environments and of minibatches that is nearest to the batch. */
function nearestBatch(batch: number, envs: number, minibatches: number): number {
  let least = envs
  while (least % minibatches !== 0) least += envs
  return Math.max(1, Math.round(batch / least)) * least
}

/** Settings that hold settings with flags of their own. */
const BLOCKS: readonly string[] = [...ALGORITHMS, 'vlm']

/** The flag of a setting; those of an algorithm go without its name. */
const flagOf = ([first, second]: readonly PropertyKey[]): string =>
  `--${String(second !== undefined && BLOCKS.includes(String(first)) ? second : first).replace(/[A-Z]/g, big => `-${big.toLowerCase()}`)}`

/** Steps each environment takes per iteration. */
export const horizonOf = (config: TrainConfig): number => learning(config).settings.batch / config.envs
