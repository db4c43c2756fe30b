/**
 * How far physics may differ before a policy fails: each factor is tried alone, outwards from 1, and the lowest and highest
 * that still do are kept (the reward-aware physics prior of DrEureka, Ma et al., 2024).
 */
import { learning, type TrainConfig } from '../config.ts'
import { CarrotError } from '../core/errors.ts'
import type { EvalResult } from '../core/events.ts'
import { FACTORS, type Factor } from '../core/wrapping.ts'
import { Evaluator } from '../evaluate.ts'
import { planStored } from '../plan.ts'
import { type StoredPolicy, storedPolicy } from '../storedPolicy.ts'

export interface PriorOptions {
  /** Folder of runs. */
  readonly root?: string
  /** Of each value. */
  readonly episodes: number
  /** Share of the success (or else the return) at 1 that still counts as doing it. */
  readonly keep: number
  /** Default: all. */
  readonly factors?: readonly Factor[]
  readonly onTried?: (factor: Factor, value: number, result: EvalResult) => void
}

/** One factor: where the policy still does what it does at 1. */
export interface FactorRange {
  readonly factor: Factor
  readonly low: number
  readonly high: number
  /** What it came to at every value tried, ascending. */
  readonly tried: readonly { readonly value: number; readonly score: number; readonly holds: boolean }[]
}

export interface PhysicsPrior {
  readonly run: string
  readonly env: string
  /** 'success' (0…1), or 'return' where nothing is judged. */
  readonly measure: 'success' | 'return'
  readonly nominal: number
  readonly ranges: readonly FactorRange[]
}

/** Tried outwards from 1, until one fails. */
const ABOVE = [1.1, 1.25, 1.5, 2, 3, 4]
const BELOW = [0.9, 0.75, 0.5, 0.25, 0.1]

/** Throws CarrotError 'unsupported' where the policy does nothing to begin with, or there are no physics to change. */
export async function physicsPrior(name: string, options: PriorOptions): Promise<PhysicsPrior> {
  const policy = storedPolicy(name, 'last', options.root)
  const { config, env, loaded } = await planStored(policy.run, policy.info)
  const judge = async (wrap: TrainConfig['wrap']): Promise<EvalResult> => {
    await using evaluator = await Evaluator.create({
      choice: { ...config, wrap: { ...config.wrap, ...wrap } },
      gamma: learning(config).settings.gamma,
      episodes: options.episodes,
      seed: config.seed,
      workers: config.workers,
    })
    const { snapshot, info } = policy
    return await evaluator.evaluate({ snapshot, loaded, weights: info.program.weights })
  }
  const nominal = await judge({})
  const measure = nominal.successRate === null ? 'return' : 'success'
  const scoreOf = (result: EvalResult): number => result.successRate ?? result.returnMean
  const atOne = scoreOf(nominal)
  if (measure === 'success' && atOne === 0) throw doesNothing(policy)
  const least = leastOf(atOne, options.keep)
  const ranges: FactorRange[] = []
  for (const factor of options.factors ?? FACTORS) {
    const tried = [{ value: 1, score: atOne, holds: true }]
    for (const values of [ABOVE, BELOW]) {
      for (const value of values) {
        const result = await judge({ [factor]: value })
        options.onTried?.(factor, value, result)
        const score = scoreOf(result)
        tried.push({ value, score, holds: score >= least })
        if (score < least) break
      }
    }
    tried.sort((a, b) => a.value - b.value)
    const held = tried.filter(({ holds }) => holds).map(({ value }) => value)
    ranges.push({ factor, low: Math.min(...held), high: Math.max(...held), tried })
  }
  return { run: policy.run.name, env: env.spec.id, measure, nominal: atOne, ranges }
}

/** A return may be negative: the same share of its size below it. */
export const leastOf = (nominal: number, keep: number): number => nominal - (1 - keep) * Math.abs(nominal)

const doesNothing = ({ run }: StoredPolicy): CarrotError =>
  new CarrotError(
    'unsupported',
    `The policy of ${run.name} never succeeds as it is, so there is no telling how far physics may differ.`,
    `Train it longer first, or watch what it does: carrot watch ${run.name}`,
  )

/** '--wrap mass=0.5,2 --wrap friction=0.75,1.5': only what varies. */
export const wrapFlags = (ranges: readonly Pick<FactorRange, 'factor' | 'low' | 'high'>[]): string =>
  ranges
    .filter(({ low, high }) => low < high)
    .map(({ factor, low, high }) => `--wrap ${factor}=${low},${high}`)
    .join(' ')
