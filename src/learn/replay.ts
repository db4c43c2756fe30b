/**
 * What off-policy learners remember: a ring of time steps over all environment rows. An observation is stored once, as
 * the successor of one step and the start of the next. Rewards may come, or change, after a step was stored.
 *
 * Shapes: L time steps kept, N rows, O observation, A action, M minibatch. Time τ counts the steps every row has taken
 * in the run, so step t of rollout s is τ = s·T + t.
 */
import type { Rng } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import type { Session } from '../graph/executor.ts'
import { checkTensors } from './faults.ts'
import type { LearnBatch } from './learner.ts'

/** What a gradient step is made from; views that are filled in place. */
export interface Minibatch {
  /** [M, O] as the environment gave them. */
  readonly obs: Float32Array
  /** [M, A] */
  readonly action: Float32Array
  /** [M, 1] Σ γᵏ r over the n steps. */
  readonly reward: Float32Array
  /** [M, O] after the n steps. */
  readonly nextObs: Float32Array
  /** [M, 1] what the value of `nextObs` counts: γⁿ, or 0 after a termination. */
  readonly discount: Float32Array
  /** [M, 1] discounted rewards of the rest of the episode; UNKNOWN_RETURN while it goes on. Absent: not asked for. */
  readonly returns?: Float32Array
}

/** A return below any other, so that the larger of the two is always the other. */
export const UNKNOWN_RETURN = -1e30

/** The inputs of a session that a minibatch fills. */
export const minibatchOf = (session: Session, withReturns = false): Minibatch => ({
  obs: session.input('obs'),
  action: session.input('action'),
  reward: session.input('reward'),
  nextObs: session.input('nextObs'),
  discount: session.input('discount'),
  ...(withReturns ? { returns: session.input('returns') } : {}),
})

export interface ReplayShape {
  /** L, time steps kept. */
  readonly steps: number
  /** N */
  readonly rows: number
  /** O */
  readonly obsSize: number
  /** A */
  readonly actionSize: number
  /** γ */
  readonly gamma: number
}

/** Bits of a row's flags. */
const VALID = 1
const TERMINATED = 2
const TRUNCATED = 4

export class ReplayBuffer {
  readonly shape: ReplayShape
  private readonly obs: Float32Array
  private readonly action: Float32Array
  private readonly reward: Float32Array
  private readonly flags: Uint8Array
  private readonly returns: Float32Array
  /** Ring positions: one more than time steps, for the observation after the last. */
  private readonly slots: number
  /** Time of the next step to come, and of the oldest that is kept. */
  private end = 0
  private start = 0

  constructor(shape: ReplayShape) {
    const { steps, rows, obsSize, actionSize } = shape
    this.shape = shape
    this.slots = steps + 1
    this.obs = new Float32Array(this.slots * rows * obsSize)
    this.action = new Float32Array(this.slots * rows * actionSize)
    this.reward = new Float32Array(this.slots * rows)
    this.flags = new Uint8Array(this.slots * rows)
    this.returns = new Float32Array(this.slots * rows)
  }

  /** Transitions kept, those that cannot be drawn (resets, no label yet) included. */
  get size(): number {
    return (this.end - this.start) * this.shape.rows
  }

  /**
   * Appends the T steps of a batch. A reward of NaN has not come yet: the step is not drawn before `relabel`. Where a
   * row does not go on from the observation it ended with, the step before has no successor, and is not drawn either.
   */
  add({ T, N, obs, action, reward, valid, terminated, truncated }: LearnBatch): void {
    const { obsSize: O, actionSize: A, steps } = this.shape
    if (this.end > this.start) this.checkSeam(obs)
    for (let t = 0; t <= T; t++) {
      const slot = (this.end + t) % this.slots
      this.obs.set(obs.subarray(t * N * O, (t + 1) * N * O), slot * N * O)
      if (t === T) break
      this.action.set(action.subarray(t * N * A, (t + 1) * N * A), slot * N * A)
      for (let n = 0; n < N; n++) {
        const row = t * N + n
        this.reward[slot * N + n] = reward[row]
        this.flags[slot * N + n] =
          (valid[row] === 1 ? VALID : 0) |
          (terminated[row] === 1 ? TERMINATED : 0) |
          (truncated[row] === 1 ? TRUNCATED : 0)
        this.returns[slot * N + n] = UNKNOWN_RETURN
      }
    }
    const before = this.end
    this.end += T
    this.start = Math.max(this.start, this.end - steps)
    for (let time = Math.max(before, this.start); time < this.end; time++) {
      for (let n = 0; n < N; n++) if (this.ended(time, n)) this.fillReturns(time, n)
    }
  }

