/**
 * Off-policy learning: what was collected goes into a replay buffer, and every iteration makes gradient steps on
 * minibatches drawn from it. What a gradient step is, the algorithm says.
 */
import type { Metrics, PolicySnapshot } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import { checkTensors, diverged } from './faults.ts'
import { actionRange, isUnitRange } from './heads.ts'
import type { LearnBatch, LearnerPlan, LocalLearner } from './learner.ts'
import { ObsNormaliser, RewardScaler } from './normalize.ts'
import { type Exploration, policySnapshot } from './policy.ts'
import { drawMixed, type Minibatch, type Mixture, ReplayBuffer } from './replay.ts'

export interface OffPolicySettings {
  /** Rows of a gradient step. */
  readonly minibatch: number
  /** Transitions kept. */
  readonly bufferSize: number
  /** Environment steps with uniformly random actions, before anything is learned. */
  readonly learningStarts: number
  /** Gradient steps an environment step. */
  readonly updatesPerStep: number
  /** Steps of a target before it is bootstrapped. */
  readonly nStep: number
  readonly gamma: number
  readonly learningRate: number
  readonly anneal: boolean
  readonly normalizeObs: boolean
  readonly normalizeReward: boolean
}

/** The part that is the algorithm's own. */
export interface GradientSteps {
  readonly name: string
  /** Filled before every step; observations normalised, actions in units where the range is −1 to 1. */
  readonly minibatch: Minibatch
  /** One step, the `count`-th of the run; returns its figures in the order they are computed. */
  step(count: number, learningRate: number): Promise<Record<string, number>>
  /** The trained parameters whose prefix is the policy's network. */
  policy(): Float32Array
  /** How to explore after so many environment steps. */
  exploration(steps: number): Exploration
  /** Parameters by block, to find where numbers went bad. */
  blocks(): Readonly<Record<string, Float32Array>>
  readStates(): Record<string, Float32Array>
  writeStates(states: Readonly<Record<string, TensorData>>): void
}

export class OffPolicy implements LocalLearner {
  private readonly plan: LearnerPlan<OffPolicySettings>
  private readonly algorithm: GradientSteps
  private readonly buffer: ReplayBuffer
  private readonly mixture: readonly Mixture[]
  private readonly normaliser: ObsNormaliser
  private readonly scaler: RewardScaler
  private readonly draws: Rng
  private iteration = 0
  /** Gradient steps made. */
  private updates = 0
  private current: PolicySnapshot

  constructor(plan: LearnerPlan<OffPolicySettings>, algorithm: GradientSteps) {
    const { spec, settings, shape } = plan
    this.plan = plan
    this.algorithm = algorithm
    this.buffer = new ReplayBuffer({
      // A run that is shorter than the buffer needs no more than it collects.
      steps: Math.min(Math.ceil(settings.bufferSize / shape.N), plan.iterations * shape.T),
      rows: shape.N,
      obsSize: spec.obsSize,
      actionSize: spec.actionSize,
    })
    this.mixture = [{ buffer: this.buffer, share: 1 }]
    this.normaliser = new ObsNormaliser(spec.obsSize, settings.normalizeObs)
    this.scaler = new RewardScaler(shape.N, settings.gamma)
    this.draws = new Rng(plan.seed, STREAM.replay)
    this.current = this.takeSnapshot()
  }

  get snapshot(): PolicySnapshot {
    return this.current
  }

  async update(batch: LearnBatch): Promise<Metrics> {
    const { settings, shape, iterations } = this.plan
    this.buffer.add({ ...batch, action: this.unitActions(batch.action) })
    this.normaliser.learn(batch.obs, shape.T * shape.N, batch.valid)
    if (settings.normalizeReward) this.scaler.learn(batch)
    const progress = settings.anneal ? 1 - this.iteration / iterations : 1
    const learningRate = settings.learningRate * Math.max(0, progress)
    const steps = (this.iteration + 1) * shape.T * shape.N
    const figures = steps > settings.learningStarts ? await this.learn(learningRate) : {}
    this.iteration++
    this.current = this.takeSnapshot()
    return { ...figures, learningRate, replay: this.buffer.size, updates: this.updates }
  }

  /** Fills or replaces rewards [T, N] of rollout `sequence`. */
  relabel(sequence: number, reward: ArrayLike<number>): void {
    this.buffer.relabel(sequence * this.plan.shape.T, reward)
  }

