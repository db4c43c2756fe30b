/** Everything a bit-exact continuation needs, as named tensors and a little JSON. */
import { z } from 'zod'
import type { ActorPool } from './actorPool.ts'
import { CarrotError } from './core/errors.ts'
import type { Learner, PolicySnapshot, PolicySpec } from './core/policy.ts'
import type { BatchScorer } from './core/reward.ts'
import type { TensorData } from './core/safetensors.ts'
import { ALGORITHMS } from './learnConfig.ts'
import type { EpisodeStats } from './pipeline/episodes.ts'
import type { VisionLabels } from './vision/visionLabels.ts'

export type Tensors = Record<string, TensorData>

/** The parts of a run that have a past. */
export interface Parts {
  readonly learner: Learner
  readonly pool: ActorPool
  readonly scorer: BatchScorer
  readonly stats: EpisodeStats
  /** What was learned from labels. */
  readonly vision: Pick<VisionLabels, 'save' | 'load'>
}

/** Rises when what a checkpoint holds, or how it is meant, changes. */
export const CHECKPOINT_FORMAT = 3

const checkpointInfo = z.object({
  format: z.literal(CHECKPOINT_FORMAT),
  /** Environment steps done. */
  step: z.number(),
  /** Number of the next rollout. */
  sequence: z.number(),
  /** Wall-clock seconds of training so far. */
  seconds: z.number(),
  env: z.object({ id: z.string(), version: z.number() }),
  program: z.object({ hash: z.string(), weights: z.record(z.string(), z.number()) }),
  algorithm: z.enum(ALGORITHMS),
  policy: z.object({
    version: z.number(),
    spec: z.object({
      obsSize: z.number(),
      actionSize: z.number(),
      hidden: z.array(z.number()).readonly(),
      activation: z.enum(['tanh', 'relu']),
      head: z.enum(['gaussian', 'squashed', 'deterministic', 'discrete']),
      low: z.array(z.number()).readonly(),
      high: z.array(z.number()).readonly(),
      choices: z.array(z.array(z.number()).readonly()).readonly().optional(),
    }),
  }),
})
export type CheckpointInfo = z.infer<typeof checkpointInfo>

/** What only going on needs, and what is too large to keep for every checkpoint: the memory of off-policy learners. */
const isBulk = (name: string): boolean => name.startsWith('replay/')

/** Tensors of all parts, `bulk` apart. Call it between two rollouts. */
export async function saveParts({
  learner,
  pool,
  scorer,
  stats,
  vision,
}: Parts): Promise<{ tensors: Tensors; bulk: Tensors }> {
  const tensors: Tensors = {
    policy: learner.snapshot.params,
    'env/state': await pool.save(),
    'reward/memory': scorer.saveMemory(),
    'episode/stats': stats.save(),
  }
  for (const [name, tensor] of Object.entries(await vision.save())) tensors[`vision/${name}`] = tensor
  const bulk: Tensors = {}
  for (const [name, tensor] of Object.entries(await learner.save())) {
    const into = isBulk(name) ? bulk : tensors
    into[`learner/${name}`] = tensor
  }
  return { tensors, bulk }
}

/** Those whose names begin so, without that. */
const below = (prefix: string, tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  )

/** Puts all parts back. */
export async function loadParts(
  { learner, pool, scorer, stats, vision }: Parts,
  tensors: Tensors,
): Promise<void> {
  await learner.load(below('learner/', tensors))
  vision.load(below('vision/', tensors))
  await pool.load(tensors['env/state'] as Float64Array)
  scorer.loadMemory(tensors['reward/memory'] as Float64Array)
  stats.load(tensors['episode/stats'] as Float64Array)
}

/** 'sac policy 11 → 256 → 256 → 3 (squashed, relu)' */
const describePolicy = (algorithm: string, spec: PolicySpec): string =>
  `${algorithm} policy ${[spec.obsSize, ...spec.hidden, spec.actionSize].join(' → ')} (${spec.head}, ${spec.activation})`

/** Throws CarrotError 'bad-run' when a checkpoint is of another policy than the run is to train. */
export function checkArchitecture(info: CheckpointInfo, algorithm: string, spec: PolicySpec): void {
  const found = describePolicy(info.algorithm, info.policy.spec)
  const wanted = describePolicy(algorithm, spec)
  if (found === wanted) return
  throw new CarrotError(
    'bad-run',
    `The checkpoint holds a ${found}, and the settings ask for a ${wanted}.`,
    'A run goes on with the settings it was started with: undo the change of its config.yaml, or train anew.',
  )
}

/** Checks a checkpoint's metadata. Throws CarrotError 'bad-run'. */
export function parseCheckpointInfo(metadata: unknown, run: string): CheckpointInfo {
  const parsed = checkpointInfo.safeParse(metadata)
  if (parsed.success) return parsed.data
  const { format = 1 } = metadata as { format?: number }
  throw new CarrotError(
    'bad-run',
    format === CHECKPOINT_FORMAT
      ? `The checkpoint of run '${run}' has metadata this version does not understand.`
      : `The checkpoint of run '${run}' has format ${format}; this version of carrot reads format ${CHECKPOINT_FORMAT}.`,
    'It was written by another version of carrot; train the run anew.',
  )
}

/** The policy that a checkpoint holds. */
export function checkpointPolicy(tensors: Tensors, info: CheckpointInfo): PolicySnapshot {
  return { ...info.policy, params: tensors.policy as Float32Array }
}
