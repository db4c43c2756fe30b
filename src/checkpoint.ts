/** Everything a bit-exact continuation needs, as named tensors and a little JSON. */
import { z } from 'zod'
import type { ActorPool } from './actorPool.ts'
import { CarrotError } from './core/errors.ts'
import type { Learner, PolicySnapshot } from './core/policy.ts'
import type { RewardScorer } from './core/reward.ts'
import type { EpisodeStats } from './pipeline/episodes.ts'

export type Tensors = Record<string, Float32Array | Float64Array>

/** The parts of a run that have a past. */
export interface Parts {
  readonly learner: Learner
  readonly pool: ActorPool
  readonly scorer: RewardScorer
  readonly stats: EpisodeStats
}

const checkpointInfo = z.object({
  /** Environment steps done. */
  step: z.number(),
  /** Number of the next rollout. */
  sequence: z.number(),
  /** Wall-clock seconds of training so far. */
  seconds: z.number(),
  env: z.object({ id: z.string(), version: z.number() }),
  program: z.object({ hash: z.string(), weights: z.record(z.string(), z.number()) }),
  policy: z.object({
    version: z.number(),
    spec: z.object({
      obsSize: z.number(),
      actionSize: z.number(),
      hidden: z.array(z.number()),
      activation: z.enum(['tanh', 'relu']),
    }),
  }),
})
export type CheckpointInfo = z.infer<typeof checkpointInfo>

/** Tensors of all parts. Call it between two rollouts. */
export async function saveParts({ learner, pool, scorer, stats }: Parts): Promise<Tensors> {
  const tensors: Tensors = {
    policy: learner.snapshot.params,
    'env/state': await pool.save(),
    'reward/memory': scorer.saveMemory(),
    'episode/stats': stats.save(),
  }
  for (const [name, tensor] of Object.entries(await learner.save())) tensors[`learner/${name}`] = tensor
  return tensors
}

/** Puts all parts back. */
export async function loadParts({ learner, pool, scorer, stats }: Parts, tensors: Tensors): Promise<void> {
  const learned = Object.entries(tensors).filter(([name]) => name.startsWith('learner/'))
  await learner.load(
    Object.fromEntries(learned.map(([name, tensor]) => [name.slice('learner/'.length), tensor])),
  )
  await pool.load(tensors['env/state'] as Float64Array)
  scorer.loadMemory(tensors['reward/memory'] as Float64Array)
  stats.load(tensors['episode/stats'] as Float64Array)
}

/** Checks a checkpoint's metadata. Throws CarrotError 'bad-run'. */
export function parseCheckpointInfo(metadata: unknown, run: string): CheckpointInfo {
  const parsed = checkpointInfo.safeParse(metadata)
  if (parsed.success) return parsed.data
  throw new CarrotError(
    'bad-run',
    `The checkpoint of run '${run}' has metadata this version does not understand.`,
    'It was written by another version of carrot; train the run anew.',
  )
}

/** The policy that a checkpoint holds. */
export function checkpointPolicy(tensors: Tensors, info: CheckpointInfo): PolicySnapshot {
  return { ...info.policy, params: tensors.policy as Float32Array }
}
