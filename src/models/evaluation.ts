/** What a trained model can do, on pictures that training never saw. */
import type { Executor } from '../graph/executor.ts'
import type { Encoder } from './encoding.ts'
import { type PoseScore, poseScores } from './poseRewards.ts'
import { type Retrieval, retrievals } from './retrieval.ts'

/** Added to a training seed: these pictures are others. */
const EVALUATION_SEED = 1_000_000

export interface Evaluation {
  readonly retrieval: readonly Retrieval[]
  readonly poses: readonly PoseScore[]
}

export async function evaluate(encoder: Encoder, seed: number, executor: Executor): Promise<Evaluation> {
  return {
    retrieval: await retrievals(encoder, seed + EVALUATION_SEED, executor),
    poses: await poseScores(encoder, seed + EVALUATION_SEED, executor),
  }
}
