/** Everything that decides a training run, as one validated object: the CLI's flags, the YAML file and what a run stores. */
import { cpus } from 'node:os'
import { z } from 'zod'
import { CarrotError, closest } from './core/errors.ts'

/** PPO's hyper-parameters; defaults are those CleanRL documents for continuous control. */
export const ppoConfig = z.strictObject({
  /** Environment steps per iteration, over all environments. */
  batch: z.int().positive().default(2048),
  epochs: z.int().positive().default(10),
  minibatches: z.int().positive().default(32),
  hidden: z.array(z.int().positive()).min(1).default([64, 64]),
  activation: z.enum(['tanh', 'relu']).default('tanh'),
  learningRate: z.number().positive().default(3e-4),
  /** Lower the learning rate linearly to 0 over the run. */
  anneal: z.boolean().default(true),
  gamma: z.number().min(0).max(1).default(0.99),
  lambda: z.number().min(0).max(1).default(0.95),
  clip: z.number().positive().default(0.2),
  /** Clip the value loss around the old value as the policy loss is. */
  clipValue: z.boolean().default(true),
  valueWeight: z.number().min(0).default(0.5),
  entropyWeight: z.number().min(0).default(0),
  maxGradNorm: z.number().positive().default(0.5),
  normalizeObs: z.boolean().default(true),
  /** Divide rewards by the running standard deviation of the discounted return. */
  normalizeReward: z.boolean().default(true),
})
export type PpoConfig = z.infer<typeof ppoConfig>

export const trainConfig = z.strictObject({
  /** Environment id. */
  env: z.string(),
  /** Values of the environment's options, by name. */
  envOptions: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  /** Built-in program id or path of a program file; absent: found from `text`, or the environment's default. */
  reward: z.string().optional(),
  /** What the robot should do, in words. */
  text: z.string().optional(),
  /** Weights by term name, in place of the program's own. */
  weights: z.record(z.string(), z.number()).default({}),
  /** Environment steps to train for. */
  steps: z.int().positive().default(1_000_000),
  seed: z.int().min(0).max(4294967295).default(1),
  /** Parallel environments. */
  envs: z.int().positive().default(8),
  /** Worker threads that step them. The results do not depend on it. */
  workers: z
    .int()
    .positive()
    .default(Math.max(1, Math.min(8, cpus().length))),
  device: z.enum(['auto', 'cpu', 'wasm']).default('auto'),
  /** Evaluation episodes at the end, with the deterministic policy. */
  evalEpisodes: z.int().positive().default(20),
  /** Environment steps between checkpoints. */
  checkpointEvery: z.int().positive().default(100_000),
  /** Environment steps between recorded episodes; absent: about 120 over the run. */
  recordEvery: z.int().positive().optional(),
  /** Bytes of recorded episodes kept in the run's folder. */
  maxEpisodeBytes: z.int().positive().default(1_000_000_000),
  ppo: ppoConfig.prefault({}),
})
export type TrainConfig = z.infer<typeof trainConfig>
/** What a caller writes: everything but `env` has a default. */
export type TrainInput = z.input<typeof trainConfig>

/** The multiple of environments and of minibatches that is nearest to the batch. */
function nearestBatch({ envs, ppo: { batch, minibatches } }: TrainConfig): number {
  let least = envs
  while (least % minibatches !== 0) least += envs
  return Math.max(1, Math.round(batch / least)) * least
}

/** Fills in defaults. Throws CarrotError 'bad-argument' naming the field. */
export function parseConfig(input: unknown): TrainConfig {
  const parsed = trainConfig.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    if (issue.code === 'unrecognized_keys') {
      const near = closest(issue.keys[0], [
        ...Object.keys(trainConfig.shape),
        ...Object.keys(ppoConfig.shape),
      ])
      throw new CarrotError(
        'bad-argument',
        `The setting '${[...issue.path, issue.keys[0]].join('.')}' does not exist.`,
        near === undefined ? 'See `carrot train --help` for all settings.' : `Did you mean '${near}'?`,
      )
    }
    const path = issue.path.join('.')
    const given = issue.path.reduce(
      (value: unknown, key) => (value as Record<PropertyKey, unknown>)?.[key],
      input,
    )
    throw new CarrotError(
      'bad-argument',
      `The setting '${path}' is ${JSON.stringify(given)}: ${issue.message}.`,
      `Change ${flagOf(issue.path)} or ${path} in the configuration file.`,
    )
  }
  const config = parsed.data
  const { ppo } = config
  if (ppo.batch % config.envs !== 0 || ppo.batch % ppo.minibatches !== 0) {
    throw new CarrotError(
      'bad-argument',
      `ppo.batch is ${ppo.batch}, which cannot be split over ${config.envs} environments and ${ppo.minibatches} minibatches.`,
      `Make it a multiple of both; the nearest is --batch ${nearestBatch(config)}.`,
    )
  }
  return { ...config, workers: Math.min(config.workers, config.envs) }
}

/** The flag of a setting; those of `ppo` go without that prefix. */
const flagOf = ([first, second]: readonly PropertyKey[]): string =>
  `--${String(first === 'ppo' ? second : first).replace(/[A-Z]/g, big => `-${big.toLowerCase()}`)}`

/** Steps each environment takes per iteration. */
export const horizonOf = (config: TrainConfig): number => config.ppo.batch / config.envs