  private ended(time: number, n: number): boolean {
    return (this.flags[(time % this.slots) * this.shape.rows + n] & (TERMINATED | TRUNCATED)) !== 0
  }

  /** The returns of an episode that ends with step `last` of row n. */
  private fillReturns(last: number, n: number): void {
    const { rows, gamma } = this.shape
    let sum = 0
    for (let time = last; time >= this.start; time--) {
      const at = (time % this.slots) * rows + n
      if ((this.flags[at] & VALID) === 0 || (time < last && this.ended(time, n))) return
      sum = this.reward[at] + gamma * sum
      this.returns[at] = Number.isNaN(sum) ? UNKNOWN_RETURN : sum
    }
  }

  /** Rows whose observations [N, O] differ from those the last step led to: a run was resumed elsewhere. */
  private checkSeam(obs: Float32Array): void {
    const { rows, obsSize: O } = this.shape
    const now = (this.end % this.slots) * rows
    const last = ((this.end - 1) % this.slots) * rows
    for (let n = 0; n < rows; n++) {
      for (let i = 0; i < O; i++) {
        if (obs[n * O + i] !== this.obs[(now + n) * O + i]) this.flags[last + n] &= ~VALID
      }
    }
  }

  /** Fills or replaces the rewards [count, N] of the time steps from τ on; those no longer kept are passed over. */
  relabel(time: number, reward: ArrayLike<number>): void {
    const { rows } = this.shape
    const count = reward.length / rows
    for (let t = 0; t < count; t++) {
      const at = time + t
      if (at < this.start || at >= this.end) continue
      for (let n = 0; n < rows; n++) this.reward[(at % this.slots) * rows + n] = reward[t * rows + n]
    }
  }

  /**
   * Draws rows `from`…`to` of a minibatch, each of up to `nStep` steps that stay within one episode: it ends early where
   * the episode does, and where the newest step is reached.
   */
  draw(rng: Rng, nStep: number, into: Minibatch, from = 0, to = into.reward.length): void {
    const { rows, obsSize: O, actionSize: A } = this.shape
    for (let m = from; m < to; m++) {
      let drawn = false
      for (let attempt = 0; attempt < ATTEMPTS && !drawn; attempt++) {
        const at = rng.below(this.size)
        drawn = this.take(this.start + Math.floor(at / rows), at % rows, nStep, into, m)
      }
      if (!drawn) {
        // Nothing can be learned from the row: its own value is its target.
        into.obs.fill(0, m * O, (m + 1) * O)
        into.nextObs.fill(0, m * O, (m + 1) * O)
        into.action.fill(0, m * A, (m + 1) * A)
        into.reward[m] = 0
        into.discount[m] = 0
        if (into.returns !== undefined) into.returns[m] = UNKNOWN_RETURN
      }
    }
  }

