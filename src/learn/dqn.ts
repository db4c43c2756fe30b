/**
 * Deep Q-learning (Mnih et al., 2015) with double estimation (van Hasselt et al., 2016): the network says what each
 * choice is worth, the target network what the best choice of the next state is worth.
 *
 * Shapes: M minibatch rows, O observation, A action, K choices, P parameters.
 */
import type { PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { Executor, Session } from '../graph/executor.ts'
import { Graph } from '../graph/graph.ts'
import { adam, ParameterLayout } from '../graph/layers.ts'
import { counted, limited } from './critics.ts'
import { atBestChoice, type Module, policyNetwork, unitChoices } from './heads.ts'
import { type Minibatch, minibatchOf } from './minibatch.ts'
import type { GradientSteps, OffPolicySettings } from './offPolicy.ts'
import type { Exploration } from './policy.ts'

export interface DqnSettings extends OffPolicySettings {
  /** Part of the way that the target network goes at every step. */
  readonly tau: number
  /** Share of random actions at the end, and the part of the run until it is reached. */
  readonly finalExploration: number
  readonly explorationFraction: number
}

function network(spec: PolicySpec): { layout: ParameterLayout; values: Module } {
  const layout = new ParameterLayout()
  return { layout, values: policyNetwork(layout, spec) }
}

const STATES = ['params', 'target', 'adam/m', 'adam/v', 'adam/t']
const FIGURES = ['loss', 'value'] as const

/**
 * One step. Inputs: obs, nextObs [M, O], action [M, A] (not read), choice [M, K] (1 at the one taken), reward and
 * discount [M, 1], learningRate []; where `prioritised`, weight [M, 1]. States: params and target [P], and Adam's.
 */
export function dqnUpdateGraph(spec: PolicySpec, settings: DqnSettings, M: number): Graph {
  const { tau, maxGradNorm } = settings
  const { layout, values } = network(spec)
  const K = spec.choices!.length
  const g = new Graph('dqn-update')
  const params = g.state('params', [layout.size])
  const target = g.state('target', [layout.size])
  const blocks = layout.tensors(params)
  const nextObs = g.input('nextObs', [M, spec.obsSize])
  g.input('action', [M, spec.actionSize])

  const nextValues = values(nextObs, layout.tensors(target))
  const nextValue = atBestChoice(values(nextObs, blocks), k => nextValues.slice(1, k, k + 1))
  const wanted = g.input('reward', [M, 1]).add(g.input('discount', [M, 1]).mul(nextValue))
  const all = values(g.input('obs', [M, spec.obsSize]), blocks)
  const value = all.mul(g.input('choice', [M, K])).sum([1], true)

  // Huber's loss: squared near 0, straight beyond 1.
  const error = value.sub(wanted.stopGradient()).abs()
  const near = error.min(1)
  const losses = near.square().mul(0.5).add(error.sub(near))
  const loss = counted(g, settings, losses, () => error).mean()
  const gradient = limited(g.grad(loss, [params])[0], maxGradNorm)
  const next = adam(g, params, gradient, g.input('learningRate', []))
  g.assign(target, target.mul(1 - tau).add(next.mul(tau)))
  g.output('loss', loss)
  g.output('value', value.mean())
  return g
}

export class Dqn implements GradientSteps {
  readonly name = 'dqn'
  readonly minibatch: Minibatch
  private readonly session: Session
  private readonly spec: PolicySpec
  private readonly settings: DqnSettings
  /** Environment steps until exploration is at its least. */
  private readonly explorationSteps: number
  /** [K, A] in −1…1. */
  private readonly choices: Float32Array

  static async create(
    executor: Executor,
    spec: PolicySpec,
    settings: DqnSettings,
    seed: number,
    steps: number,
  ): Promise<Dqn> {
    const session = await executor.compile(dqnUpdateGraph(spec, settings, settings.minibatch))
    const params = network(spec).layout.initialise(new Rng(seed, STREAM.init))
    session.writeState('params', params)
    session.writeState('target', params)
    return new Dqn(session, spec, settings, steps)
  }

  private constructor(session: Session, spec: PolicySpec, settings: DqnSettings, steps: number) {
    this.session = session
    this.spec = spec
    this.settings = settings
    this.explorationSteps = settings.explorationFraction * steps
    this.choices = unitChoices(spec)
    this.minibatch = minibatchOf(session, { weighted: settings.prioritised })
  }

  async step(_count: number, learningRate: number): Promise<Record<string, number>> {
    const { session } = this
    this.markChoices()
    session.input('learningRate')[0] = learningRate
    await session.run()
    return Object.fromEntries(FIGURES.map(name => [name, session.output(name)[0]]))
  }

  errors(): Float32Array {
    return this.session.output('error')
  }

  /** Which choice each action of the minibatch is: the nearest, as other data may hold actions in between. */
  private markChoices(): void {
    const { choices, minibatch } = this
    const A = this.spec.actionSize
    const K = choices.length / A
    const marks = this.session.input('choice').fill(0)
    for (let m = 0; m < marks.length / K; m++) {
      let best = 0
      let least = Number.POSITIVE_INFINITY
      for (let k = 0; k < K; k++) {
        let distance = 0
        for (let a = 0; a < A; a++) distance += (minibatch.action[m * A + a] - choices[k * A + a]) ** 2
        if (distance < least) {
          least = distance
          best = k
        }
      }
      marks[m * K + best] = 1
    }
  }

  async settle(): Promise<void> {
    await this.session.settle()
  }

  policy(): Float32Array {
    return this.session.readState('params')
  }

  exploration(steps: number): Exploration {
    const { learningStarts, finalExploration } = this.settings
    if (steps < learningStarts) return { uniform: 1, noise: 0 }
    const progress = Math.min(1, steps / Math.max(1, this.explorationSteps))
    return { uniform: 1 + progress * (finalExploration - 1), noise: 0 }
  }

  blocks(): Record<string, Float32Array> {
    return { ...network(this.spec).layout.views(this.session.readState('params')) }
  }

  readStates(): Record<string, Float32Array> {
    return Object.fromEntries(STATES.map(name => [name, this.session.readState(name)]))
  }

  writeStates(states: Readonly<Record<string, TensorData>>): void {
    for (const name of STATES) this.session.writeState(name, states[name])
  }
}
