/** PPO updates to measure: sizes, settings, and one minibatch that stays the same. */
import { Rng, STREAM } from '../src/core/rng.ts'
import { actorCritic, initialise } from '../src/learn/policy.ts'
import { type PpoSettings, ppoUpdateGraph } from '../src/learn/ppo.ts'
import type { UpdateCase } from './updateCase.ts'

export interface PpoCase {
  readonly obsSize: number
  readonly actionSize: number
  readonly hidden: readonly number[]
  /** Rows of a minibatch. */
  readonly rows: number
}

export const settings: PpoSettings = {
  epochs: 1,
  minibatches: 1,
  learningRate: 3e-4,
  anneal: false,
  gamma: 0.99,
  lambda: 0.95,
  clip: 0.2,
  clipValue: true,
  valueWeight: 0.5,
  entropyWeight: 0.01,
  initialStd: 1,
  maxGradNorm: 0.5,
  normalizeObs: false,
  normalizeReward: false,
}

export const specOf = ({ obsSize, actionSize, hidden }: PpoCase) =>
  ({
    obsSize,
    actionSize,
    hidden,
    activation: 'tanh',
    head: 'gaussian',
    low: Array<number>(actionSize).fill(-1),
    high: Array<number>(actionSize).fill(1),
  }) as const

/** Millions of floating-point operations: forward once, backward twice, a multiplication and an addition each. */
export function megaflops(size: PpoCase): number {
  return (6 * size.rows * actorCritic(specOf(size)).layout.size) / 1e6
}

/** Starting parameters. */
export function startOf(size: PpoCase): Float32Array {
  return initialise(specOf(size), 1)
}

/** The minibatch by input name: ratios near 1, some of them clipped. */
export function minibatchOf({ obsSize, actionSize, rows }: PpoCase): Readonly<Record<string, Float32Array>> {
  const rng = new Rng(1, STREAM.data)
  const normal = (count: number, scale = 1) =>
    Float32Array.from({ length: count }, () => scale * rng.normal())
  const action = normal(rows * actionSize)
  const logProb = normal(rows, 0.2).map((noise, row) => {
    const own = action.subarray(row * actionSize, (row + 1) * actionSize)
    return own.reduce((sum, a) => sum - 0.5 * (a * a + Math.log(2 * Math.PI)), noise)
  })
  return {
    obs: normal(rows * obsSize),
    action,
    logProb,
    advantage: normal(rows),
    target: normal(rows),
    value: normal(rows, 0.5),
  }
}

/** One PPO minibatch step. */
export function ppoUpdate(size: PpoCase): UpdateCase {
  const { clip, valueWeight, entropyWeight, maxGradNorm } = settings
  return {
    graph: ppoUpdateGraph(specOf(size), settings, size.rows),
    script: 'ppo_update.py',
    setup: { ...size, clip, valueWeight, entropyWeight, maxGradNorm },
    states: { params: startOf(size) },
    batch: minibatchOf(size),
    rates: ['learningRate'],
  }
}
