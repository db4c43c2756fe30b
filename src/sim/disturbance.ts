/**
 * What a wrapping does while rows run: noise, delays, and factors on the physics. All of it is drawn from (seed, row,
 * episode, step) and kept in the saved state, so a disturbed run repeats to the bit like any other.
 */
import { Rng, STREAM } from '../core/rng.ts'
import type { ActionSpec, Fields } from '../core/spec.ts'
import { FACTORS, rangeOf, type Wrapping } from '../core/wrapping.ts'
import { obsNoiseOf } from '../core/wrapSpec.ts'
import { copy } from './numbers.ts'

/** Steps set aside for an episode in the sequence of random numbers. */
const EPISODE_STEPS = 2 ** 22

export class Disturbance {
  /** Numbers a row keeps: its delay, its factors, and the actions that wait. */
  readonly size: number
  private readonly wrapping: Wrapping
  private readonly delay: readonly [least: number, most: number]
  /** [O] of one observation, without those before it; undefined without noise. */
  private readonly obsNoise: Float64Array | undefined
  /** [A] standard deviation; undefined without noise. */
  private readonly actionNoise: Float64Array | undefined
  private readonly low: readonly number[]
  private readonly high: readonly number[]
  /** Blocks of random numbers a step takes; a pair of normals takes one. */
  private readonly blocks: number
  /** [N, size] */
  private readonly kept: Float64Array
  private rngs: readonly Rng[] = []

  /** `obs`: of one moment, without those before it. */
  constructor({ low, high }: ActionSpec, obs: Fields, wrapping: Wrapping, rows: number) {
    const { actionNoise = 0 } = wrapping
    this.wrapping = wrapping
    this.delay = rangeOf(wrapping.delay ?? 0)
    this.low = low
    this.high = high
    this.obsNoise = obsNoiseOf(obs, wrapping.obsNoise)
    this.actionNoise =
      actionNoise === 0
        ? undefined
        : Float64Array.from(low, (from, a) => (actionNoise * (high[a] - from)) / 2)
    this.blocks = 1 + low.length + (this.obsNoise?.length ?? 0)
    this.size = 1 + FACTORS.length + this.delay[1] * low.length
    this.kept = new Float64Array(rows * this.size)
  }

  seed(seed: number, firstRow: number): void {
    const rows = this.kept.length / this.size
    this.rngs = Array.from({ length: rows }, (_, n) => new Rng(seed, STREAM.disturbance, firstRow + n))
  }

  /** Draws what holds for an episode; the physics of a row that is not reset stays as it is. */
  start(n: number, episode: number, isReset: boolean): void {
    const rng = this.rngs[n].seek(episode * EPISODE_STEPS * this.blocks)
    const at = n * this.size
    const [least, most] = this.delay
    this.kept[at] = least + rng.below(most - least + 1)
    FACTORS.forEach((factor, i) => {
      const [low, high] = rangeOf(this.wrapping[factor] ?? 1)
      if (isReset) this.kept[at + 1 + i] = rng.range(low, high)
    })
    // Nothing waits yet: until the first action arrives, nothing pushes.
    const first = at + 1 + FACTORS.length
    for (let i = first; i < at + this.size; i++) {
      const a = (i - first) % this.low.length
      this.kept[i] = Math.max(this.low[a], Math.min(this.high[a], 0))
    }
  }

  /** Factor `i` of FACTORS on the physics of a row. */
  factor(n: number, i: number): number {
    return this.kept[n * this.size + 1 + i]
  }

  /** Turns the action just given into the one that is executed, in place. */
  disturbAction(n: number, episode: number, step: number, action: Float64Array, at: number): void {
    this.rngs[n].seek((episode * EPISODE_STEPS + step) * this.blocks)
    const A = this.low.length
    this.postpone(n, action, at)
    if (this.actionNoise === undefined) return
    for (let a = 0; a < A; a++) {
      const noisy = action[at + a] + this.actionNoise[a] * this.rngs[n].normal()
      action[at + a] = Math.max(this.low[a], Math.min(this.high[a], noisy))
    }
  }

  /** Puts the action last in the row's queue and takes the one whose time has come. */
  private postpone(n: number, action: Float64Array, at: number): void {
    const A = this.low.length
    const delay = this.kept[n * this.size]
    if (delay === 0) return
    const first = n * this.size + 1 + FACTORS.length
    const last = first + (delay - 1) * A
    for (let a = 0; a < A; a++) {
      const due = this.kept[first + a]
      for (let i = first + a; i < last; i += A) this.kept[i] = this.kept[i + A]
      this.kept[last + a] = action[at + a]
      action[at + a] = due
    }
  }

  /** Adds noise to an observation, in place. To be called once a step, after `disturbAction`, or after `start`. */
  disturbObs(n: number, obs: Float64Array, at: number): void {
    const { obsNoise } = this
    if (obsNoise === undefined) return
    for (let i = 0; i < obsNoise.length; i++) obs[at + i] += obsNoise[i] * this.rngs[n].normal()
  }

  save(n: number, out: Float64Array, at: number): void {
    copy(this.kept, n * this.size, out, at, this.size)
  }

  load(n: number, state: Float64Array, at: number): void {
    copy(state, at, this.kept, n * this.size, this.size)
  }
}
