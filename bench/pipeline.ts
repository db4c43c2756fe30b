/**
 * What the RxJS machinery costs: CPU time of the stream of `train.ts` over the same batches, scorer and bookkeeping in
 * a bare loop. The batches are real hopper rollouts; nothing is stepped or learned while measuring.
 */
import { concatMap, lastValueFrom, takeWhile, tap } from 'rxjs'
import { envById } from '../envs/index.ts'
import { bindReward } from '../rewards/index.ts'
import { ActorPool } from '../src/actorPool.ts'
import type { RolloutBatch } from '../src/core/batch.ts'
import type { PolicySnapshot } from '../src/core/policy.ts'
import { batchShape, envFacts } from '../src/envFacts.ts'
import { initialise, policySnapshot } from '../src/learn/policy.ts'
import { loadProgram } from '../src/loadProgram.ts'
import { EpisodeStats } from '../src/pipeline/episodes.ts'
import { label } from '../src/pipeline/label.ts'
import { type RolloutSource, rollouts } from '../src/pipeline/rollouts.ts'
import { score } from '../src/pipeline/score.ts'
import { specOf } from './ppoCase.ts'
import { type BenchResult, cpuNanoseconds, median } from './result.ts'

const BATCHES = 1500
const ROUNDS = 10

/** Hands the same recorded batch out again and again. */
class Replay implements RolloutSource {
  readonly buffers = 1
  onFree: (() => void) | undefined
  private readonly batch: RolloutBatch
  constructor(batch: RolloutBatch) {
    this.batch = batch
  }
  async rollout(sequence: number): Promise<RolloutBatch> {
    this.batch.sequence = sequence
    return this.batch
  }
  /** The batch itself stays leased, so that its numbers live on; the credit is given back. */
  done(): void {
    this.onFree?.()
  }
}

export default async function run(): Promise<BenchResult[]> {
  const env = envById('hopper')
  const shape = batchShape(env, await envFacts(env), { T: 256, N: 8, R: 1 })
  await using pool = new ActorPool({ env: { env: 'hopper' }, seed: 1, shape, workers: 2, buffers: 1 })
  const spec = specOf({ obsSize: shape.O, actionSize: shape.A, hidden: [64, 64], rows: 1 })
  const normaliser = { mean: new Float32Array(shape.O), scale: new Float32Array(shape.O).fill(1) }
  const snapshot = policySnapshot(spec, 0, normaliser, initialise(spec, 1))
  const batch = await pool.rollout(0, snapshot)
  const scorer = bindReward((await loadProgram('hopper-forward')).program, env.spec, { rows: 8, gamma: 0.99 })
  const stats = new EpisodeStats(8)
  const source = new Replay(batch)

  const bare = async (): Promise<void> => {
    for (let sequence = 0; sequence < BATCHES; sequence++) {
      const next = await source.rollout(sequence)
      scorer.score(next)
      stats.take(next, scorer.succeeds)
      await learn(next)
    }
  }
  const streamed = async (): Promise<void> => {
    await lastValueFrom(
      rollouts(source, () => snapshot as PolicySnapshot, { from: 0, to: BATCHES, credits: 1 }).pipe(
        label(async () => [], { concurrency: 4, timeout: 1000, onFailure: () => undefined }),
        score(
          () => scorer,
          () => undefined,
        ),
        tap(next => stats.take(next, scorer.succeeds)),
        concatMap(async next => {
          await learn(next)
          source.done()
          return next.sequence + 1 === BATCHES
        }),
        takeWhile(last => !last),
      ),
      { defaultValue: true },
    )
  }
  const steps = BATCHES * shape.T * shape.N
  const rounds: { bare: number; streamed: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % 2 === 0
    const a = await cpuNanoseconds(first ? bare : streamed)
    const b = await cpuNanoseconds(first ? streamed : bare)
    rounds.push(first ? { bare: a / steps, streamed: b / steps } : { bare: b / steps, streamed: a / steps })
  }
  batch.release()
  const unit = 'ns CPU per env step'
  return [
    { case: 'bare loop (score, statistics)', value: median(rounds.map(r => r.bare)), unit },
    { case: 'the same through RxJS', value: median(rounds.map(r => r.streamed)), unit },
    { case: 'RxJS machinery', value: median(rounds.map(r => r.streamed - r.bare)), unit },
  ]
}

/** Stands for the learner: a turn of the microtask queue. */
async function learn(batch: RolloutBatch): Promise<number> {
  return batch.sequence
}
