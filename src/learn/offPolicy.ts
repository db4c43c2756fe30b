/**
 * Off-policy learning: what was collected goes into a replay buffer, and every iteration makes gradient steps on
 * minibatches drawn from it. What a gradient step is, the algorithm says.
 */
import type { Metrics, PolicySnapshot, PolicySpec } from '../core/policy.ts'
import { Rng, STREAM } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import { checkTensors, diverged } from './faults.ts'
import { actionRange, isUnitRange } from './heads.ts'
import type { LearnBatch, LearnerPlan, LocalLearner } from './learner.ts'
import type { Minibatch } from './minibatch.ts'
import { drawMixed, type Mixture } from './mixture.ts'
import { ObsNormaliser, RewardScaler } from './normalize.ts'
import { type Exploration, policySnapshot } from './policy.ts'
import { ReplayBuffer, type ReplayShape } from './replay.ts'

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
  /** Gradients longer than this are shortened to it. */
  readonly maxGradNorm?: number
  readonly normalizeObs: boolean
  readonly normalizeReward: boolean
  /** Runs whose recorded episodes are the data there was before; whoever makes the learner reads them. */
  readonly offlineData: readonly string[]
  /** Part of every minibatch that comes from that data, where there is some. */
  readonly offlineShare: number
  /** Gradient steps on it before the first step of an environment. */
  readonly offlineSteps: number
  /** Draw more often what was more wrong when it was last learned from (`priorities.ts`). */
  readonly prioritised?: boolean
  /** α: how much more often; 0 is evenly. */
  readonly priorityAlpha?: number
  /** β of the weights that undo it, at first; it rises to 1 over the run. */
  readonly priorityBeta?: number
}

/** The part that is the algorithm's own. */
export interface GradientSteps {
  readonly name: string
  /** Filled before every step; observations normalised, actions in units where the range is −1 to 1. */
  readonly minibatch: Minibatch
  /** One step, the `count`-th of the run; returns its figures in the order they are computed. */
  step(count: number, learningRate: number): Promise<Record<string, number>>
  /** [M] how wrong the rows of the last step were, where the minibatch was not drawn evenly. */
  errors(): Float32Array
  /** Must come between steps and what reads the parameters. */
  settle(): Promise<void>
  /** The trained parameters whose prefix is the policy's network. */
  policy(): Float32Array
  /** How to explore after so many environment steps. */
  exploration(steps: number): Exploration
  /** Parameters by block, to find where numbers went bad. */
  blocks(): Readonly<Record<string, Float32Array>>
  readStates(): Record<string, Float32Array>
  writeStates(states: Readonly<Record<string, TensorData>>): void
}

/** Where a checkpoint keeps what is remembered, and what was there before. */
const REPLAY = 'replay/own/'
const OFFLINE = 'replay/offline/'

/** Tensors whose name starts with a prefix, without it. */
const below = (prefix: string, tensors: Readonly<Record<string, TensorData>>): Record<string, TensorData> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, data]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), data]] : [],
    ),
  )

/** Everything of a batch of one row, to stay. */
function offlineBuffer(batch: LearnBatch, spec: PolicySpec, shape: ReplayShape): ReplayBuffer {
  const buffer = new ReplayBuffer({ ...shape, steps: batch.T, rows: 1 })
  buffer.add({ ...batch, action: unitActions(batch.action, spec) })
  return buffer
}

/** [rows, A] in units where the action range is −1 to 1, and inside it: as the environment executed them. */
function unitActions(action: Float32Array, spec: PolicySpec): Float32Array<ArrayBuffer> {
  const { centre, half } = actionRange(spec)
  const A = centre.length
  const unit = isUnitRange(spec)
  return Float32Array.from(action, (value, i) =>
    Math.max(-1, Math.min(1, unit ? value : (value - centre[i % A]) / half[i % A])),
  )
}

