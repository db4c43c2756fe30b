/**
 * Proximal policy optimisation (Schulman et al., 2017) with the implementation details that make it work: separate
 * actor and critic, orthogonal initialisation, per-minibatch advantage normalisation, clipped value loss, global
 * gradient clipping, annealed learning rate, observation and reward normalisation (Huang et al., "The 37
 * implementation details of PPO", 2022).
 *
 * Shapes: T steps, N environments, O observation, A action, M minibatch rows, P parameters.
 */
import type { Metrics, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { Executor, Session } from '../graph/executor.ts'
import { Graph, type Tensor } from '../graph/graph.ts'
import { adam, clipGlobalNorm } from '../graph/layers.ts'
import { checkTensors, diverged, runaway } from './faults.ts'
import { advantages } from './gae.ts'
import { actionRange, isUnitRange } from './heads.ts'
import type { LearnBatch, LearnerPlan, LocalLearner } from './learner.ts'
import { ObsNormaliser, RewardScaler } from './normalize.ts'
import { actorCritic, initialise, policySnapshot } from './policy.ts'

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
  /** Standard deviation of the first policy's actions, in half-widths of their range. */
  readonly initialStd: number
  readonly maxGradNorm: number
  readonly normalizeObs: boolean
  readonly normalizeReward: boolean
  /** No more epochs once one has moved the policy by this KL divergence. */
  readonly targetKl?: number
}

/**
 * Mean KL divergence of an epoch beyond which an update is given up: nothing learned from there on would hold. Of a
 * minibatch it would say less: one row that the clipped loss lets go makes it large (a ratio of 700, of 64 rows: 11).
 */
const RUNAWAY_KL = 10

const LOG_2PI = Math.log(2 * Math.PI)
/** Figures the update graph gives, averaged over an iteration's minibatches. */
const FIGURES = ['policyLoss', 'valueLoss', 'entropy', 'approxKl', 'clipFraction', 'gradNorm'] as const
type Figures = Record<(typeof FIGURES)[number], number>

/**
 * One minibatch step, from loss to Adam, as one graph. Inputs: obs [M, O] (normalised), action [M, A] (in units where
 * the action range is −1 to 1), logProb,
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
function firstParameters({ spec, settings, seed }: LearnerPlan<PpoSettings>): Float32Array {
  const params = initialise(spec, seed)
  actorCritic(spec).layout.views(params).logStd.fill(Math.log(settings.initialStd))
  return params
}

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

/** Actor, critic, optimiser and normalisers of one run. */
export class Ppo implements LocalLearner {
  private readonly plan: LearnerPlan<PpoSettings>
  private readonly updateSession: Session
  private readonly valueSession: Session
  private readonly normaliser: ObsNormaliser
  private readonly scaler: RewardScaler
  private readonly shuffle: Rng
  private readonly minibatch: number
  private iteration = 0
  private current: PolicySnapshot

  static async create(executor: Executor, plan: LearnerPlan<PpoSettings>): Promise<Ppo> {
    const { spec, settings, shape } = plan
    const minibatch = (shape.T * shape.N) / settings.minibatches
    const update = await executor.compile(ppoUpdateGraph(spec, settings, minibatch))
    update.writeState('params', firstParameters(plan))
    return new Ppo(plan, minibatch, update, await executor.compile(valueGraph(spec, VALUE_ROWS)))
  }

  private constructor(plan: LearnerPlan<PpoSettings>, minibatch: number, update: Session, value: Session) {
    this.plan = plan
    this.minibatch = minibatch
    this.updateSession = update
    this.valueSession = value
    this.normaliser = new ObsNormaliser(plan.spec.obsSize, plan.settings.normalizeObs)
    this.scaler = new RewardScaler(plan.shape.N, plan.settings.gamma)
    this.shuffle = new Rng(plan.seed, STREAM.shuffle)
    this.current = this.takeSnapshot()
  }

  get snapshot(): PolicySnapshot {
    return this.current
  }

