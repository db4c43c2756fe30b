/**
 * Programs in a sandbox against the same outside, in batches of 1024 and of a long rollout: CPU time of all threads, and
 * wall-clock time, in which the worker has to be woken and waited for.
 */
import { envById } from '../envs/index.ts'
import { bindReward } from '../rewards/index.ts'
import type { ScoreColumns } from '../src/core/batch.ts'
import { rescoringCopy } from '../src/core/episode.ts'
import type { BatchScorer } from '../src/core/reward.ts'
import { loadProgram } from '../src/loadProgram.ts'
import { playRandomly } from '../src/randomPlay.ts'
import { openSandbox } from '../src/sandbox/index.ts'
import { type BenchResult, cpuNanoseconds, median } from './result.ts'

/** Of the library: one with two light terms, one of a pose, two that are staged and call functions of their own. */
const PROGRAMS = ['hopper-forward', 'pose-kneeling', 'pick-cube', 'turn-faucet']
const BATCHES = [
  { T: 128, N: 8 },
  { T: 1024, N: 8 },
]
const ROUNDS = 50
/** Both are compiled anew while they are warm; these rounds do not count. */
const WARM_UP = 10
/** Of one round, ms. */
const ROUND = 30

export default async function sandbox(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = []
  for (const name of PROGRAMS) {
    for (const batch of BATCHES) results.push(...(await compare(name, batch)))
  }
  return results
}

async function compare(name: string, { T, N }: { T: number; N: number }): Promise<BenchResult[]> {
  const { program, module } = await loadProgram(name)
  const env = envById(program.env as string)
  const columns = repeated(await playRandomly(env, { rows: N, steps: 128, seed: 1 }), T)
  const options = { rows: N, gamma: 0.99 }
  const outside = bindReward(program, env.spec, options)
  await using inside = await openSandbox(module, env.spec, options)
  const times = { outside: [] as Times[], inside: [] as Times[] }
  // In turn, so that what else the machine does meets both.
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const each = { outside: await timesOf(outside, columns), inside: await timesOf(inside, columns) }
    if (round < 0) continue
    times.outside.push(each.outside)
    times.inside.push(each.inside)
  }
  const label = `${name}, ${T * N} rows`
  return (['cpu', 'wall'] as const).flatMap(clock => {
    const seconds = (of: readonly Times[]): number => median(of.map(time => time[clock]))
    const ratios = times.outside.map((time, round) => time[clock] / times.inside[round][clock])
    const unit = clock === 'cpu' ? 'rows/s CPU' : 'rows/s'
    return [
      { case: `${label}, outside`, value: (T * N) / seconds(times.outside), unit },
      {
        case: `${label}, in a sandbox`,
        value: (T * N) / seconds(times.inside),
        unit,
        ratio: median(ratios),
        against: 'outside, in turn',
      },
    ]
  })
}

interface Times {
  /** Seconds a batch. */
  readonly cpu: number
  readonly wall: number
}

async function timesOf(scorer: BatchScorer, columns: ScoreColumns): Promise<Times> {
  const copy = rescoringCopy(columns)
  let batches = 0
  const began = performance.now()
  const cpu = await cpuNanoseconds(async () => {
    do {
      await scorer.score(copy)
      batches++
    } while (performance.now() - began < ROUND)
  })
  return { cpu: cpu / 1e9 / batches, wall: (performance.now() - began) / 1000 / batches }
}

/** The same steps again and again, until there are T, in shared memory as those of a rollout. */
function repeated(play: ScoreColumns, T: number): ScoreColumns {
  const times = T / play.T
  const again = <C extends Float64Array | Int32Array | Uint8Array>(column: C, ahead: boolean): C => {
    const row = column.length / (play.T + Number(ahead))
    const steps = column.subarray(0, play.T * row)
    const whole = shared(column, (T + Number(ahead)) * row)
    for (let time = 0; time < times; time++) whole.set(steps, time * steps.length)
    if (ahead) whole.set(column.subarray(play.T * row), T * row)
    return whole
  }
  return {
    ...play,
    T,
    signals: again(play.signals, true),
    applied: again(play.applied, false),
    terminated: again(play.terminated, false),
    truncated: again(play.truncated, false),
    valid: again(play.valid, false),
    stepInEpisode: again(play.stepInEpisode, true),
    episode: again(play.episode, true),
    reward: new Float64Array(T * play.N),
    success: new Uint8Array(T * play.N),
  }
}

function shared<C extends Float64Array | Int32Array | Uint8Array>(like: C, length: number): C {
  const Type = like.constructor as new (buffer: SharedArrayBuffer) => C
  return new Type(new SharedArrayBuffer(length * like.BYTES_PER_ELEMENT))
}
