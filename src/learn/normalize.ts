/** Running statistics, and the two normalisers that CleanRL and Stable-Baselines3 wrap around an environment. */

/** Mean and variance per column, merged batch by batch (Chan, Golub and LeVeque, 1979). Starts as one sample of mean 0, variance 1. */
export class RunningMoments {
  readonly mean: Float64Array
  readonly variance: Float64Array
  private count = 1e-4

  constructor(width: number) {
    this.mean = new Float64Array(width)
    this.variance = new Float64Array(width).fill(1)
  }

  /** Merges the rows of `data` [rows, width] where `use` is 1 (all rows when absent). */
  merge(data: ArrayLike<number>, rows: number, use?: ArrayLike<number>): void {
    const width = this.mean.length
    let used = 0
    const mean = new Float64Array(width)
    for (let row = 0; row < rows; row++) {
      if (use !== undefined && use[row] !== 1) continue
      used++
      for (let i = 0; i < width; i++) mean[i] += data[row * width + i]
    }
    if (used === 0) return
    for (let i = 0; i < width; i++) mean[i] /= used
    const squares = new Float64Array(width)
    for (let row = 0; row < rows; row++) {
      if (use !== undefined && use[row] !== 1) continue
      for (let i = 0; i < width; i++) squares[i] += (data[row * width + i] - mean[i]) ** 2
    }
    const total = this.count + used
    for (let i = 0; i < width; i++) {
      const delta = mean[i] - this.mean[i]
      this.mean[i] += (delta * used) / total
      const sum = this.variance[i] * this.count + squares[i] + (delta * delta * this.count * used) / total
      this.variance[i] = sum / total
    }
    this.count = total
  }

  /** [count, mean…, variance…] */
  save(): Float64Array {
    return Float64Array.of(this.count, ...this.mean, ...this.variance)
  }

  load(saved: ArrayLike<number>): void {
    const width = this.mean.length
    this.count = saved[0]
    for (let i = 0; i < width; i++) {
      this.mean[i] = saved[1 + i]
      this.variance[i] = saved[1 + width + i]
    }
  }
}

/** Normalised observations are clipped to ± this. */
export const OBS_LIMIT = 10

/** [O] each; x → (x − mean) · scale. */
export interface Normaliser {
  readonly mean: Float32Array
  readonly scale: Float32Array
}

/** Brings observations to mean 0 and variance 1, in the same float32 steps as the policy's graph. */
export class ObsNormaliser {
  private readonly moments: RunningMoments
  private readonly on: boolean
  private now: Normaliser

  /** Switched off it lets observations through, clipped to ± OBS_LIMIT as the policy clips them. */
  constructor(width: number, on: boolean) {
    this.moments = new RunningMoments(width)
    this.on = on
    this.now = this.taken()
  }

  get current(): Normaliser {
    return this.now
  }

  /** Learns from rows of observations [rows, O] where `use` is 1. */
  learn(obs: ArrayLike<number>, rows: number, use?: ArrayLike<number>): void {
    if (!this.on) return
    this.moments.merge(obs, rows, use)
    this.now = this.taken()
  }

  /** [rows, O] → `out`, which may be the same array. */
  apply(obs: Float32Array, out: Float32Array): void {
    const { mean, scale } = this.now
    const width = mean.length
    for (let i = 0; i < obs.length; i++) {
      const column = i % width
      const x = Math.fround(Math.fround(obs[i] - mean[column]) * scale[column])
      out[i] = Math.max(-OBS_LIMIT, Math.min(OBS_LIMIT, x))
    }
  }

  save(): Float64Array {
    return this.moments.save()
  }

  load(saved: ArrayLike<number>): void {
    this.moments.load(saved)
    this.now = this.taken()
  }

  private taken(): Normaliser {
    const { mean, variance } = this.moments
    return { mean: Float32Array.from(mean), scale: Float32Array.from(variance, v => 1 / Math.sqrt(v + 1e-8)) }
  }
}

/** What the reward scaler reads of a batch. */
export interface RewardColumns {
  readonly T: number
  readonly N: number
  readonly reward: Float64Array
  readonly valid: Uint8Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
}

/**
 * Scales rewards by the running standard deviation of the discounted return, so that the value loss has the same size
 * in every task. The mean is left alone: shifting rewards would change what is optimal.
 */
export class RewardScaler {
  private readonly moments = new RunningMoments(1)
  /** [N] discounted return since the row's episode began. */
  private readonly returns: Float64Array
  private readonly gamma: number

  constructor(rows: number, gamma: number) {
    this.returns = new Float64Array(rows)
    this.gamma = gamma
  }

  /** Learns from a batch's rewards [T, N]. */
  learn({ T, N, reward, valid, terminated, truncated }: RewardColumns): void {
    const seen = new Float64Array(T * N)
    for (let row = 0; row < T * N; row++) {
      if (valid[row] !== 1) continue
      const n = row % N
      this.returns[n] = this.returns[n] * this.gamma + reward[row]
      seen[row] = this.returns[n]
      if (terminated[row] === 1 || truncated[row] === 1) this.returns[n] = 0
    }
    this.moments.merge(seen, T * N, valid)
  }

  /** What rewards are to be multiplied by. */
  get factor(): number {
    return 1 / Math.sqrt(this.moments.variance[0] + 1e-8)
  }

  /** Learns from a batch, then writes its rewards scaled and clipped to ±`limit` into `out`. */
  scale(batch: RewardColumns, out: Float32Array, limit = 10): void {
    this.learn(batch)
    const { factor } = this
    for (let row = 0; row < out.length; row++) {
      out[row] = batch.valid[row] === 1 ? Math.max(-limit, Math.min(limit, batch.reward[row] * factor)) : 0
    }
  }

  save(): { moments: Float64Array; returns: Float64Array } {
    return { moments: this.moments.save(), returns: this.returns.slice() }
  }

  load(saved: { moments: ArrayLike<number>; returns: ArrayLike<number> }): void {
    this.moments.load(saved.moments)
    this.returns.set(saved.returns)
  }
}
