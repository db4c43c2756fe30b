/**
 * The policy that acts: observation normaliser, network and head. Its parameters are a prefix of what is trained, with
 * the normaliser and the exploration in front.
 */
import type { Policy, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { SyncExecutor, SyncSession } from '../graph/executor.ts'
import { Graph } from '../graph/graph.ts'
import { filled, mlp, ParameterLayout } from '../graph/layers.ts'
import { onnxModel } from '../graph/onnx.ts'
import { actionRange, clipToRange, headAction, type Module, policyNetwork, squashedParts } from './heads.ts'
import { type Normaliser, OBS_LIMIT } from './normalize.ts'

/** How much a policy departs from what it thinks best. */
export interface Exploration {
  /** Share of actions that are drawn uniformly from the range, or from the choices. */
  readonly uniform: number
  /** Standard deviation of noise on a deterministic head's action, in half-widths of the range. */
  readonly noise: number
}
const NONE: Exploration = { uniform: 0, noise: 0 }

export interface ActorCritic {
  readonly layout: ParameterLayout
  /** obs [B, O] (normalised) → mean action [B, A], in units where the range is −1 to 1. */
  readonly actor: Module
  /** obs [B, O] (normalised) → V [B, 1]. */
  readonly critic: Module
}

/** What PPO trains: separate networks for actor and critic in one flat vector, the actor first. */
export function actorCritic(spec: PolicySpec): ActorCritic {
  const layout = new ParameterLayout()
  const actor = policyNetwork(layout, spec)
  const critic = mlp(layout, 'critic', [spec.obsSize, ...spec.hidden, 1], { activation: spec.activation })
  return { layout, actor, critic }
}

/** Fresh parameters of actor and critic. */
export function initialise(spec: PolicySpec, seed: number): Float32Array {
  return actorCritic(spec).layout.initialise(new Rng(seed, STREAM.init))
}

/** What acts. */
function policyLayout(spec: PolicySpec): { layout: ParameterLayout; actor: Module; front: number } {
  const layout = new ParameterLayout()
  layout.add('obs.mean', [spec.obsSize], filled(0))
  layout.add('obs.scale', [spec.obsSize], filled(1))
  layout.add('explore', [2], filled(0))
  const front = layout.size
  return { layout, actor: policyNetwork(layout, spec), front }
}

/** Fresh parameters of the policy's network alone. */
export function policyParameters(spec: PolicySpec, seed: number): Float32Array {
  const layout = new ParameterLayout()
  policyNetwork(layout, spec)
  return layout.initialise(new Rng(seed, STREAM.init))
}

/** The policy part of trained parameters, with its normaliser and exploration. */
export function policySnapshot(
  spec: PolicySpec,
  version: number,
  normaliser: Normaliser,
  trained: Float32Array,
  { uniform, noise }: Exploration = NONE,
): PolicySnapshot {
  const { layout, front } = policyLayout(spec)
  const params = new Float32Array(layout.size)
  params.set(normaliser.mean, 0)
  params.set(normaliser.scale, spec.obsSize)
  params.set([uniform, noise], front - 2)
  params.set(trained.subarray(0, layout.size - front), front)
  return { version, spec, params }
}

interface PolicyGraphOptions {
  /** Fixed parameters; absent: a state. */
  readonly params?: Float32Array
  /** Keep actions inside the range. */
  readonly clip?: boolean
}

/** obs [rows, O] → action [rows, A]; a squashed head also gives mean and logStd before squashing, when it is to act. */
function policyGraph(spec: PolicySpec, rows: number, { params, clip }: PolicyGraphOptions = {}): Graph {
  const g = new Graph('policy')
  const { layout, actor } = policyLayout(spec)
  const flat = params === undefined ? g.state('params', [layout.size]) : g.constant(params)
  const blocks = layout.tensors(flat)
  const obs = g.input('obs', [rows, spec.obsSize])
  const normalised = obs.sub(blocks['obs.mean']).mul(blocks['obs.scale']).clip(-OBS_LIMIT, OBS_LIMIT)
  const output = actor(normalised, blocks)
  const action = headAction(g, output, spec)
  g.output('action', clip ? clipToRange(action, spec) : action)
  if (spec.head === 'squashed' && params === undefined) {
    const { mean, logStd } = squashedParts(output)
    g.output('mean', mean)
    g.output('logStd', logStd)
  }
  return g
}

/**
 * The policy as a plain inference graph: obs [1, O] → action [1, A] without exploration, as the environment takes it:
 * normaliser, squashing, scaling and clipping included.
 */
export const inferenceGraph = (snapshot: PolicySnapshot): Graph =>
  policyGraph(snapshot.spec, 1, { params: snapshot.params, clip: true })

/** The same as an ONNX file for any runtime: obs [rows, O] → action [rows, A]. */
export const policyOnnx = (snapshot: PolicySnapshot): Uint8Array<ArrayBuffer> =>
  onnxModel(inferenceGraph(snapshot), { batchAxis: 'rows' })

const LOG_2PI = Math.log(2 * Math.PI)

/**
 * Blocks of four random words that one action may take. A normal takes half a block, a uniform number too; a Gaussian
 * head draws no uniform ones.
 */
export const randomBlocks = ({ head, actionSize }: PolicySpec): number =>
  head === 'gaussian' ? actionSize : actionSize + 1

/** Acts on the calling thread. What a row does is independent of how many rows there are. */
export class NetworkPolicy implements Policy {
  readonly rows: number
  private readonly executor: SyncExecutor
  private session: SyncSession | undefined
  private spec: PolicySpec | undefined
  private logStd = new Float32Array(0)
  private explore = new Float32Array(2)
  private centre: Float32Array = new Float32Array(0)
  private half: Float32Array = new Float32Array(0)

  constructor(executor: SyncExecutor, rows: number) {
    this.executor = executor
    this.rows = rows
  }

  load(snapshot: PolicySnapshot): void {
    const { spec, params } = snapshot
    if (this.session === undefined || JSON.stringify(this.spec) !== JSON.stringify(spec)) {
      this.session?.dispose()
      this.session = this.executor.compileSync(policyGraph(spec, this.rows))
      this.spec = spec
      const { centre, half } = actionRange(spec)
      this.centre = centre
      this.half = half
    }
    this.session.writeState('params', params)
    const blocks = policyLayout(spec).layout.views(params)
    this.explore = blocks.explore.slice()
    if (spec.head === 'gaussian') this.logStd = blocks.logStd.slice()
  }

  mean(obs: Float64Array, action: Float32Array): void {
    if (this.session === undefined) throw new Error('A policy acts after load().')
    this.session.input('obs').set(obs)
    this.session.run()
    action.set(this.session.output('action'))
  }

  sample(obs: Float64Array, rngs: readonly Rng[], action: Float32Array, logProb: Float32Array): void {
    this.mean(obs, action)
    const [uniform] = this.explore
    for (let n = 0; n < this.rows; n++) {
      const random = uniform > 0 && rngs[n].uniform() < uniform
      logProb[n] = random ? this.drawUniform(n, rngs[n], action) : this.perturb(n, rngs[n], action)
    }
  }

  /** Row n becomes any action of the range, or any choice. */
  private drawUniform(n: number, rng: Rng, action: Float32Array): number {
    const { choices, actionSize: A } = this.spec!
    if (choices !== undefined) action.set(choices[rng.below(choices.length)], n * A)
    else for (let a = 0; a < A; a++) action[n * A + a] = this.centre[a] + this.half[a] * rng.range(-1, 1)
    return Number.NaN
  }

  /** Adds the head's own noise to row n. */
  private perturb(n: number, rng: Rng, action: Float32Array): number {
    switch (this.spec!.head) {
      case 'gaussian':
        return this.perturbGaussian(n, rng, action)
      case 'squashed':
        this.perturbSquashed(n, rng, action)
        return Number.NaN
      case 'deterministic':
        this.perturbDeterministic(n, rng, action)
        return Number.NaN
      case 'discrete':
        return Number.NaN
    }
  }

  private perturbGaussian(n: number, rng: Rng, action: Float32Array): number {
    const { logStd, half } = this
    const A = logStd.length
    let sum = -0.5 * LOG_2PI * A
    for (let a = 0; a < A; a++) {
      const noise = rng.normal()
      action[n * A + a] += half[a] * Math.exp(logStd[a]) * noise
      sum -= 0.5 * noise * noise + logStd[a]
    }
    return sum
  }

  private perturbSquashed(n: number, rng: Rng, action: Float32Array): void {
    const { centre, half } = this
    const A = half.length
    const mean = this.session!.output('mean')
    const logStd = this.session!.output('logStd')
    for (let i = n * A, a = 0; a < A; i++, a++) {
      action[i] = centre[a] + half[a] * Math.tanh(mean[i] + Math.exp(logStd[i]) * rng.normal())
    }
  }

  private perturbDeterministic(n: number, rng: Rng, action: Float32Array): void {
    const { centre, half, explore } = this
    const A = half.length
    for (let i = n * A, a = 0; a < A; i++, a++) {
      const noisy = (action[i] - centre[a]) / half[a] + explore[1] * rng.normal()
      action[i] = centre[a] + half[a] * Math.max(-1, Math.min(1, noisy))
    }
  }
}
