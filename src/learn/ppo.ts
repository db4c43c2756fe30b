/**
 * Proximal policy optimisation (Schulman et al., 2017) with the implementation details that make it work: separate
 * actor and critic, orthogonal initialisation, per-minibatch advantage normalisation, clipped value loss, global
 * gradient clipping, annealed learning rate, observation and reward normalisation (Huang et al., "The 37
 * implementation details of PPO", 2022).
 *
 * Shapes: T steps, N environments, O observation, A action, M minibatch rows, P parameters.
 */
import type { BatchColumns } from '../core/batch.ts'
import type { Metrics, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { Executor, Session } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { adam, clipGlobalNorm } from '../graph/layers.ts'
import { advantages } from './gae.ts'
import { RewardScaler, RunningMoments } from './normalize.ts'
import { actorCritic, initialise, OBS_LIMIT, policySnapshot } from './policy.ts'

export interface PpoSettings {
  readonly epochs: number
  readonly minibatches: number
  readonly learningRate: number
  readonly anneal: boolean
  readonly gamma: number
  readonly lambda: number
  readonly clip: number
  readonly clipValue: boolean
  readonly valueWeight: number
  readonly entropyWeight: number
  readonly maxGradNorm: number
  readonly normalizeObs: boolean
  readonly normalizeReward: boolean
}

/** What PPO reads of a batch. */
export type PpoBatch = Pick<
  BatchColumns,
  'obs' | 'action' | 'logProb' | 'reward' | 'terminated' | 'truncated' | 'valid'
> & { readonly T: number; readonly N: number }

const LOG_2PI = Math.log(2 * Math.PI)
/** Figures the update graph gives, averaged over an iteration's minibatches. */
const FIGURES = ['policyLoss', 'valueLoss', 'entropy', 'approxKl', 'clipFraction', 'gradNorm'] as const

/**
 * One minibatch step, from loss to Adam, as one graph. Inputs: obs [M, O] (normalised), action [M, A], logProb,
 * advantage, target and value [M, 1], learningRate []. States: params [P] and Adam's.
 */
export function ppoUpdateGraph(spec: PolicySpec, settings: PpoSettings, M: number): Graph {
  const g = new Graph('ppo-update')
  const { layout, actor, critic } = actorCritic(spec)
  const params = g.state('params', [layout.size])
  const blocks = layout.tensors(params)
  const obs = g.input('obs', [M, spec.obsSize])
  const action = g.input('action', [M, spec.actionSize])
  const oldLogProb = g.input('logProb', [M, 1])
  const advantage = g.input('advantage', [M, 1])
  const target = g.input('target', [M, 1])
  const oldValue = g.input('value', [M, 1])
  const learningRate = g.input('learningRate', [])

  const value = critic(obs, blocks)
  const logProb = gaussianLogProb(action, actor(obs, blocks), blocks.logStd)
  const logRatio = logProb.sub(oldLogProb)
  const ratio = logRatio.exp()
  const clipped = ratio.clip(1 - settings.clip, 1 + settings.clip)
  const weight = standardise(advantage, M)
  const policyLoss = ratio.mul(weight).min(clipped.mul(weight)).mean().neg()
  const valueLoss = valueError(value, oldValue, target, settings).mean().mul(0.5)
  const entropy = blocks.logStd.add(0.5 * (LOG_2PI + 1)).sum()
  const loss = policyLoss.add(valueLoss.mul(settings.valueWeight)).sub(entropy.mul(settings.entropyWeight))

  const { gradient, norm } = clipGlobalNorm(g.grad(loss, [params])[0], settings.maxGradNorm)
  adam(g, params, gradient, learningRate, { epsilon: 1e-5 })

  const figures: Record<(typeof FIGURES)[number], Tensor> = {
    policyLoss,
    valueLoss,
    entropy,
    approxKl: ratio.sub(1).sub(logRatio).mean(),
    clipFraction: ratio.sub(1).abs().greater(settings.clip).mean(),
    gradNorm: norm,
  }
  for (const name of FIGURES) g.output(name, figures[name])
  return g
}

/** log π(a|s) of a diagonal Gaussian, [M, 1]. */
function gaussianLogProb(action: Tensor, mean: Tensor, logStd: Tensor): Tensor {
  const z = action.sub(mean).mul(logStd.neg().exp())
  return z
    .square()
    .mul(-0.5)
    .sub(logStd)
    .sub(0.5 * LOG_2PI)
    .sum([1], true)
}

/** Mean 0 and standard deviation 1 over the minibatch (Bessel-corrected, as torch's std). */
function standardise(x: Tensor, M: number): Tensor {
  const centred = x.sub(x.mean())
  const variance = centred
    .square()
    .sum()
    .mul(1 / Math.max(1, M - 1))
  return centred.div(variance.sqrt().add(1e-8))
}

function valueError(value: Tensor, oldValue: Tensor, target: Tensor, settings: PpoSettings): Tensor {
  const plain = value.sub(target).square()
  if (!settings.clipValue) return plain
  const near = oldValue.add(value.sub(oldValue).clip(-settings.clip, settings.clip))
  return plain.max(near.sub(target).square())
}

/** V of `rows` observations: input obs [rows, O] (normalised), output value [rows, 1]. */
function valueGraph(spec: PolicySpec, rows: number): Graph {
  const g = new Graph('value')
  const { layout, critic } = actorCritic(spec)
  const blocks = layout.tensors(g.state('params', [layout.size]))
  g.output('value', critic(g.input('obs', [rows, spec.obsSize]), blocks))
  return g
}

/** States of the update graph that a checkpoint keeps. */
const STATES = ['params', 'adam/m', 'adam/v', 'adam/t']
/** Rows whose values are computed together. */
const VALUE_ROWS = 256

export interface PpoSetup {
  readonly spec: PolicySpec
  readonly settings: PpoSettings
  readonly seed: number
  /** Iterations of the whole run, for annealing. */
  readonly iterations: number
  readonly shape: { readonly T: number; readonly N: number }
}

/** Actor, critic, optimiser and normalisers of one run. */
export class Ppo {
  private readonly setup: PpoSetup
  private readonly updateSession: Session
  private readonly valueSession: Session
  private readonly obsMoments: RunningMoments
  private readonly scaler: RewardScaler
  private readonly shuffle: Rng
  private readonly minibatch: number
  private iteration = 0
  private current: PolicySnapshot

  static async create(executor: Executor, setup: PpoSetup): Promise<Ppo> {
    const { spec, settings, shape } = setup
    const minibatch = (shape.T * shape.N) / settings.minibatches
    const update = await executor.compile(ppoUpdateGraph(spec, settings, minibatch))
    update.writeState('params', initialise(spec, setup.seed))
    return new Ppo(setup, minibatch, update, await executor.compile(valueGraph(spec, VALUE_ROWS)))
  }

  private constructor(setup: PpoSetup, minibatch: number, update: Session, value: Session) {
    this.setup = setup
    this.minibatch = minibatch
    this.updateSession = update
    this.valueSession = value
    this.obsMoments = new RunningMoments(setup.spec.obsSize)
    this.scaler = new RewardScaler(setup.shape.N, setup.settings.gamma)
    this.shuffle = new Rng(setup.seed, STREAM.shuffle)
    this.current = this.takeSnapshot()
  }

  get snapshot(): PolicySnapshot {
    return this.current
  }

  /** One iteration: `epochs` passes over the batch in shuffled minibatches. */
  async update(batch: PpoBatch): Promise<Metrics> {
    const { settings, iterations, spec } = this.setup
    const rows = batch.T * batch.N
    // The batch was acted under the current statistics, so it is learned from under the same ones.
    const obs = this.normaliseObs(batch.obs, rows + batch.N)
    const reward = new Float32Array(rows)
    if (settings.normalizeReward) this.scaler.scale(batch, reward)
    else reward.set(batch.reward)
    const values = await this.values(obs, rows + batch.N)
    const advantage = new Float32Array(rows)
    advantages({ ...batch, reward, values }, settings.gamma, settings.lambda, advantage)
    const target = advantage.map((a, row) => a + values[row])

    const progress = settings.anneal ? 1 - this.iteration / iterations : 1
    const learningRate = settings.learningRate * Math.max(0, progress)
    const columns = { obs, action: batch.action, logProb: batch.logProb, advantage, target, value: values }
    const figures = await this.learn(columns, batch.valid, learningRate)

    this.iteration++
    if (settings.normalizeObs) this.obsMoments.merge(batch.obs, rows, batch.valid)
    this.current = this.takeSnapshot()
    return {
      ...figures,
      explainedVariance: explainedVariance(values, target, batch.valid),
      learningRate,
      spread: Math.exp(figures.entropy / spec.actionSize - 0.5 * (LOG_2PI + 1)),
    }
  }

  /** All epochs over the valid rows; returns the figures' means. */
  private async learn(
    columns: Record<string, Float32Array>,
    valid: Uint8Array,
    learningRate: number,
  ): Promise<Record<(typeof FIGURES)[number], number>> {
    const { settings } = this.setup
    const session = this.updateSession
    const M = this.minibatch
    const usable = Int32Array.from(valid.keys()).filter(row => valid[row] === 1)
    const order = usable.slice()
    const feeds = Object.entries(columns).map(([name, column]) => {
      const input = session.input(name)
      return { input, column, width: input.length / M }
    })
    const sums = new Float64Array(FIGURES.length)
    let minibatches = 0
    session.input('learningRate')[0] = learningRate
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      // A place of its own in the random sequence for every epoch, so that resuming needs no generator state.
      this.shuffle.seek((this.iteration * settings.epochs + epoch) * valid.length)
      order.set(usable)
      this.shuffle.shuffle(order)
      for (let start = 0; start + M <= order.length; start += M) {
        const picked = order.subarray(start, start + M)
        for (const { input, column, width } of feeds) gather(column, width, picked, input)
        await session.run()
        FIGURES.forEach((name, i) => {
          sums[i] += session.output(name)[0]
        })
        minibatches++
      }
    }
    const figures = FIGURES.map((name, i) => [name, sums[i] / Math.max(1, minibatches)])
    return Object.fromEntries(figures) as Record<(typeof FIGURES)[number], number>
  }

  /** V of every observation, in the scale of the scaled rewards. */
  private async values(obs: Float32Array, rows: number): Promise<Float32Array> {
    const { obsSize } = this.setup.spec
    const session = this.valueSession
    session.writeState('params', this.updateSession.readState('params'))
    const out = new Float32Array(rows)
    const input = session.input('obs')
    for (let start = 0; start < rows; start += VALUE_ROWS) {
      const count = Math.min(VALUE_ROWS, rows - start)
      input.set(obs.subarray(start * obsSize, (start + count) * obsSize))
      await session.run()
      out.set(session.output('value').subarray(0, count), start)
    }
    return out
  }

  /** The policy's own normalisation, in the same float32 steps as its graph. */
  private normaliseObs(obs: Float32Array, rows: number): Float32Array {
    const { obsSize } = this.setup.spec
    const { mean, scale } = this.normaliser()
    const out = new Float32Array(rows * obsSize)
    for (let i = 0; i < out.length; i++) {
      const column = i % obsSize
      const x = Math.fround(Math.fround(obs[i] - mean[column]) * scale[column])
      out[i] = Math.max(-OBS_LIMIT, Math.min(OBS_LIMIT, x))
    }
    return out
  }

  private normaliser(): { mean: Float32Array; scale: Float32Array } {
    const { mean, variance } = this.obsMoments
    return { mean: Float32Array.from(mean), scale: Float32Array.from(variance, v => 1 / Math.sqrt(v + 1e-8)) }
  }

  private takeSnapshot(): PolicySnapshot {
    const trained = this.updateSession.readState('params')
    return policySnapshot(this.setup.spec, this.iteration, this.normaliser(), trained)
  }

  save(): Record<string, Float32Array | Float64Array> {
    const scaler = this.scaler.save()
    return {
      ...Object.fromEntries(STATES.map(name => [name, this.updateSession.readState(name)])),
      'obs/moments': this.obsMoments.save(),
      'reward/moments': scaler.moments,
      'reward/returns': scaler.returns,
      iteration: Float64Array.of(this.iteration),
    }
  }

  load(tensors: Readonly<Record<string, Float32Array | Float64Array>>): void {
    for (const name of STATES) this.updateSession.writeState(name, tensors[name])
    this.obsMoments.load(tensors['obs/moments'])
    this.scaler.load({ moments: tensors['reward/moments'], returns: tensors['reward/returns'] })
    this.iteration = tensors.iteration[0]
    this.current = this.takeSnapshot()
  }
}

/** Rows `picked` of a [rows, width] column. */
function gather(column: Float32Array, width: number, picked: Int32Array, out: Float32Array): void {
  for (let i = 0; i < picked.length; i++) {
    const from = picked[i] * width
    for (let j = 0; j < width; j++) out[i * width + j] = column[from + j]
  }
}

/** 1 − Var(target − value) / Var(target) over valid rows: 1 is a perfect critic, 0 one that knows the mean only. */
function explainedVariance(values: Float32Array, target: Float32Array, valid: Uint8Array): number {
  const targets = new RunningVariance()
  const errors = new RunningVariance()
  for (let row = 0; row < target.length; row++) {
    if (valid[row] !== 1) continue
    targets.add(target[row])
    errors.add(target[row] - values[row])
  }
  return targets.value === 0 ? 0 : 1 - errors.value / targets.value
}

/** Welford's running variance. */
class RunningVariance {
  private count = 0
  private mean = 0
  private sum = 0
  add(x: number): void {
    this.count++
    const delta = x - this.mean
    this.mean += delta / this.count
    this.sum += delta * (x - this.mean)
  }
  get value(): number {
    return this.count === 0 ? 0 : this.sum / this.count
  }
}
