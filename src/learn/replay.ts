/**
 * What off-policy learners remember: a ring of time steps over all environment rows. An observation is stored once, as
 * the successor of one step and the start of the next. Rewards may come, or change, after a step was stored.
 *
 * Shapes: L time steps kept, N rows, O observation, A action, M minibatch. Time τ counts the steps every row has taken
 * in the run, so step t of rollout s is τ = s·T + t.
 */
import type { Rng } from '../core/rng.ts'
import type { TensorData } from '../core/safetensors.ts'
import { checkTensors } from './faults.ts'
import type { LearnBatch } from './learner.ts'
import { type Drawn, type Minibatch, UNKNOWN_RETURN } from './minibatch.ts'
import { Priorities } from './priorities.ts'

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
  /** Steps of a target before it is bootstrapped. */
  readonly nStep: number
  /** α of the priorities that transitions are drawn by; absent: all are drawn as often. */
  readonly priorityAlpha?: number
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
  private readonly priorities: Priorities | undefined
  /** Rows of a minibatch that were drawn last. */
  private from = 0
  private to = 0
  /** Ring positions: one more than time steps, for the observation after the last. */
  private readonly slots: number
  /** Time of the next step to come, and of the oldest that is kept. */
  private end = 0
  private start = 0

  constructor(shape: ReplayShape) {
    const { steps, rows, obsSize, actionSize, priorityAlpha } = shape
    this.shape = shape
    this.slots = steps + 1
    this.obs = new Float32Array(this.slots * rows * obsSize)
    this.action = new Float32Array(this.slots * rows * actionSize)
    this.reward = new Float32Array(this.slots * rows)
    this.flags = new Uint8Array(this.slots * rows)
    this.returns = new Float32Array(this.slots * rows)
    if (priorityAlpha !== undefined) this.priorities = new Priorities(this.slots * rows, priorityAlpha)
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
    const before = { start: this.start, end: this.end }
    this.end += T
    this.start = Math.max(this.start, this.end - steps)
    for (let time = Math.max(before.end, this.start); time < this.end; time++) {
      for (let n = 0; n < N; n++) if (this.ended(time, n)) this.fillReturns(time, n)
    }
    this.prioritiseNew(before)
  }

  /**
   * What is new has the greatest priority, and what is gone none. Targets that ended at the newest step before reach
   * further now: they keep their priorities, unless what they reach makes them unfit to be drawn.
   */
  private prioritiseNew(before: { readonly start: number; readonly end: number }): void {
    const { priorities } = this
    if (priorities === undefined) return
    const { rows, nStep } = this.shape
    for (let time = before.start; time < Math.min(this.start, before.end); time++) {
      for (let n = 0; n < rows; n++) priorities.forget(this.place(time, n))
    }
    for (let time = Math.max(this.start, before.end - nStep); time < this.end; time++) {
      for (let n = 0; n < rows; n++) this.prioritise(time, n)
    }
  }

  /** Sees that a transition has a priority just where it can be drawn; `renewed`: the greatest, as its target changed. */
  private prioritise(time: number, n: number, renewed = false): void {
    const place = this.place(time, n)
    if (!this.take(time, n)) this.priorities?.forget(place)
    else if (renewed || this.priorities?.of(place) === 0) this.priorities?.renew(place)
  }

  private place(time: number, n: number): number {
    return (time % this.slots) * this.shape.rows + n
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

  /**
   * Fills or replaces the rewards [count, N] of the time steps from τ on; those no longer kept are passed over. How wrong
   * a changed target is nobody knows: whatever it enters has the greatest priority, as what is new.
   */
  relabel(time: number, reward: ArrayLike<number>): void {
    const { rows, nStep } = this.shape
    const count = reward.length / rows
    for (let t = 0; t < count; t++) {
      const at = time + t
      if (at < this.start || at >= this.end) continue
      for (let n = 0; n < rows; n++) {
        const place = this.place(at, n)
        const before = this.reward[place]
        this.reward[place] = reward[t * rows + n]
        if (this.priorities === undefined || this.reward[place] === before) continue
        for (let first = Math.max(this.start, at - nStep + 1); first <= at; first++) {
          this.prioritise(first, n, this.reaches(first, at, n))
        }
      }
    }
    for (let n = 0; n < rows; n++) this.renewReturns(Math.max(time, this.start), time + count, n)
  }

  /** The returns of episodes of row n with steps from `from` to before `to`, as far as they have ended. */
  private renewReturns(from: number, to: number, n: number): void {
    for (let time = from; time < this.end; time++) {
      if (!this.ended(time, n)) continue
      this.fillReturns(time, n)
      if (time >= to - 1) return
    }
  }

  /** Whether the target of one time step holds the reward of a later one, less than n steps after. */
  private reaches(first: number, at: number, n: number): boolean {
    for (let time = first; time < at; time++) if (this.ended(time, n)) return false
    return true
  }

  /**
   * Draws rows `from`…`to` of a minibatch, each of up to n steps that stay within one episode: it ends early where the
   * episode does, and where the newest step is reached. `beta` is how far weights undo what priorities do.
   */
  draw(rng: Rng, into: Minibatch, from = 0, to = into.reward.length, beta = 1): void {
    this.from = from
    this.to = to
    for (let m = from; m < to; m++) {
      const drawn =
        this.priorities === undefined ? this.drawEvenly(rng, into, m) : this.drawBy(rng, into, m, beta)
      if (!drawn) this.clear(into, m)
    }
  }

  private drawEvenly(rng: Rng, into: Minibatch, m: number): boolean {
    const { rows } = this.shape
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = rng.below(this.size)
      if (this.take(this.start + Math.floor(at / rows), at % rows, into, m)) return true
    }
    return false
  }

  /** One of as many equal parts of all priorities as rows are drawn, so that a minibatch holds some of each size. */
  private drawBy(rng: Rng, into: Minibatch, m: number, beta: number): boolean {
    const priorities = this.priorities!
    const { rows } = this.shape
    const drawn = into.drawn!
    const part = (m - this.from + rng.uniform()) / (this.to - this.from)
    if (priorities.total === 0) return false
    const place = priorities.at(part * priorities.total)
    drawn.place[m] = place
    drawn.weight[m] = priorities.weight(place, beta)
    const slot = Math.floor(place / rows)
    // The time from the oldest on that has this slot.
    const time = this.start + ((((slot - this.start) % this.slots) + this.slots) % this.slots)
    return this.take(time, place % rows, into, m)
  }

  /** Nothing can be learned from the row: its own value is its target. */
  private clear(into: Minibatch, m: number): void {
    const { obsSize: O, actionSize: A } = this.shape
    into.obs.fill(0, m * O, (m + 1) * O)
    into.nextObs.fill(0, m * O, (m + 1) * O)
    into.action.fill(0, m * A, (m + 1) * A)
    into.reward[m] = 0
    into.discount[m] = 0
    if (into.returns !== undefined) into.returns[m] = UNKNOWN_RETURN
    if (into.drawn !== undefined) {
      into.drawn.weight[m] = 0
      into.drawn.place[m] = NOWHERE
    }
  }

  /** Takes the errors δ [M] that the rows drawn last had. */
  learned({ place }: Drawn, errors: Float32Array): void {
    for (let m = this.from; m < this.to; m++) {
      if (place[m] !== NOWHERE) this.priorities?.learned(place[m], errors[m])
    }
  }

  /** Whether there is a transition to learn from in row n at time τ; it is written as row m `into` a minibatch. */
  private take(time: number, n: number, into?: Minibatch, m = 0): boolean {
    const { rows, obsSize: O, actionSize: A, gamma, nStep } = this.shape
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
    if (into === undefined) return true
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
      ...this.savePriorities(),
    }
  }

  private savePriorities(): Record<string, TensorData> {
    const { priorities } = this
    if (priorities === undefined) return {}
    const { rows } = this.shape
    const all = new Float64Array(this.size)
    for (let i = 0; i < all.length; i++)
      all[i] = priorities.of(this.place(this.start + Math.floor(i / rows), i % rows))
    return { priority: all, 'priority/greatest': Float64Array.of(priorities.greatest) }
  }

  private loadPriorities(saved: Readonly<Record<string, TensorData>>, dropped: number): void {
    const { priorities, size } = this
    if (priorities === undefined) return
    const { rows } = this.shape
    checkTensors({ priority: size + dropped * rows, 'priority/greatest': 1 }, saved)
    priorities.restore(saved['priority/greatest'][0])
    for (let i = 0; i < size; i++)
      priorities.put(
        this.place(this.start + Math.floor(i / rows), i % rows),
        saved.priority[dropped * rows + i],
      )
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
    this.loadPriorities(saved, this.start - start)
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

/** In place of the place of a row that was not drawn. */
const NOWHERE = -1
