/**
 * What every learner promises: it solves a small problem with a known answer, the same seed gives the same bits, a saved
 * learner goes on as if nothing had happened, numbers that go bad are told and do no harm, and another architecture's
 * checkpoint is refused.
 */
import { describe, expect, test } from 'vitest'
import { Rng, STREAM } from '../../src/core/rng.ts'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { type Chosen, createLearner, policySpec } from '../../src/learn/algorithms.ts'
import type { LearnBatch, LocalLearner } from '../../src/learn/learner.ts'
import { NetworkPolicy, randomBlocks } from '../../src/learn/policy.ts'

const [T, N, O, A] = [16, 8, 2, 1]
const executor = wasmExecutor()
const action = { names: ['push'], low: [-2], high: [2], unit: '1' } as const

/** What pays: patience in the first state, then the action −1. */
export const BEST = { later: 1, now: 0.2, secondAction: -1 }

/**
 * Two states. In the first, an action up to 0 ends the episode and pays 0.2; a larger one pays nothing and leads to the
 * second. There 1 − (a + 1)²/4 is paid, and the episode ends. Looking one step ahead gets 0.2; the best is γ·1.
 */
class TwoStates {
  /** 0 or 1, or 2 where the row is to be reset. */
  private readonly states = new Uint8Array(N)

  copy(): TwoStates {
    const other = new TwoStates()
    other.states.set(this.states)
    return other
  }

  /** Plays rollout `sequence` with the learner's policy. */
  play(learner: LocalLearner, sequence: number): LearnBatch {
    const policy = new NetworkPolicy(executor, N)
    policy.load(learner.snapshot)
    const blocks = randomBlocks(learner.snapshot.spec)
    const rngs = Array.from({ length: N }, (_, n) => new Rng(9, STREAM.action, n))
    const batch = {
      T,
      N,
      obs: new Float32Array((T + 1) * N * O),
      action: new Float32Array(T * N * A),
      logProb: new Float32Array(T * N),
      reward: new Float64Array(T * N),
      terminated: new Uint8Array(T * N),
      truncated: new Uint8Array(T * N),
      valid: new Uint8Array(T * N),
    }
    for (let t = 0; t <= T; t++) {
      const obs = batch.obs.subarray(t * N * O, (t + 1) * N * O)
      this.states.forEach((state, n) => {
        obs[n * O] = state === 1 ? 1 : -1
        obs[n * O + 1] = state === 0 ? 1 : -1
      })
      if (t === T) break
      for (const rng of rngs) rng.seek((sequence * T + t) * blocks)
      const rows = (column: Float32Array, width: number) =>
        column.subarray(t * N * width, (t + 1) * N * width)
      policy.sample(Float64Array.from(obs), rngs, rows(batch.action, A), rows(batch.logProb, 1))
      for (let n = 0; n < N; n++) this.step(batch, t * N + n, n)
    }
    return batch
  }

  private step(batch: { -readonly [K in keyof LearnBatch]: LearnBatch[K] }, row: number, n: number): void {
    const state = this.states[n]
    const push = Math.max(-2, Math.min(2, batch.action[row]))
    this.states[n] = state === 0 && push > 0 ? 1 : state === 2 ? 0 : 2
    if (state === 2) return
    batch.valid[row] = 1
    batch.terminated[row] = this.states[n] === 2 ? 1 : 0
    if (state === 1) batch.reward[row] = BEST.later - (push - BEST.secondAction) ** 2 / 4
    else batch.reward[row] = push > 0 ? 0 : BEST.now
  }
}

/** Actions without exploration in the two states. */
function actions(learner: LocalLearner): { first: number; second: number } {
  const policy = new NetworkPolicy(executor, 2)
  policy.load(learner.snapshot)
  const out = new Float32Array(2)
  policy.mean(Float64Array.of(-1, 1, 1, -1), out)
  return { first: out[0], second: out[1] }
}

export interface LearnerCase {
  /** Default: the algorithm's. */
  readonly name?: string
  readonly chosen: Chosen
  /** Iterations of T·N = 128 steps within which the problem is solved. */
  readonly iterations: number
}

export function learnerContract({ chosen, iterations, name = chosen.algorithm }: LearnerCase): void {
  const make = (seed = 1, hidden: readonly number[] = chosen.settings.hidden): Promise<LocalLearner> => {
    const own = { ...chosen, settings: { ...chosen.settings, hidden } } as Chosen
    const spec = policySpec(own, O, { action })
    return createLearner(executor, own, { spec, seed, iterations, shape: { T, N } })
  }
  /** Lets it play and learn; `world` and the learner move on together. */
  const train = async (learner: LocalLearner, world: TwoStates, from: number, to: number) => {
    const figures = []
    for (let i = from; i < to; i++) figures.push(await learner.update(world.play(learner, i)))
    return figures
  }

  describe(name, () => {
    test('gives up what pays now for what pays more later, and acts best then', async () => {
      const learner = await make()
      await train(learner, new TwoStates(), 0, iterations)
      const { first, second } = actions(learner)
      expect(first).toBeGreaterThan(0)
      expect(Math.abs(second - BEST.secondAction)).toBeLessThan(0.3)
    })

    test('the same seed gives the same bits, another seed others', async () => {
      const [a, b, c] = [await make(3), await make(3), await make(4)]
      const figures = await Promise.all([a, b, c].map(learner => train(learner, new TwoStates(), 0, 4)))
      expect(figures[1]).toEqual(figures[0])
      expect(b.save()).toEqual(a.save())
      expect(b.snapshot).toEqual(a.snapshot)
      expect(c.snapshot.params).not.toEqual(a.snapshot.params)
    })

    test('saved and loaded, it goes on as if nothing had happened', async () => {
      const whole = await make()
      const world = new TwoStates()
      await train(whole, world, 0, 4)
      const again = await make(1)
      again.load(whole.save())
      expect(again.snapshot).toEqual(whole.snapshot)
      const copy = world.copy()
      expect(await train(again, copy, 4, 8)).toEqual(await train(whole, world, 4, 8))
      expect(again.save()).toEqual(whole.save())
    })

    test('numbers that are not finite end the update, say where, and leave the policy as it was', async () => {
      const learner = await make()
      const world = new TwoStates()
      await train(learner, world, 0, 4)
      const { snapshot } = learner
      const batch = world.play(learner, 4)
      batch.reward.forEach((_, row) => {
        batch.reward[row] = Number.POSITIVE_INFINITY
      })
      const error = await learner.update(batch).catch(each => each)
      expect(error).toMatchObject({ code: 'diverged' })
      expect(error.message).toMatch(/first bad tensor is (reward|advantage)\b/)
      expect(learner.snapshot).toBe(snapshot)
      for (const [saved, tensor] of Object.entries(learner.save())) {
        if (!saved.startsWith('replay/')) expect(tensor.every(Number.isFinite), saved).toBe(true)
      }
    })

    test('a checkpoint of other widths is refused with both sizes', async () => {
      const learner = await make()
      const other = await make(1, [5])
      expect(() => learner.load(other.save())).toThrow(
        expect.objectContaining({
          code: 'bad-run',
          message: expect.stringMatching(/\[\d+\].*needs \[\d+\]/),
        }),
      )
    })
  })
}
