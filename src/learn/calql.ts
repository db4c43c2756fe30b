/**
 * Calibrated Q-learning (Nakamoto et al., 2023), for going on online from data there was before: SAC whose critics are
 * pushed down on actions the data does not hold (Kumar et al., CQL, 2020), but never below what the data's own policy got.
 *
 * Shapes: M minibatch rows, n sampled actions, O observation, A action.
 */
import type { PolicySpec } from '../core/policy.ts'
import type { Executor } from '../graph/executor.ts'
import { logSumExp } from '../graph/functions.ts'
import { concat, type Graph, type Tensor } from '../graph/graph.ts'
import { fillNormal, Sac, type SacParts, type SacSettings, sacUpdateGraph } from './sac.ts'

export interface CalQlSettings extends SacSettings {
  /** Weight of the conservative loss. */
  readonly conservatism: number
  /** Never push a value below what the data's own policy got; without it this is conservative Q-learning. */
  readonly calibrate: boolean
  /** n: actions sampled of each kind (uniform, of the policy here, of the policy at the next state). */
  readonly sampledActions: number
}

/** A Cal-QL step: SAC's, with the conservative loss. */
export function createCalQl(
  executor: Executor,
  spec: PolicySpec,
  settings: CalQlSettings,
  seed: number,
): Promise<Sac> {
  const { minibatch: M, sampledActions: n } = settings
  const A = spec.actionSize
  return Sac.create(executor, spec, settings, seed, {
    name: 'calql',
    graph: calQlGraph(spec, settings),
    withReturns: true,
    draws: 2 * M * n * A,
    fill: (session, rng) => {
      fillNormal(session.input('sampleNoise'), rng)
      fillNormal(session.input('nextSampleNoise'), rng)
      const uniform = session.input('uniform')
      for (let i = 0; i < uniform.length; i++) uniform[i] = rng.range(-1, 1)
    },
  })
}

/** SAC's step (its inputs and states) with the conservative loss (its inputs). */
export const calQlGraph = (spec: PolicySpec, settings: CalQlSettings): Graph =>
  sacUpdateGraph(spec, settings, settings.minibatch, parts =>
    conservativeLoss(parts, settings, spec.actionSize),
  )

/**
 * Inputs: sampleNoise, nextSampleNoise (standard normal) and uniform (in −1…1), all [M·n, A]; returns [M, 1] of the
 * data's policy. log Σ exp Q over sampled actions, each weighed by how likely it was sampled, less Q of the data.
 */
function conservativeLoss(
  { g, obs, nextObs, values, policy, value }: SacParts,
  { conservatism, calibrate, sampledActions: n }: CalQlSettings,
  A: number,
): Tensor {
  const [M] = obs.shape
  const noise = (name: string) => g.input(name, [M * n, A])
  const here = repeat(obs, n)
  const own = policy(here, noise('sampleNoise'))
  const next = policy(repeat(nextObs, n), noise('nextSampleNoise'))
  const least = repeat(g.input('returns', [M, 1]), n)
  const held = (q: Tensor) => (calibrate ? q.max(least) : q)

  const uniformDensity = -A * Math.LN2
  const sampled = [
    value(here, noise('uniform')).sub(uniformDensity),
    held(value(here, own.action)).sub(own.logProb),
    held(value(here, next.action)).sub(next.logProb),
  ]
  const perCritic = [0, 1].map(i => {
    const q = concat(
      sampled.map(part => part.slice(1, i, i + 1).reshape([M, n])),
      1,
    )
    return logSumExp(q, 1)
      .sub(values.slice(1, i, i + 1))
      .mean()
  })
  return perCritic[0].add(perCritic[1]).mul(conservatism)
}

/** Every row n times in a row: [M, W] → [M·n, W]. */
function repeat(x: Tensor, n: number): Tensor {
  const [M, W] = x.shape
  return x
    .reshape([M, 1, W])
    .broadcastTo([M, n, W])
    .reshape([M * n, W])
}
