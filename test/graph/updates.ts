/** Whole updates of learners and networks, tiny, with everything a run of them needs: for comparing executors, in pages too. */
import { settings, specOf } from '../../bench/ppoCase.ts'
import { Rng, STREAM } from '../../src/core/rng.ts'
import type { Executor, Session } from '../../src/graph/executor.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { initialise } from '../../src/learn/policy.ts'
import { ppoUpdateGraph } from '../../src/learn/ppo.ts'
import { type SacSettings, sacUpdateGraph } from '../../src/learn/sac.ts'
import { autoencoder } from './models.ts'

export interface Update {
  readonly graph: Graph
  /** Starting parameters, by state. */
  readonly states: Readonly<Record<string, Float32Array>>
  /** Inputs that are not drawn anew for every step. */
  readonly inputs: Readonly<Record<string, number>>
  readonly range: readonly [low: number, high: number]
}

const TINY = { obsSize: 6, actionSize: 3, hidden: [16, 16], rows: 32 }

const SAC: SacSettings = {
  minibatch: 16,
  tau: 0.05,
  layerNorm: false,
  temperature: 'auto',
  criticLearningRate: 1e-3,
  learningRate: 1e-3,
  bufferSize: 16,
  learningStarts: 0,
  updatesPerStep: 1,
  nStep: 1,
  gamma: 0.99,
  anneal: false,
  normalizeObs: false,
  normalizeReward: false,
  offlineData: [],
  offlineShare: 0,
  offlineSteps: 0,
}

export function updates(): Readonly<Record<string, Update>> {
  const spec = specOf(TINY)
  const sac = sacUpdateGraph({ ...spec, hidden: [16], head: 'squashed', activation: 'relu' }, SAC, 16)
  const ae = autoencoder({ N: 2, size: 16, channels: [4, 6, 4, 3], code: 4 })
  return {
    ppo: {
      graph: ppoUpdateGraph(spec, settings, TINY.rows),
      states: { params: initialise(spec, 1) },
      inputs: { learningRate: 1e-3 },
      range: [-1, 1],
    },
    sac: {
      graph: sac,
      states: Object.fromEntries(
        ['actor', 'critic', 'target'].map((name, i) => [
          name,
          uniform(sac.states.get(name)!.size, i === 0 ? 1 : 2),
        ]),
      ),
      inputs: { learningRate: 1e-3, criticLearningRate: 1e-3 },
      range: [-1, 1],
    },
    autoencoder: {
      graph: ae.graph,
      states: { params: ae.params },
      inputs: { learningRate: 1e-3 },
      range: [0, 1],
    },
  }
}

/** Starting weights. Targets start as the critics do. */
function uniform(length: number, seed: number): Float32Array {
  const rng = new Rng(seed, STREAM.init)
  return Float32Array.from({ length }, () => rng.range(-0.3, 0.3))
}

/** All states, one after the other, after `steps` steps. */
export async function statesAfter(
  executor: Executor,
  update: Update,
  steps: number,
): Promise<Record<string, Float32Array>> {
  using session: Session = await executor.compile(update.graph)
  for (const [name, data] of Object.entries(update.states)) session.writeState(name, data)
  const rng = new Rng(1, STREAM.data)
  for (let step = 0; step < steps; step++) {
    for (const name of update.graph.inputs.keys()) {
      const input = session.input(name)
      for (let i = 0; i < input.length; i++) input[i] = update.inputs[name] ?? rng.range(...update.range)
    }
    await session.run()
  }
  await session.settle()
  return Object.fromEntries(Object.keys(update.states).map(name => [name, session.readState(name)]))
}

/** ‖a − b‖ / ‖b‖ */
export function apart(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
  return norm(a.map((value, i) => value - b[i])) / norm(b)
}