  /** One iteration: `epochs` passes over the batch in shuffled minibatches. */
  async update(batch: LearnBatch): Promise<Metrics> {
    const { settings, iterations, spec } = this.plan
    const rows = batch.T * batch.N
    // The batch was acted under the current statistics, so it is learned from under the same ones.
    const obs = new Float32Array(batch.obs.length)
    this.normaliser.apply(batch.obs, obs)
    const reward = new Float32Array(rows)
    if (settings.normalizeReward) this.scaler.scale(batch, reward)
    else reward.set(batch.reward)
    const values = await this.values(obs, rows + batch.N)
    const advantage = new Float32Array(rows)
    advantages({ ...batch, reward, values }, settings.gamma, settings.lambda, advantage)
    const target = advantage.map((a, row) => a + values[row])

    const progress = settings.anneal ? 1 - this.iteration / iterations : 1
    const learningRate = settings.learningRate * Math.max(0, progress)
    const action = this.unitActions(batch.action)
    const columns = { obs, action, logProb: batch.logProb, advantage, target, value: values }
    const before = this.states()
    let figures: Figures & { epochs: number }
    try {
      figures = await this.learn(columns, batch.valid, learningRate)
    } catch (error) {
      // The policy from before the update stays good.
      for (const [name, data] of Object.entries(before)) this.updateSession.writeState(name, data)
      throw error
    }
    this.iteration++
    this.normaliser.learn(batch.obs, rows, batch.valid)
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
  ): Promise<Figures & { epochs: number }> {
    const { settings } = this.plan
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
    let epochs = 0
    session.input('learningRate')[0] = learningRate
    while (epochs < settings.epochs) {
      // A place of its own in the random sequence for every epoch, so that resuming needs no generator state.
      this.shuffle.seek((this.iteration * settings.epochs + epochs) * valid.length)
      order.set(usable)
      this.shuffle.shuffle(order)
      let kl = 0
      for (let start = 0; start + M <= order.length; start += M) {
        const picked = order.subarray(start, start + M)
        for (const { input, column, width } of feeds) gather(column, width, picked, input)
        await session.run()
        if (!this.isFinite()) throw await this.failure(columns)
        FIGURES.forEach((name, i) => {
          sums[i] += session.output(name)[0]
        })
        kl += (session.output('approxKl')[0] * M) / order.length
        minibatches++
      }
      epochs++
      if (kl > RUNAWAY_KL) {
        await session.settle()
        throw runaway(this.iteration, kl, settings.targetKl !== undefined)
      }
      if (settings.targetKl !== undefined && kl > settings.targetKl) break
    }
    await session.settle()
    const figures = FIGURES.map((name, i) => [name, sums[i] / Math.max(1, minibatches)])
    return { ...(Object.fromEntries(figures) as Figures), epochs }
  }

  /** Whether the last minibatch gave numbers throughout. */
  private isFinite(): boolean {
    return FIGURES.every(name => Number.isFinite(this.updateSession.output(name)[0]))
  }

  private async failure(columns: Record<string, Float32Array>): Promise<Error> {
    const session = this.updateSession
    const figures = FIGURES.map(name => [name, session.output(name)] as const)
    await session.settle()
    const blocks = actorCritic(this.plan.spec).layout.views(session.readState('params'))
    return diverged('ppo', this.iteration, [
      ...Object.entries(columns),
      ...figures,
      ...Object.entries(blocks),
    ])
  }

  /** V of every observation, in the scale of the scaled rewards. */
  private async values(obs: Float32Array, rows: number): Promise<Float32Array> {
    const { obsSize } = this.plan.spec
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

  /** [rows, A] in units where the action range is −1 to 1. */
  private unitActions(action: Float32Array): Float32Array {
    const { spec } = this.plan
    if (isUnitRange(spec)) return action
    const { centre, half } = actionRange(spec)
    return action.map((value, i) => (value - centre[i % centre.length]) / half[i % half.length])
  }

  private takeSnapshot(): PolicySnapshot {
    const trained = this.updateSession.readState('params')
    return policySnapshot(this.plan.spec, this.iteration, this.normaliser.current, trained)
  }

  private states(): Record<string, Float32Array> {
    return Object.fromEntries(STATES.map(name => [name, this.updateSession.readState(name)]))
  }

  save(): Record<string, TensorData> {
    const scaler = this.scaler.save()
    return {
      ...this.states(),
      'obs/moments': this.normaliser.save(),
      'reward/moments': scaler.moments,
      'reward/returns': scaler.returns,
      iteration: Float64Array.of(this.iteration),
    }
  }

  load(tensors: Readonly<Record<string, TensorData>>): void {
    const lengths = Object.entries(this.save()).map(([name, { length }]) => [name, length])
    checkTensors(Object.fromEntries(lengths), tensors)
    for (const name of STATES) this.updateSession.writeState(name, tensors[name])
    this.normaliser.load(tensors['obs/moments'])
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
