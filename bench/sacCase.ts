/** SAC updates to measure: sizes, settings, and one minibatch that stays the same. */
import { Rng, STREAM } from '../src/core/rng.ts'
import { type SacSettings, sacUpdateGraph } from '../src/learn/sac.ts'
import { type PpoCase, specOf } from './ppoCase.ts'
import type { UpdateCase } from './updateCase.ts'

export const sacSettings: SacSettings = {
  minibatch: 256,
  learningRate: 3e-4,
  criticLearningRate: 3e-4,
  tau: 0.005,
  temperature: 'auto',
  layerNorm: false,
  gamma: 0.99,
  nStep: 1,
  bufferSize: 256,
  learningStarts: 0,
  updatesPerStep: 1,
  anneal: false,
  normalizeObs: false,
  normalizeReward: false,
  offlineData: [],
  offlineShare: 0,
  offlineSteps: 0,
}

/** Half the width that starting weights are drawn from. */
const SPREAD = 0.06

/** One SAC step: twin critics, actor, temperature and targets. */
export function sacUpdate(size: PpoCase): UpdateCase {
  const spec = { ...specOf(size), head: 'squashed', activation: 'relu' } as const
  const graph = sacUpdateGraph(spec, sacSettings, size.rows)
  const rng = new Rng(1, STREAM.init)
  const start = (state: string) =>
    Float32Array.from({ length: graph.states.get(state)!.size }, () => rng.range(-SPREAD, SPREAD))
  const critic = start('critic')
  const target = critic.slice(0, graph.states.get('target')!.size)
  const data = new Rng(1, STREAM.data)
  const rates = ['learningRate', 'criticLearningRate']
  const batch = [...graph.inputs]
    .filter(([name]) => !rates.includes(name))
    .map(([name, { size: length }]) => [name, Float32Array.from({ length }, () => numbers(name, data))])
  return {
    graph,
    script: 'sac_update.py',
    setup: { ...size, tau: sacSettings.tau },
    states: { actor: start('actor'), critic, target },
    batch: Object.fromEntries(batch),
    rates,
  }
}

/** One number of an input: actions within their range, discounts near 1, the rest normal. */
function numbers(input: string, rng: Rng): number {
  if (input === 'discount') return 0.99
  return input === 'action' ? rng.range(-1, 1) : rng.normal()
}
