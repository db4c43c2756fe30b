import { algorithmConfigs } from '../../src/learnConfig.ts'
import { type LearnerCase, learnerContract } from '../contract/learner.ts'

const small = { batch: 128, hidden: [32], gamma: 0.9, normalizeReward: false }
const replay = { ...small, minibatch: 64, learningStarts: 256, learningRate: 3e-3, tau: 0.02 }
const byPriority = { ...replay, prioritised: true, nStep: 2 }
const { ppo, sac, td3, dqn, calql } = algorithmConfigs

const cases: readonly LearnerCase[] = [
  {
    chosen: {
      algorithm: 'ppo',
      settings: ppo.parse({ ...small, minibatches: 4, learningRate: 3e-3 }),
    },
    iterations: 60,
  },
  {
    chosen: { algorithm: 'sac', settings: sac.parse({ ...replay, criticLearningRate: 3e-3 }) },
    iterations: 30,
  },
  {
    chosen: {
      algorithm: 'calql',
      settings: calql.parse({ ...replay, criticLearningRate: 3e-3, conservatism: 0.05 }),
    },
    iterations: 30,
  },
  { chosen: { algorithm: 'td3', settings: td3.parse(replay) }, iterations: 30 },
  { chosen: { algorithm: 'dqn', settings: dqn.parse({ ...replay, bins: 5 }) }, iterations: 20 },
  {
    name: 'sac by priority',
    chosen: { algorithm: 'sac', settings: sac.parse({ ...byPriority, criticLearningRate: 3e-3 }) },
    iterations: 30,
  },
  {
    name: 'td3 by priority',
    chosen: { algorithm: 'td3', settings: td3.parse(byPriority) },
    iterations: 30,
  },
  {
    name: 'dqn by priority',
    chosen: { algorithm: 'dqn', settings: dqn.parse({ ...byPriority, bins: 5 }) },
    iterations: 20,
  },
]
for (const each of cases) learnerContract(each)
