/** A seeded set of states to judge a reward on: play at random and by an expert, and what lies around keyframes. */
import type { EnvDefinition, VectorEnv } from '../core/env.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { type Layout, layoutOf } from '../core/spec.ts'
import { simpleActor } from '../solve.ts'

export interface StateSet {
  readonly scene: SceneSpec
  readonly count: number
  /** [count, bodies, 7] */
  readonly poses: Float32Array
  /** [count] of a signal of one number. */
  signal(name: string): Float64Array
}

const ROWS = 8
/** Control steps between two states of play: near ones look alike. */
const STRIDE = 5
/** Shares of the set; what a missing expert leaves goes to random play. */
const EXPERT = 0.25
const KEYFRAMES = 0.5
/** Noise around keyframes, rad or m, drawn anew for every state. */
const SPREADS = [0.01, 0.05, 0.15]
/** Part of the expert's actions that noise takes the place of. */
const NOISES = [0, 0.3, 0.7]

/** Equal arguments give equal sets. */
export async function stateSet(definition: EnvDefinition, count: number, seed: number): Promise<StateSet> {
  using env = await definition.make(ROWS)
  const set = new Collected(env, count)
  const rng = new Rng(seed, STREAM.data)
  const ofKeyframes = env.keyframes.length === 0 ? 0 : Math.floor(KEYFRAMES * count)
  const ofExpert = definition.expert === undefined ? 0 : Math.floor(EXPERT * count)
  around(env, set, ofKeyframes, rng)
  play(definition, env, set, ofExpert, 'expert', seed, rng)
  play(definition, env, set, count - ofKeyframes - ofExpert, 'random', seed + 1, rng)
  return set
}

class Collected implements StateSet {
  readonly scene: SceneSpec
  readonly count: number
  readonly poses: Float32Array
  private readonly signals: Float64Array
  private readonly size: number
  private readonly layout: Layout
  taken = 0

  constructor(env: VectorEnv, count: number) {
    this.scene = env.scene
    this.count = count
    this.size = env.scene.bodies.length * POSE_WIDTH
    this.layout = layoutOf(env.spec.signals)
    this.poses = new Float32Array(count * this.size)
    this.signals = new Float64Array(count * this.layout.width)
  }

  take(env: VectorEnv, row: number): void {
    const { taken, size, layout } = this
    const { width } = layout
    env.bodyPoses(row, this.poses.subarray(taken * size, (taken + 1) * size))
    this.signals.set(env.signals.subarray(row * width, (row + 1) * width), taken * width)
    this.taken++
  }

  signal(name: string): Float64Array {
    const { width, slots } = this.layout
    const { offset } = slots[name]
    return Float64Array.from({ length: this.count }, (_, i) => this.signals[i * width + offset])
  }
}

/** Keyframes in turn, with noise on what moves beyond the place in the world. */
function around(env: VectorEnv, set: Collected, count: number, rng: Rng): void {
  for (let i = 0; i < count; i++) {
    const { qpos, qvel } = env.keyframes[i % env.keyframes.length]
    const spread = SPREADS[rng.below(SPREADS.length)]
    // A free body's height and attitude decide whether it touches the ground: they stay.
    const first = qpos.length > FREE ? FREE : 0
    env.setPose(
      0,
      qpos.map((q, at) => (at < first ? q : q + spread * rng.normal())),
      qvel,
    )
    set.take(env, 0)
  }
}

/** Numbers of a free joint. */
const FREE = 7

/** Episodes of each row, a state every few steps. */
function play(
  definition: EnvDefinition,
  env: VectorEnv,
  set: Collected,
  count: number,
  policy: 'expert' | 'random',
  seed: number,
  rng: Rng,
): void {
  if (count <= 0) return
  const { low, high } = env.spec.action
  const A = low.length
  const act = simpleActor(definition, env, policy, seed)
  const actions = new Float64Array(ROWS * A)
  const until = set.taken + count
  env.reset(seed)
  for (let step = 0; set.taken < until; step++) {
    for (let row = 0; row < ROWS; row++) {
      const action = actions.subarray(row * A, (row + 1) * A)
      act(row, action)
      const noise = policy === 'random' ? 0 : NOISES[row % NOISES.length]
      for (let i = 0; noise > 0 && i < A; i++) {
        action[i] = (1 - noise) * action[i] + noise * rng.range(low[i], high[i])
      }
      if (step % STRIDE === 0 && env.restarted[row] === 0 && set.taken < until) set.take(env, row)
    }
    env.step(actions)
  }
}