export class OffPolicy implements LocalLearner {
  private readonly plan: LearnerPlan<OffPolicySettings>
  private readonly algorithm: GradientSteps
  private readonly buffer: ReplayBuffer
  /** What was there before the run. */
  private offline: ReplayBuffer | undefined
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
    const { prioritised = false, priorityAlpha } = settings
    this.buffer = new ReplayBuffer({
      // A run that is shorter than the buffer needs no more than it collects.
      steps: Math.min(Math.ceil(settings.bufferSize / shape.N), plan.iterations * shape.T),
      rows: shape.N,
      obsSize: spec.obsSize,
      actionSize: spec.actionSize,
      gamma: settings.gamma,
      nStep: settings.nStep,
      priorityAlpha: prioritised ? priorityAlpha : undefined,
    })
    this.offline = plan.offline && offlineBuffer(plan.offline, spec, this.buffer.shape)
    this.normaliser = new ObsNormaliser(spec.obsSize, settings.normalizeObs)
    if (plan.offline) this.normaliser.learn(plan.offline.obs, plan.offline.T, plan.offline.valid)
    this.scaler = new RewardScaler(shape.N, settings.gamma)
    this.draws = new Rng(plan.seed, STREAM.replay)
    this.current = this.takeSnapshot()
  }

  get snapshot(): PolicySnapshot {
    return this.current
  }

  async update(batch: LearnBatch): Promise<Metrics> {
    const { settings, shape, iterations } = this.plan
    this.buffer.add({ ...batch, action: unitActions(batch.action, this.plan.spec) })
    this.normaliser.learn(batch.obs, shape.T * shape.N, batch.valid)
    if (settings.normalizeReward) this.scaler.learn(batch)
    const progress = settings.anneal ? 1 - this.iteration / iterations : 1
    const learningRate = settings.learningRate * Math.max(0, progress)
    const steps = (this.iteration + 1) * shape.T * shape.N
    const count = Math.round(settings.updatesPerStep * shape.T * shape.N)
    const figures = steps > settings.learningStarts ? await this.steps(count, learningRate) : {}
    this.iteration++
    this.current = this.takeSnapshot()
    return { ...figures, learningRate, replay: this.buffer.size, updates: this.updates }
  }

  /** Fills or replaces rewards [T, N] of rollout `sequence`. */
  relabel(sequence: number, reward: ArrayLike<number>): void {
    this.buffer.relabel(sequence * this.plan.shape.T, reward)
  }

  /** Gradient steps; returns the means of their figures. */
  private async steps(count: number, learningRate: number): Promise<Record<string, number>> {
    const before = this.algorithm.readStates()
    const sums: Record<string, { total: number; count: number }> = {}
    for (let i = 0; i < count; i++) {
      this.draw()
      const figures = await this.algorithm.step(this.updates, learningRate)
      for (const [name, value] of Object.entries(figures)) {
        if (!Number.isFinite(value)) {
          await this.algorithm.settle()
          throw this.failed(figures, before)
        }
        sums[name] ??= { total: 0, count: 0 }
        sums[name].total += value
        sums[name].count++
      }
      this.learned()
      this.updates++
    }
    await this.algorithm.settle()
    // Not every step gives every figure.
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum.total / sum.count]))
  }

  /** Puts the parameters from before the iteration back. */
  private failed(figures: Record<string, number>, before: Record<string, Float32Array>): Error {
    const { algorithm, updates } = this
    const losses = Object.entries(figures).map(([name, value]) => [name, [value]] as const)
    const { drawn, ...columns } = algorithm.minibatch
    const error = diverged(algorithm.name, updates, [
      ...Object.entries(columns),
      ['weight', drawn?.weight ?? []],
      ...losses,
      ...Object.entries(algorithm.blocks()),
    ])
    algorithm.writeStates(before)
    return error
  }

  private mixture(): Mixture[] {
    const { offlineShare } = this.plan.settings
    const own = { buffer: this.buffer, share: 1 - offlineShare }
    return this.offline === undefined
      ? [{ ...own, share: 1 }]
      : [own, { buffer: this.offline, share: offlineShare }]
  }

  /** Tells the buffers how wrong what they gave was. */
  private learned(): void {
    const { drawn } = this.algorithm.minibatch
    if (drawn === undefined) return
    const errors = this.algorithm.errors()
    this.buffer.learned(drawn, errors)
    this.offline?.learned(drawn, errors)
  }

  /** Gradient steps on the data there was before, without an environment; returns the means of their figures. */
  async pretrain(count: number): Promise<Metrics> {
    const figures = await this.steps(count, this.plan.settings.learningRate)
    this.current = this.takeSnapshot()
    return { ...figures, updates: this.updates }
  }

  private draw(): void {
    const { settings } = this.plan
    const { minibatch } = this.algorithm
    // A place of its own in the random sequence for every step, so that resuming needs no generator state.
    this.draws.seek(this.updates * 4 * settings.minibatch)
    drawMixed(this.mixture(), this.draws, minibatch, this.beta())
    if (settings.normalizeObs) {
      this.normaliser.apply(minibatch.obs, minibatch.obs)
      this.normaliser.apply(minibatch.nextObs, minibatch.nextObs)
    }
    if (settings.normalizeReward) {
      const { factor } = this.scaler
      for (let m = 0; m < minibatch.reward.length; m++) {
        minibatch.reward[m] *= factor
        if (minibatch.returns !== undefined) minibatch.returns[m] *= factor
      }
    }
  }

  /** How far weights undo what priorities do: wholly at the end, when it matters that learning settles. */
  private beta(): number {
    const { settings, iterations } = this.plan
    const { priorityBeta = 1 } = settings
    return priorityBeta + (1 - priorityBeta) * Math.min(1, this.iteration / iterations)
  }

  private takeSnapshot(): PolicySnapshot {
    const { spec, shape } = this.plan
    const explore = this.algorithm.exploration(this.iteration * shape.T * shape.N)
    return policySnapshot(spec, this.iteration, this.normaliser.current, this.algorithm.policy(), explore)
  }

  save(): Record<string, TensorData> {
    const scaler = this.scaler.save()
    const kept = (buffer: ReplayBuffer | undefined, prefix: string) =>
      Object.entries(buffer?.save() ?? {}).map(([name, data]) => [`${prefix}${name}`, data])
    return {
      ...this.algorithm.readStates(),
      ...Object.fromEntries([...kept(this.buffer, REPLAY), ...kept(this.offline, OFFLINE)]),
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
    this.buffer.load(below(REPLAY, tensors))
    const offline = below(OFFLINE, tensors)
    if (offline.time !== undefined) {
      const steps = offline.time[1] - offline.time[0]
      this.offline = new ReplayBuffer({ ...this.buffer.shape, rows: 1, steps })
      this.offline.load(offline)
    }
    this.normaliser.load(tensors['obs/moments'])
    this.scaler.load({ moments: tensors['reward/moments'], returns: tensors['reward/returns'] })
    ;[this.iteration, this.updates] = tensors.counts
    this.current = this.takeSnapshot()
  }
}
