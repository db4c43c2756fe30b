/** The algorithms by name. */
import type { PolicyHead, PolicySpec } from '../core/policy.ts'
import type { ActionSpec } from '../core/spec.ts'
import type { Executor } from '../graph/executor.ts'
import { ParameterLayout } from '../graph/layers.ts'
import { policyNetwork } from './heads.ts'
import type { LearnerPlan, LocalLearner } from './learner.ts'
import { type GradientSteps, OffPolicy, type OffPolicySettings } from './offPolicy.ts'
import { actorCritic } from './policy.ts'
import { Ppo, type PpoSettings } from './ppo.ts'
import { Sac, type SacSettings } from './sac.ts'

/** Settings by algorithm. */
export interface Algorithms {
  readonly ppo: PpoSettings
  readonly sac: SacSettings
}
export type Algorithm = keyof Algorithms
/** What all algorithms are told besides. */
export interface RunSettings {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly activation: 'tanh' | 'relu'
  /** Environment steps an iteration. */
  readonly batch: number
}
/** One algorithm with its settings. */
export type Chosen = {
  readonly [A in Algorithm]: { readonly algorithm: A; readonly settings: Algorithms[A] & RunSettings }
}[Algorithm]

const HEADS: Readonly<Record<Algorithm, PolicyHead>> = { ppo: 'gaussian', sac: 'squashed' }

/** The policy that an algorithm trains in an environment with O observations and these actions. */
export function policySpec(
  { algorithm, settings }: Chosen,
  obsSize: number,
  { action: { low, high } }: { readonly action: ActionSpec },
): PolicySpec {
  const { hidden, activation } = settings
  return { obsSize, actionSize: low.length, hidden, activation, head: HEADS[algorithm], low, high }
}

/** Floating-point operations of one gradient step: forward once, backward twice, a multiplication and an addition each. */
export function stepOperations(chosen: Chosen, spec: PolicySpec): number {
  const { algorithm, settings } = chosen
  if (algorithm === 'ppo') return 6 * (settings.batch / settings.minibatches) * actorCritic(spec).layout.size
  // Sixteen passes through a network of that size: of actor and critics, forward and back, and of the targets.
  const layout = new ParameterLayout()
  policyNetwork(layout, spec)
  return 2 * 16 * settings.minibatch * layout.size
}

export async function createLearner(
  executor: Executor,
  chosen: Chosen,
  plan: Omit<LearnerPlan, 'settings'>,
): Promise<LocalLearner> {
  const { spec, seed } = plan
  switch (chosen.algorithm) {
    case 'ppo':
      return Ppo.create(executor, { ...plan, settings: chosen.settings })
    case 'sac':
      return offPolicy(chosen.settings, await Sac.create(executor, spec, chosen.settings, seed))
  }

  function offPolicy(settings: OffPolicySettings, steps: GradientSteps): LocalLearner {
    return new OffPolicy({ ...plan, settings }, steps)
  }
}