  /** The iteration's gradient steps; returns the means of their figures. */
  private async learn(learningRate: number): Promise<Record<string, number>> {
    const { settings, shape } = this.plan
    const count = Math.round(settings.updatesPerStep * shape.T * shape.N)
    const before = this.algorithm.readStates()
    const sums: Record<string, { total: number; count: number }> = {}
    for (let i = 0; i < count; i++) {
      this.draw()
      const figures = await this.algorithm.step(this.updates, learningRate)
      for (const [name, value] of Object.entries(figures)) {
        if (!Number.isFinite(value)) throw this.failed(figures, before)
        sums[name] ??= { total: 0, count: 0 }
        sums[name].total += value
        sums[name].count++
      }
      this.updates++
    }
    // Not every step gives every figure.
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum.total / sum.count]))
  }

  /** Puts the parameters from before the iteration back. */
  private failed(figures: Record<string, number>, before: Record<string, Float32Array>): Error {
    const { algorithm, updates } = this
    const losses = Object.entries(figures).map(([name, value]) => [name, [value]] as const)
    const error = diverged(algorithm.name, updates, [
      ...Object.entries(algorithm.minibatch),
      ...losses,
      ...Object.entries(algorithm.blocks()),
    ])
    algorithm.writeStates(before)
    return error
  }

  private draw(): void {
    const { settings } = this.plan
    const { minibatch } = this.algorithm
    // A place of its own in the random sequence for every step, so that resuming needs no generator state.
    this.draws.seek(this.updates * 4 * settings.minibatch)
    drawMixed(this.mixture, this.draws, settings.nStep, settings.gamma, minibatch)
    if (settings.normalizeObs) {
      this.normaliser.apply(minibatch.obs, minibatch.obs)
      this.normaliser.apply(minibatch.nextObs, minibatch.nextObs)
    }
    if (settings.normalizeReward) {
      const { factor } = this.scaler
      for (let m = 0; m < minibatch.reward.length; m++) minibatch.reward[m] *= factor
    }
  }

  /** [rows, A] in units where the action range is −1 to 1, and inside it: as the environment executed them. */
  private unitActions(action: Float32Array): Float32Array<ArrayBuffer> {
    const { spec } = this.plan
    const { centre, half } = actionRange(spec)
    const A = centre.length
    const unit = isUnitRange(spec)
    return Float32Array.from(action, (value, i) =>
      Math.max(-1, Math.min(1, unit ? value : (value - centre[i % A]) / half[i % A])),
    )
  }

  private takeSnapshot(): PolicySnapshot {
    const { spec, shape } = this.plan
    const explore = this.algorithm.exploration(this.iteration * shape.T * shape.N)
    return policySnapshot(spec, this.iteration, this.normaliser.current, this.algorithm.policy(), explore)
  }

  save(): Record<string, TensorData> {
    const scaler = this.scaler.save()
    const replay = Object.entries(this.buffer.save()).map(([name, data]) => [`replay/${name}`, data])
    return {
      ...this.algorithm.readStates(),
      ...Object.fromEntries(replay),
      'obs/moments': this.normaliser.save(),
      'reward/moments': scaler.moments,
      'reward/returns': scaler.returns,
      counts: Float64Array.of(this.iteration, this.updates),
    }
  }

  load(tensors: Readonly<Record<string, TensorData>>): void {
    const { spec, shape } = this.plan
    const states = this.algorithm.readStates()
    checkTensors(
      {
        ...Object.fromEntries(Object.entries(states).map(([name, { length }]) => [name, length])),
        'obs/moments': 1 + 2 * spec.obsSize,
        'reward/moments': 3,
        'reward/returns': shape.N,
        counts: 2,
      },
      tensors,
    )
    this.algorithm.writeStates(tensors)
    const replay = Object.entries(tensors)
      .filter(([name]) => name.startsWith('replay/'))
      .map(([name, data]) => [name.slice('replay/'.length), data])
    this.buffer.load(Object.fromEntries(replay))
    this.normaliser.load(tensors['obs/moments'])
    this.scaler.load({ moments: tensors['reward/moments'], returns: tensors['reward/returns'] })
    ;[this.iteration, this.updates] = tensors.counts
    this.current = this.takeSnapshot()
  }
}