  /** Writes the transition of row n at time τ as row m; false when there is none to learn from. */
  private take(time: number, n: number, nStep: number, into: Minibatch, m: number): boolean {
    const { rows, obsSize: O, actionSize: A, gamma } = this.shape
    let sum = 0
    let discount = 1
    let k = 0
    for (;;) {
      const at = ((time + k) % this.slots) * rows + n
      const flags = this.flags[at]
      if ((flags & VALID) === 0 || Number.isNaN(this.reward[at])) return false
      sum += discount * this.reward[at]
      discount *= gamma
      k++
      if ((flags & TERMINATED) !== 0) discount = 0
      if ((flags & (TERMINATED | TRUNCATED)) !== 0 || k === nStep || time + k === this.end) break
    }
    const first = (time % this.slots) * rows + n
    const last = ((time + k) % this.slots) * rows + n
    // Element by element: views would cost more than the few numbers they hold.
    for (let i = 0; i < O; i++) {
      into.obs[m * O + i] = this.obs[first * O + i]
      into.nextObs[m * O + i] = this.obs[last * O + i]
    }
    for (let i = 0; i < A; i++) into.action[m * A + i] = this.action[first * A + i]
    into.reward[m] = sum
    into.discount[m] = discount
    if (into.returns !== undefined) into.returns[m] = this.returns[first]
    return true
  }

  /** What is kept, oldest first, by tensor name. */
  save(): Record<string, TensorData> {
    const { rows, obsSize, actionSize } = this.shape
    const count = this.end - this.start
    return {
      time: Float64Array.of(this.start, this.end),
      obs: this.ordered(this.obs, count + 1, rows * obsSize),
      action: this.ordered(this.action, count, rows * actionSize),
      reward: this.ordered(this.reward, count, rows),
      flags: this.ordered(this.flags, count, rows),
      returns: this.ordered(this.returns, count, rows),
    }
  }

  /** Throws CarrotError 'bad-run' when it was saved with other sizes. */
  load(saved: Readonly<Record<string, TensorData>>): void {
    const { rows, obsSize, actionSize, steps } = this.shape
    checkTensors({ time: 2 }, saved)
    const [start, end] = saved.time
    const count = end - start
    checkTensors(
      {
        obs: (count + 1) * rows * obsSize,
        action: count * rows * actionSize,
        reward: count * rows,
        flags: count * rows,
        returns: count * rows,
      },
      saved,
    )
    this.start = Math.max(start, end - steps)
    this.end = end
    const restore = (name: string, into: Float32Array | Uint8Array, width: number, extra: number): void => {
      const from = saved[name]
      for (let time = this.start; time < end + extra; time++) {
        const source = (time - start) * width
        into.set(from.subarray(source, source + width), (time % this.slots) * width)
      }
    }
    restore('obs', this.obs, rows * obsSize, 1)
    restore('action', this.action, rows * actionSize, 0)
    restore('reward', this.reward, rows, 0)
    restore('flags', this.flags, rows, 0)
    restore('returns', this.returns, rows, 0)
  }

  /** `count` time steps from the oldest on, out of the ring. */
  private ordered<T extends Float32Array | Uint8Array>(ring: T, count: number, width: number): T {
    const out = new (ring.constructor as new (length: number) => T)(count * width)
    for (let i = 0; i < count; i++) {
      const slot = (this.start + i) % this.slots
      out.set(ring.subarray(slot * width, (slot + 1) * width), i * width)
    }
    return out
  }
}

/** Draws before a row of a minibatch is given up, as when no label has come yet. */
const ATTEMPTS = 100

/** Buffers to draw one minibatch from, each with its share of the rows (Ball et al., RLPD, 2023: half and half). */
export interface Mixture {
  readonly buffer: ReplayBuffer
  readonly share: number
}

/** Draws a minibatch over several buffers, in their order; empty ones are left out. */
export function drawMixed(mixture: readonly Mixture[], rng: Rng, nStep: number, into: Minibatch): void {
  const filled = mixture.filter(({ buffer }) => buffer.size > 0)
  const total = filled.reduce((sum, { share }) => sum + share, 0)
  const M = into.reward.length
  let reached = 0
  let from = 0
  for (const { buffer, share } of filled) {
    reached += share
    const to = Math.round((M * reached) / total)
    buffer.draw(rng, nStep, into, from, to)
    from = to
  }
}
