/**
 * Twin delayed deterministic policy gradients (Fujimoto et al., 2018): twin critics, targets smoothed by noise, and an
 * actor that is updated more rarely than they are. Two graphs: one step of the critics, and one of actor and targets.
 *
 * Shapes: M minibatch rows, O observation, A action, P parameters of the actor, Q of both critics.
 */
import type { PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { Executor, Session } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { adam, ParameterLayout } from '../graph/layers.ts'
import { type Critics, counted, largestError, limited, twinCritics } from './critics.ts'
import { type Module, policyNetwork } from './heads.ts'
import { type Minibatch, minibatchOf } from './minibatch.ts'
import type { GradientSteps, OffPolicySettings } from './offPolicy.ts'
import type { Exploration } from './policy.ts'

export interface Td3Settings extends OffPolicySettings {
  /** Standardise what critics compute in their hidden layers. */
  readonly layerNorm: boolean
  /** Part of the way that targets go at every step of the actor. */
  readonly tau: number
  /** Steps of the critics a step of the actor. */
  readonly policyDelay: number
  /** Standard deviation of the noise on actions, in half-widths of their range. */
  readonly explorationNoise: number
  /** The same of the noise on target actions, and where that is cut off. */
  readonly targetNoise: number
  readonly targetNoiseClip: number
}

interface Networks {
  readonly actorLayout: ParameterLayout
  readonly actor: Module
  readonly criticLayout: ParameterLayout
  readonly critics: Critics
}

function networks(spec: PolicySpec, settings: Pick<Td3Settings, 'layerNorm'>): Networks {
  const actorLayout = new ParameterLayout()
  const actor = policyNetwork(actorLayout, spec)
  const criticLayout = new ParameterLayout()
  return { actorLayout, actor, criticLayout, critics: twinCritics(criticLayout, spec, settings) }
}

const CRITIC_STATES = ['critic', 'critic/m', 'critic/v', 'critic/t', 'targetActor', 'targetCritic']
const ACTOR_STATES = ['actor', 'actor/m', 'actor/v', 'actor/t']

/**
 * Inputs: obs, nextObs [M, O], action [M, A] in −1…1, reward and discount [M, 1], noise [M, A] (standard normal),
 * learningRate []; where `prioritised`, weight [M, 1]. States: critic [Q] and Adam's; targetActor [P] and targetCritic [Q], which it only reads.
 */
export function criticStepGraph(spec: PolicySpec, settings: Td3Settings, M: number): Graph {
  const { actorLayout, actor, criticLayout, critics } = networks(spec, settings)
  const g = new Graph('td3-critic')
  const params = g.state('critic', [criticLayout.size])
  const targetActor = actorLayout.tensors(g.state('targetActor', [actorLayout.size]))
  const targetCritic = criticLayout.tensors(g.state('targetCritic', [criticLayout.size]))
  const nextObs = g.input('nextObs', [M, spec.obsSize])

  const { targetNoise, targetNoiseClip } = settings
  const noise = g
    .input('noise', [M, spec.actionSize])
    .mul(targetNoise)
    .clip(-targetNoiseClip, targetNoiseClip)
  const nextAction = actor(nextObs, targetActor).tanh().add(noise).clip(-1, 1)
  const nextValue = critics.least(nextObs, nextAction, targetCritic)
  const wanted = g.input('reward', [M, 1]).add(g.input('discount', [M, 1]).mul(nextValue))
  const obs = g.input('obs', [M, spec.obsSize])
  const values = critics.all(obs, g.input('action', [M, spec.actionSize]), criticLayout.tensors(params))
  const errors = values.sub(wanted.stopGradient())
  const loss = counted(g, settings, errors.square().sum(1), () => largestError(errors)).mean()

  const gradient = limited(g.grad(loss, [params])[0], settings.maxGradNorm)
  adam(g, params, gradient, g.input('learningRate', []), { name: 'critic' })
  g.output('criticLoss', loss)
  g.output('value', values.mean())
  return g
}

/**
 * Inputs: obs [M, O], learningRate []. States: actor [P] and Adam's; critic [Q], which it only reads; targetActor [P] and
 * targetCritic [Q], which follow both.
 */
export function actorStepGraph(spec: PolicySpec, settings: Td3Settings, M: number): Graph {
  const { tau, maxGradNorm } = settings
  const { actorLayout, actor, criticLayout, critics } = networks(spec, settings)
  const g = new Graph('td3-actor')
  const params = g.state('actor', [actorLayout.size])
  const critic = g.state('critic', [criticLayout.size])
  const obs = g.input('obs', [M, spec.obsSize])

  const action = actor(obs, actorLayout.tensors(params)).tanh()
  const loss = critics.first(obs, action, criticLayout.tensors(critic)).mean().neg()
  const gradient = limited(g.grad(loss, [params])[0], maxGradNorm)
  const next = adam(g, params, gradient, g.input('learningRate', []), { name: 'actor' })
  const follow = (name: string, leader: Tensor): void => {
    const target = g.state(name, leader.shape)
    g.assign(target, target.mul(1 - tau).add(leader.mul(tau)))
  }
  follow('targetActor', next)
  follow('targetCritic', critic)
  g.output('actorLoss', loss)
  return g
}

export class Td3 implements GradientSteps {
  readonly name = 'td3'
  readonly minibatch: Minibatch
  private readonly critic: Session
  private readonly actor: Session
  private readonly spec: PolicySpec
  private readonly settings: Td3Settings
  private readonly noise: Rng

  static async create(
    executor: Executor,
    spec: PolicySpec,
    settings: Td3Settings,
    seed: number,
  ): Promise<Td3> {
    const critic = await executor.compile(criticStepGraph(spec, settings, settings.minibatch))
    const actor = await executor.compile(actorStepGraph(spec, settings, settings.minibatch))
    const { actorLayout, criticLayout } = networks(spec, settings)
    const rng = new Rng(seed, STREAM.init)
    const actorParams = actorLayout.initialise(rng)
    const criticParams = criticLayout.initialise(rng)
    actor.writeState('actor', actorParams)
    critic.writeState('critic', criticParams)
    for (const session of [critic, actor]) {
      session.writeState('targetActor', actorParams)
      session.writeState('targetCritic', criticParams)
    }
    return new Td3(critic, actor, spec, settings, seed)
  }

  private constructor(
    critic: Session,
    actor: Session,
    spec: PolicySpec,
    settings: Td3Settings,
    seed: number,
  ) {
    this.critic = critic
    this.actor = actor
    this.spec = spec
    this.settings = settings
    this.noise = new Rng(seed, STREAM.noise)
    this.minibatch = minibatchOf(critic, { weighted: settings.prioritised })
  }

  async step(count: number, learningRate: number): Promise<Record<string, number>> {
    const { critic, actor, settings, noise } = this
    noise.seek(count * settings.minibatch * this.spec.actionSize)
    const input = critic.input('noise')
    for (let i = 0; i < input.length; i++) input[i] = noise.normal()
    critic.input('learningRate')[0] = learningRate
    await critic.run()
    const figures = { criticLoss: critic.output('criticLoss')[0], value: critic.output('value')[0] }
    if ((count + 1) % settings.policyDelay !== 0) return figures

    actor.input('obs').set(this.minibatch.obs)
    actor.input('learningRate')[0] = learningRate
    await critic.settle()
    actor.writeState('critic', critic.readState('critic'))
    await actor.run()
    await actor.settle()
    for (const name of ['targetActor', 'targetCritic']) critic.writeState(name, actor.readState(name))
    return { ...figures, actorLoss: actor.output('actorLoss')[0] }
  }

  errors(): Float32Array {
    return this.critic.output('error')
  }

  async settle(): Promise<void> {
    await this.critic.settle()
    await this.actor.settle()
  }

  policy(): Float32Array {
    return this.actor.readState('actor')
  }

  exploration(steps: number): Exploration {
    const { learningStarts, explorationNoise } = this.settings
    return { uniform: steps < learningStarts ? 1 : 0, noise: explorationNoise }
  }

  blocks(): Record<string, Float32Array> {
    const { actorLayout, criticLayout } = networks(this.spec, this.settings)
    return {
      ...criticLayout.views(this.critic.readState('critic')),
      ...actorLayout.views(this.actor.readState('actor')),
    }
  }

  readStates(): Record<string, Float32Array> {
    return Object.fromEntries([
      ...CRITIC_STATES.map(name => [name, this.critic.readState(name)]),
      ...ACTOR_STATES.map(name => [name, this.actor.readState(name)]),
    ])
  }

  writeStates(states: Readonly<Record<string, TensorData>>): void {
    for (const name of CRITIC_STATES) this.critic.writeState(name, states[name])
    for (const name of [...ACTOR_STATES, 'targetActor', 'targetCritic'])
      this.actor.writeState(name, states[name])
  }
}
