/** Settings of every algorithm, checked; defaults are those CleanRL documents for continuous control. */
import { z } from 'zod'
import type { Algorithm, Algorithms, RunSettings } from './learn/algorithms.ts'

export const ALGORITHMS = ['ppo', 'sac', 'td3', 'dqn', 'calql'] as const satisfies readonly Algorithm[]

const count = z.int().positive()
const fraction = z.number().min(0).max(1)

/** What all algorithms have. */
const shared = {
  gamma: fraction.default(0.99),
  /** Lower the learning rate linearly to 0 over the run. */
  anneal: z.boolean(),
  normalizeObs: z.boolean(),
  /** Divide rewards by the running standard deviation of the discounted return. */
  normalizeReward: z.boolean(),
}

const ppo = z.strictObject({
  ...shared,
  /** Environment steps per iteration, over all environments. */
  batch: count.default(2048),
  epochs: count.default(10),
  minibatches: count.default(32),
  hidden: z.array(count).min(1).default([64, 64]),
  activation: z.enum(['tanh', 'relu']).default('tanh'),
  learningRate: z.number().positive().default(3e-4),
  anneal: shared.anneal.default(true),
  lambda: fraction.default(0.95),
  clip: z.number().positive().default(0.2),
  /** Clip the value loss around the old value as the policy loss is. */
  clipValue: z.boolean().default(true),
  valueWeight: z.number().min(0).default(0.5),
  entropyWeight: z.number().min(0).default(0),
  /** Standard deviation of the first policy's actions, in half-widths of their range. */
  initialStd: z.number().positive().default(1),
  maxGradNorm: z.number().positive().default(0.5),
  normalizeObs: shared.normalizeObs.default(true),
  normalizeReward: shared.normalizeReward.default(true),
  /** End an iteration after the epoch that has moved the policy by this KL divergence. */
  targetKl: z.number().positive().optional(),
})

/** What algorithms that learn from a replay buffer have. */
const offPolicy = {
  ...shared,
  /** Environment steps per iteration, over all environments. */
  batch: count.default(64),
  /** Transitions of a gradient step. */
  minibatch: count.default(256),
  /** Transitions kept. */
  bufferSize: count.default(1_000_000),
  /** Random steps before learning. */
  learningStarts: z.int().min(0).default(5000),
  /** Gradient steps an environment step. */
  updatesPerStep: z.number().positive().default(1),
  /** Rewards summed before a target is bootstrapped. */
  nStep: count.default(1),
  hidden: z.array(count).min(1).default([256, 256]),
  activation: z.enum(['tanh', 'relu']).default('relu'),
  learningRate: z.number().positive().default(3e-4),
  anneal: shared.anneal.default(false),
  normalizeObs: shared.normalizeObs.default(false),
  normalizeReward: shared.normalizeReward.default(false),
  /** Shorten longer gradients to this; absent: none. */
  maxGradNorm: z.number().positive().optional(),
  /** Part of the way that targets go towards what is learned, at every step. */
  tau: fraction.default(0.005),
  /** Runs whose recorded episodes are learned from as well, scored by this run's program. */
  offlineData: z.array(z.string()).default([]),
  /** Part of every minibatch that comes from them. */
  offlineShare: z.number().gt(0).max(1).default(0.5),
  /** Gradient steps on them alone, before the first step of an environment. */
  offlineSteps: z.int().min(0).default(0),
}

/** Which transitions are drawn how often. */
const priorities = {
  /** Draw more often what was more wrong when it was last learned from, and let it count less. */
  prioritised: z.boolean().default(false),
  /** How much more often: 0 evenly, 1 in proportion to the error. */
  priorityAlpha: fraction.default(0.6),
  /** How much less it counts at first: 0 not at all, 1 as much less as it is drawn more. Rises to 1 over the run. */
  priorityBeta: fraction.default(0.4),
}

/** Standardise what critics compute in their hidden layers. */
const layerNorm = z.boolean().default(false)

const softActorCritic = {
  ...offPolicy,
  layerNorm,
  criticLearningRate: z.number().positive().default(1e-3),
  /** Weight of the entropy; 'auto' holds the entropy at targetEntropy. */
  temperature: z.union([z.number().positive(), z.literal('auto')]).default('auto'),
  /** Default: minus the number of actions. */
  targetEntropy: z.number().optional(),
}
const sac = z.strictObject({ ...softActorCritic, ...priorities })

const td3 = z.strictObject({
  ...offPolicy,
  ...priorities,
  layerNorm,
  learningStarts: z.int().min(0).default(25_000),
  /** Steps of the critics a step of the actor. */
  policyDelay: count.default(2),
  /** Standard deviation of the noise on actions, in half-widths of their range. */
  explorationNoise: z.number().min(0).default(0.1),
  targetNoise: z.number().min(0).default(0.2),
  targetNoiseClip: z.number().min(0).default(0.5),
})

const calql = z.strictObject({
  ...softActorCritic,
  learningStarts: z.int().min(0).default(0),
  criticLearningRate: z.number().positive().default(3e-4),
  offlineSteps: z.int().min(0).default(10_000),
  /** Weight of the loss that pushes values of unseen actions down. */
  conservatism: z.number().min(0).default(5),
  /** Never push a value below what the data's own policy got; off, this is conservative Q-learning. */
  calibrate: z.boolean().default(true),
  /** Actions sampled of each kind for that loss. */
  sampledActions: count.default(4),
})

const dqn = z.strictObject({
  ...offPolicy,
  ...priorities,
  bufferSize: count.default(100_000),
  learningStarts: z.int().min(0).default(1000),
  learningRate: z.number().positive().default(1e-3),
  /** Share of random actions at the end. */
  finalExploration: fraction.default(0.05),
  /** Part of the run until that is reached. */
  explorationFraction: fraction.default(0.2),
  /** Choices a dimension of the action range, where the environment declares none. */
  bins: z.int().min(2).default(3),
})

/** By algorithm; what they give is what the learners ask for. */
export const algorithmConfigs = { ppo, sac, td3, dqn, calql } as const satisfies {
  readonly [A in Algorithm]: z.ZodType<Algorithms[A] & RunSettings>
}
