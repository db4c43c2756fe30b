/**
 * The Gaussian policy: mean from a multilayer perceptron over normalised observations, spread free of the state.
 * Actor and critic live in one flat vector, the actor first, so that a policy's parameters are its prefix.
 */
import type { Policy, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { SyncExecutor, SyncSession } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { type Blocks, filled, mlp, ParameterLayout } from '../graph/layers.ts'
import { onnxModel } from '../graph/onnx.ts'

/** Normalised observations are clipped to ± this. */
export const OBS_LIMIT = 10

type Module = (x: Tensor, blocks: Blocks) => Tensor

/** The actor's blocks: small last layer, so that the first policy is nearly the same everywhere. */
function addActor(layout: ParameterLayout, spec: PolicySpec): Module {
  const sizes = [spec.obsSize, ...spec.hidden, spec.actionSize]
  const actor = mlp(layout, 'actor', sizes, { activation: spec.activation, outputGain: 0.01 })
  layout.add('logStd', [spec.actionSize], filled(0))
  return actor
}

export interface ActorCritic {
  readonly layout: ParameterLayout
  /** obs [B, O] (normalised) → mean action [B, A]. */
  readonly actor: Module
  /** obs [B, O] (normalised) → V [B, 1]. */
  readonly critic: Module
}

/** What is trained: separate networks for actor and critic. */
export function actorCritic(spec: PolicySpec): ActorCritic {
  const layout = new ParameterLayout()
  const actor = addActor(layout, spec)
  const critic = mlp(layout, 'critic', [spec.obsSize, ...spec.hidden, 1], { activation: spec.activation })
  return { layout, actor, critic }
}

/** Fresh parameters of actor and critic. */
export function initialise(spec: PolicySpec, seed: number): Float32Array {
  return actorCritic(spec).layout.initialise(new Rng(seed, STREAM.init))
}

/** What acts: the observation normaliser and the actor. */
function policyLayout(spec: PolicySpec): { layout: ParameterLayout; actor: Module } {
  const layout = new ParameterLayout()
  layout.add('obs.mean', [spec.obsSize], filled(0))
  layout.add('obs.scale', [spec.obsSize], filled(1))
  return { layout, actor: addActor(layout, spec) }
}

/** The policy part of trained parameters, with its normaliser: x → (x − mean) · scale. */
export function policySnapshot(
  spec: PolicySpec,
  version: number,
  normaliser: { readonly mean: Float32Array; readonly scale: Float32Array },
  trained: Float32Array,
): PolicySnapshot {
  const { layout } = policyLayout(spec)
  const params = new Float32Array(layout.size)
  const { mean, scale } = normaliser
  params.set(mean, 0)
  params.set(scale, mean.length)
  params.set(trained.subarray(0, layout.size - 2 * mean.length), 2 * mean.length)
  return { version, spec, params }
}

/** obs [rows, O] → mean action [rows, A]; the parameters are a state, or fixed when given. */
function policyGraph(spec: PolicySpec, rows: number, params?: Float32Array): Graph {
  const g = new Graph('policy')
  const { layout, actor } = policyLayout(spec)
  const flat = params === undefined ? g.state('params', [layout.size]) : g.constant(params)
  const blocks = layout.tensors(flat)
  const obs = g.input('obs', [rows, spec.obsSize])
  const normalised = obs.sub(blocks['obs.mean']).mul(blocks['obs.scale']).clip(-OBS_LIMIT, OBS_LIMIT)
  g.output('action', actor(normalised, blocks))
  return g
}

/** The policy as a plain inference graph: obs [1, O] → action [1, A], before clipping to the action range. */
export const inferenceGraph = (snapshot: PolicySnapshot): Graph =>
  policyGraph(snapshot.spec, 1, snapshot.params)

/** An ONNX file for any runtime: obs [rows, O] → action [rows, A], normaliser included, before clipping to the action range. */
export const policyOnnx = (snapshot: PolicySnapshot): Uint8Array<ArrayBuffer> =>
  onnxModel(inferenceGraph(snapshot), { batchAxis: 'rows' })

const LOG_2PI = Math.log(2 * Math.PI)

/** Acts on the calling thread. What a row does is independent of how many rows there are. */
export class GaussianPolicy implements Policy {
  readonly rows: number
  private readonly executor: SyncExecutor
  private session: SyncSession | undefined
  private spec: PolicySpec | undefined
  private logStd = new Float32Array(0)

  constructor(executor: SyncExecutor, rows: number) {
    this.executor = executor
    this.rows = rows
  }

  load(snapshot: PolicySnapshot): void {
    if (this.session === undefined || JSON.stringify(this.spec) !== JSON.stringify(snapshot.spec)) {
      this.session?.dispose()
      this.session = this.executor.compileSync(policyGraph(snapshot.spec, this.rows))
      this.spec = snapshot.spec
    }
    this.session.writeState('params', snapshot.params)
    this.logStd = policyLayout(snapshot.spec).layout.views(snapshot.params).logStd.slice()
  }

  sample(obs: Float64Array, rngs: readonly Rng[], action: Float32Array, logProb: Float32Array): void {
    this.mean(obs, action)
    const { logStd } = this
    const A = logStd.length
    for (let n = 0; n < this.rows; n++) {
      let sum = -0.5 * LOG_2PI * A
      for (let a = 0; a < A; a++) {
        const noise = rngs[n].normal()
        action[n * A + a] += Math.exp(logStd[a]) * noise
        sum -= 0.5 * noise * noise + logStd[a]
      }
      logProb[n] = sum
    }
  }

  mean(obs: Float64Array, action: Float32Array): void {
    if (this.session === undefined) throw new Error('A policy acts after load().')
    this.session.input('obs').set(obs)
    this.session.run()
    action.set(this.session.output('action'))
  }
}
