/**
 * Soft actor-critic (Haarnoja et al., 2018) with a temperature that is learned, twin critics and clipped double
 * Q-learning. One graph makes the whole step: critics, actor, temperature, both optimisers and the target network.
 *
 * Shapes: M minibatch rows, O observation, A action, P parameters of the actor, Q of both critics.
 */
import type { PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { Executor, Session } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { adam, type Blocks, filled, ParameterLayout } from '../graph/layers.ts'
import { type Critics, counted, largestError, limited, twinCritics } from './critics.ts'
import { type Module, policyNetwork, squashedParts } from './heads.ts'
import { type Minibatch, minibatchOf } from './minibatch.ts'
import type { GradientSteps, OffPolicySettings } from './offPolicy.ts'
import type { Exploration } from './policy.ts'

export interface SacSettings extends OffPolicySettings {
  /** Of critics and temperature; the actor's is `learningRate`. */
  readonly criticLearningRate: number
  /** Standardise what critics compute in their hidden layers. */
  readonly layerNorm: boolean
  /** How far targets follow the critics at every step. */
  readonly tau: number
  /** Weight of the entropy, or 'auto' to hold the entropy at `targetEntropy`. */
  readonly temperature: number | 'auto'
  /** Default: −A, in units where the action range is −1 to 1. */
  readonly targetEntropy?: number
}

interface Networks {
  readonly actorLayout: ParameterLayout
  readonly actor: Module
  /** Critics, then the temperature. */
  readonly criticLayout: ParameterLayout
  readonly critics: Critics
  /** Q */
  readonly targetSize: number
}

function networks(spec: PolicySpec, settings: SacSettings): Networks {
  const { temperature } = settings
  const actorLayout = new ParameterLayout()
  const actor = policyNetwork(actorLayout, spec)
  const criticLayout = new ParameterLayout()
  const critics = twinCritics(criticLayout, spec, settings)
  const targetSize = criticLayout.size
  criticLayout.add('logTemperature', [1], filled(temperature === 'auto' ? 0 : Math.log(temperature)))
  return { actorLayout, actor, criticLayout, critics, targetSize }
}

const LOG_2PI = Math.log(2 * Math.PI)

/** Figures the update graph gives, in the order they are computed. */
const FIGURES = ['criticLoss', 'value', 'actorLoss', 'entropy', 'temperature'] as const
const STATES = [
  'actor',
  'critic',
  'target',
  'actor/m',
  'actor/v',
  'actor/t',
  'critic/m',
  'critic/v',
  'critic/t',
]

/** What a further loss of the critics is made from. */
export interface SacParts {
  readonly g: Graph
  /** [M, O] */
  readonly obs: Tensor
  readonly nextObs: Tensor
  /** [M, 2] the critics' values of the minibatch's actions. */
  readonly values: Tensor
  /** Action [B, A] and log density [B, 1] of the policy, held still: obs [B, O], noise [B, A]. */
  readonly policy: (obs: Tensor, noise: Tensor) => { action: Tensor; logProb: Tensor }
  /** The critics' values [B, 2]. */
  readonly value: (obs: Tensor, action: Tensor) => Tensor
}

/**
 * One step. Inputs: obs, nextObs [M, O], action [M, A] in −1…1, reward and discount [M, 1], noise and nextNoise [M, A]
 * (standard normal), learningRate and criticLearningRate []; where `prioritised`, weight [M, 1]. States: actor [P], critic [Q + 1], target [Q], and Adam's.
 * `penalise` adds a loss of the critics, with inputs of its own.
 */
export function sacUpdateGraph(
  spec: PolicySpec,
  settings: SacSettings,
  M: number,
  penalise?: (parts: SacParts) => Tensor,
): Graph {
  const { actorLayout, actor, criticLayout, critics, targetSize } = networks(spec, settings)
  const A = spec.actionSize
  const g = new Graph('sac-update')
  const actorParams = g.state('actor', [actorLayout.size])
  const criticParams = g.state('critic', [criticLayout.size])
  const target = g.state('target', [targetSize])
  const obs = g.input('obs', [M, spec.obsSize])
  const nextObs = g.input('nextObs', [M, spec.obsSize])
  const action = g.input('action', [M, A])
  const reward = g.input('reward', [M, 1])
  const discount = g.input('discount', [M, 1])
  const noise = g.input('noise', [M, A])
  const nextNoise = g.input('nextNoise', [M, A])

  const blocks = actorLayout.tensors(actorParams)
  const criticBlocks = criticLayout.tensors(criticParams)
  const frozenActor = actorLayout.tensors(actorParams.stopGradient())
  const frozenCritic = criticLayout.tensors(criticParams.stopGradient())
  const temperature = criticBlocks.logTemperature.exp()
  const held = temperature.stopGradient()

  // Critics: towards the reward and the soft value of what the policy would do next.
  const next = squashedSample(actor(nextObs, blocks), nextNoise)
  const targetBlocks = targetTensors(spec, settings, target)
  const nextValue = critics.least(nextObs, next.action, targetBlocks).sub(next.logProb.mul(held))
  const wanted = reward.add(discount.mul(nextValue)).stopGradient()
  const values = critics.all(obs, action, criticBlocks)
  const errors = values.sub(wanted)
  const criticLoss = counted(g, settings, errors.square().sum(1), () => largestError(errors)).mean()

  // Actor: uphill on the critics, which are held still.
  const own = squashedSample(actor(obs, blocks), noise)
  const actorLoss = own.logProb
    .mul(held)
    .sub(critics.least(obs, own.action, frozenCritic))
    .mean()

  // Temperature: up where the policy has less entropy than wanted.
  const targetEntropy = settings.targetEntropy ?? -A
  const surplus = own.logProb.add(targetEntropy).stopGradient()
  const temperatureLoss = temperature.mul(surplus).mean().neg()

  let loss = settings.temperature === 'auto' ? criticLoss.add(temperatureLoss) : criticLoss
  if (penalise !== undefined) {
    const policy = (observation: Tensor, normal: Tensor) =>
      squashedSample(actor(observation, frozenActor), normal)
    const value = (observation: Tensor, given: Tensor) => critics.all(observation, given, criticBlocks)
    const penalty = penalise({ g, obs, nextObs, values, policy, value })
    g.output('penalty', penalty)
    loss = loss.add(penalty)
  }
  const [criticGradient, actorGradient] = g.grad(loss.add(actorLoss), [criticParams, actorParams])
  const limit = (gradient: Tensor) => limited(gradient, settings.maxGradNorm)
  adam(g, actorParams, limit(actorGradient), g.input('learningRate', []), { name: 'actor' })
  const nextCritic = adam(g, criticParams, limit(criticGradient), g.input('criticLearningRate', []), {
    name: 'critic',
  })
  const { tau } = settings
  g.assign(target, target.mul(1 - tau).add(nextCritic.slice(0, 0, targetSize).mul(tau)))

  const figures: Record<(typeof FIGURES)[number], Tensor> = {
    criticLoss,
    value: values.mean(),
    actorLoss,
    entropy: own.logProb.mean().neg(),
    temperature: held,
  }
  for (const name of FIGURES) g.output(name, figures[name])
  return g
}

/** Blocks of the critics alone. */
function targetTensors(spec: PolicySpec, settings: SacSettings, target: Tensor): Blocks {
  const layout = new ParameterLayout()
  twinCritics(layout, spec, settings)
  return layout.tensors(target)
}

/**
 * tanh(mean + std·noise) [M, A] and its log density [M, 1]. log(1 − tanh²u) is written 2(ln 2 − |u| − log(1 + e^−2|u|)),
 * which holds where tanh is 1, and cannot overflow; what the sum in the logarithm rounds away is less than what adding
 * it to |u| does.
 */
function squashedSample(output: Tensor, noise: Tensor): { action: Tensor; logProb: Tensor } {
  const { mean, logStd } = squashedParts(output)
  const u = mean.add(logStd.exp().mul(noise))
  const size = u.abs()
  const halfDerivative = size.add(size.mul(-2).exp().add(1).log())
  const logProb = halfDerivative
    .mul(2)
    .sub(noise.square().mul(0.5))
    .sub(logStd)
    .sub(0.5 * LOG_2PI + 2 * Math.LN2)
    .sum([1], true)
  return { action: u.tanh(), logProb }
}

/** What Cal-QL adds to SAC. */
export interface SacVariant {
  readonly name: string
  readonly graph: Graph
  /** Fills the inputs that are its own, from numbers that are drawn after SAC's. */
  readonly fill?: (session: Session, rng: Rng) => void
  /** Numbers that `fill` draws at most. */
  readonly draws?: number
  readonly withReturns?: boolean
}

/** Standard normal numbers. */
export function fillNormal(input: Float32Array, rng: Rng): void {
  for (let i = 0; i < input.length; i++) input[i] = rng.normal()
}

export class Sac implements GradientSteps {
  readonly name: string
  readonly minibatch: Minibatch
  private readonly session: Session
  private readonly variant: SacVariant
  private readonly settings: SacSettings
  private readonly spec: PolicySpec
  private readonly noise: Rng
  /** Outputs of one number. */
  private readonly figures: readonly string[]

  static async create(
    executor: Executor,
    spec: PolicySpec,
    settings: SacSettings,
    seed: number,
    variant: SacVariant = { name: 'sac', graph: sacUpdateGraph(spec, settings, settings.minibatch) },
  ): Promise<Sac> {
    const session = await executor.compile(variant.graph)
    const { actorLayout, criticLayout, targetSize } = networks(spec, settings)
    const rng = new Rng(seed, STREAM.init)
    session.writeState('actor', actorLayout.initialise(rng))
    const critic = criticLayout.initialise(rng)
    session.writeState('critic', critic)
    session.writeState('target', critic.subarray(0, targetSize))
    return new Sac(session, spec, settings, seed, variant)
  }

  private constructor(
    session: Session,
    spec: PolicySpec,
    settings: SacSettings,
    seed: number,
    variant: SacVariant,
  ) {
    this.session = session
    this.variant = variant
    this.name = variant.name
    this.spec = spec
    this.settings = settings
    this.noise = new Rng(seed, STREAM.noise)
    this.figures = [...variant.graph.outputs.keys()].filter(name => name !== 'error')
    this.minibatch = minibatchOf(session, { returns: variant.withReturns, weighted: settings.prioritised })
  }

  async step(count: number, learningRate: number): Promise<Record<string, number>> {
    const { session, settings, noise, variant } = this
    const { draws = 0 } = variant
    // A normal takes half a block; a place of its own for every step.
    noise.seek(count * (settings.minibatch * this.spec.actionSize + draws))
    for (const name of ['noise', 'nextNoise']) fillNormal(session.input(name), noise)
    variant.fill?.(session, noise)
    session.input('learningRate')[0] = learningRate
    // Annealed alike.
    session.input('criticLearningRate')[0] =
      (settings.criticLearningRate * learningRate) / settings.learningRate
    await session.run()
    return Object.fromEntries(this.figures.map(name => [name, session.output(name)[0]]))
  }

  errors(): Float32Array {
    return this.session.output('error')
  }

  async settle(): Promise<void> {
    await this.session.settle()
  }

  policy(): Float32Array {
    return this.session.readState('actor')
  }

  exploration(steps: number): Exploration {
    return { uniform: steps < this.settings.learningStarts ? 1 : 0, noise: 0 }
  }

  blocks(): Record<string, Float32Array> {
    const { actorLayout, criticLayout } = networks(this.spec, this.settings)
    return {
      ...criticLayout.views(this.session.readState('critic')),
      ...actorLayout.views(this.session.readState('actor')),
    }
  }

  readStates(): Record<string, Float32Array> {
    return Object.fromEntries(STATES.map(name => [name, this.session.readState(name)]))
  }

  writeStates(states: Readonly<Record<string, TensorData>>): void {
    for (const name of STATES) this.session.writeState(name, states[name])
  }
}
