/**
 * End-to-end training speed. PPO on hopper as `carrot train` runs it (2048 steps an iteration, 10 epochs × 32 minibatches
 * of 64, 2×64 tanh), against the same number of workers doing nothing but bare physics: the two take turns every second
 * or so, training is paused while the bare loops run. Then PPO on half-cheetah and SAC on hopper (2×256, a gradient step
 * of 256 transitions an environment step) by themselves. What CleanRL does with the same settings is told beside, for
 * the order of magnitude: it was measured on another machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainInput } from '../src/config.ts'
import { startTraining, type TrainSession } from '../src/train.ts'
import { BareWorkers } from './bareWorkers.ts'
import { type BenchResult, median, wallSeconds } from './result.ts'

const BATCH = 2048
const WORKERS = 2
/** Iterations of a turn. */
const TURN = 6
const ROUNDS = 12
/** Turns that do not count: engines compile. */
const WARM_UP = 2

/** Environment steps/s of CleanRL with these settings, PyTorch 1.13 on two cores (EPYC with AVX-512) of another machine. */
const ELSEWHERE = {
  ppoHopper: '841 to 965',
  ppoHalfCheetah: '1,015 to 1,114',
  sacHopper: '57 to 64',
}
const beside = (figures: string): string => `CleanRL elsewhere: ${figures}`

export default async function run(): Promise<BenchResult[]> {
  const root = mkdtempSync(join(tmpdir(), 'carrot-bench-'))
  const alone = async (input: TrainInput, figures: string): Promise<BenchResult> => ({
    case: `${input.algorithm} on ${input.env}, end to end (${beside(figures)})`,
    value: await throughput({ workers: WORKERS, evalEpisodes: 1, preset: false, ...input }, root),
    unit: 'env steps/s',
  })
  try {
    return [
      ...results(await measure(root)),
      await alone({ env: 'half-cheetah', algorithm: 'ppo', steps: 150_000 }, ELSEWHERE.ppoHalfCheetah),
      await alone(
        { env: 'hopper', algorithm: 'sac', steps: 4000, sac: { learningStarts: 1000 } },
        ELSEWHERE.sacHopper,
      ),
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Median environment steps/s over the iterations of the second half of a run. */
async function throughput(input: TrainInput, root: string): Promise<number> {
  const session = await startTraining(input, { root })
  const rates: number[] = []
  session.events$.subscribe(event => {
    if (event.type === 'metrics' && event.step > input.steps! / 2) rates.push(event.values.stepsPerSecond)
  })
  await session.done
  return median(rates)
}

/** Seconds of one turn each, in which both do as many steps. */
interface Round {
  readonly bare: number
  readonly train: number
}

async function measure(root: string): Promise<Round[]> {
  await using bare = new BareWorkers({ env: 'hopper', workers: WORKERS, rows: 4, steps: BATCH / 8 })
  // One turn more than is measured, as the first iteration comes before them.
  const steps = (1 + WARM_UP + ROUNDS) * TURN * BATCH
  const session = await startTraining(
    { env: 'hopper', steps, workers: WORKERS, evalEpisodes: 1, preset: false },
    { root },
  )
  const turns = new Turns(session)
  const rounds: Round[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const train = await wallSeconds(() => turns.next())
    const physics = await wallSeconds(async () => {
      for (let i = 0; i < TURN; i++) await bare.run()
    })
    if (round >= 0) rounds.push({ bare: physics, train })
  }
  turns.end()
  await session.done
  return rounds
}

/** Lets a session train for some iterations at a time. */
class Turns {
  private readonly session: TrainSession
  private left = 1
  private done = Promise.withResolvers<void>()

  /** Pauses before the second iteration. */
  constructor(session: TrainSession) {
    this.session = session
    session.events$.subscribe(event => {
      if (event.type !== 'metrics' || --this.left > 0) return
      session.send({ type: 'pause', on: true })
      this.done.resolve()
    })
  }

  async next(): Promise<void> {
    await this.turn()
    this.done = Promise.withResolvers()
    this.left = TURN
    this.session.send({ type: 'pause', on: false })
    await this.turn()
  }

  /** Also ends when training does, or fails. */
  private async turn(): Promise<void> {
    await Promise.race([this.done.promise, this.session.done])
  }

  end(): void {
    this.session.stop()
  }
}

function results(rounds: readonly Round[]): BenchResult[] {
  const bare = `bare physics, ${WORKERS} workers`
  const unit = 'env steps/s'
  const rate = (who: keyof Round) => (TURN * BATCH) / median(rounds.map(round => round[who]))
  return [
    { case: bare, value: rate('bare'), unit },
    {
      case: `ppo on hopper, end to end (${beside(ELSEWHERE.ppoHopper)})`,
      value: rate('train'),
      unit,
      ratio: median(rounds.map(round => round.bare / round.train)),
      against: bare,
    },
  ]
}
