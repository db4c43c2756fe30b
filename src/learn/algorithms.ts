/** The algorithms by name. */
import type { PolicyHead, PolicySpec } from '../core/policy.ts'
import type { ActionSpec } from '../core/spec.ts'
import type { Executor } from '../graph/executor.ts'
import { ParameterLayout } from '../graph/layers.ts'
import { type CalQlSettings, createCalQl } from './calql.ts'
import { Dqn, type DqnSettings } from './dqn.ts'
import { choicesOf, policyNetwork } from './heads.ts'
import type { LearnerPlan, LocalLearner } from './learner.ts'
import { type GradientSteps, OffPolicy, type OffPolicySettings } from './offPolicy.ts'
import { actorCritic } from './policy.ts'
import { Ppo, type PpoSettings } from './ppo.ts'
import { Sac, type SacSettings } from './sac.ts'
import { Td3, type Td3Settings } from './td3.ts'

/** Settings by algorithm. */
export interface Algorithms {
  readonly ppo: PpoSettings
  readonly sac: SacSettings
  readonly td3: Td3Settings
  readonly calql: CalQlSettings
  /** `bins`: choices a dimension of the action range, where the environment declares none. */
  readonly dqn: DqnSettings & { readonly bins: number }
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

const HEADS: Readonly<Record<Algorithm, PolicyHead>> = {
  ppo: 'gaussian',
  sac: 'squashed',
  td3: 'deterministic',
  calql: 'squashed',
  dqn: 'discrete',
}

/** The policy that an algorithm trains in an environment with O observations and these actions. */
export function policySpec(
  { algorithm, settings }: Chosen,
  obsSize: number,
  { action }: { readonly action: ActionSpec },
): PolicySpec {
  const { low, high } = action
  const { hidden, activation } = settings
  const spec = { obsSize, actionSize: low.length, hidden, activation, head: HEADS[algorithm], low, high }
  return algorithm === 'dqn' ? { ...spec, choices: choicesOf(action, settings.bins) } : spec
}

/** Passes through a network of the policy's size in a gradient step: of actor, critics and targets, there and back. */
const PASSES = { sac: 16, calql: 60, td3: 12, dqn: 5 } as const

/** Floating-point operations of one gradient step: forward once, backward twice, a multiplication and an addition each. */
export function stepOperations(chosen: Chosen, spec: PolicySpec): number {
  const { algorithm, settings } = chosen
  if (algorithm === 'ppo') return 6 * (settings.batch / settings.minibatches) * actorCritic(spec).layout.size
  const layout = new ParameterLayout()
  policyNetwork(layout, spec)
  return 2 * PASSES[algorithm] * settings.minibatch * layout.size
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
    case 'td3':
      return offPolicy(chosen.settings, await Td3.create(executor, spec, chosen.settings, seed))
    case 'calql':
      return offPolicy(chosen.settings, await createCalQl(executor, spec, chosen.settings, seed))
    case 'dqn': {
      const steps = plan.iterations * plan.shape.T * plan.shape.N
      return offPolicy(chosen.settings, await Dqn.create(executor, spec, chosen.settings, seed, steps))
    }
  }

  function offPolicy(settings: OffPolicySettings, steps: GradientSteps): LocalLearner {
    return new OffPolicy({ ...plan, settings }, steps)
  }
}
