/**
 * Postures of the humanoid, broadly: near its keyframes, between any two of them, at random joint angles, each put on
 * the floor; and what falls, motors and random play make of those.
 */
import { follow, hold, PLANS } from '../../envs/humanoidPose/expert.ts'
import type { Expert, VectorEnv } from '../core/env.ts'
import { clamp } from '../core/math.ts'
import type { Rng } from '../core/rng.ts'
import { POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { expertActor } from '../solve.ts'
import { type Sampler, turnAnyWay } from './states.ts'

export const FREE = 7
export const HINGES = 17
/** Index of the first arm joint among the hinges. */
const ARMS = 11
/** deg, of the model's joints in their order. */
const RANGES = [
  [-45, 45],
  [-75, 30],
  [-35, 35],
  ...[0, 1].flatMap(() => [
    [-25, 5],
    [-60, 35],
    [-110, 20],
    [-160, -2],
  ]),
  [-85, 60],
  [-85, 60],
  [-90, 50],
  [-60, 85],
  [-60, 85],
  [-90, 50],
].map(([low, high]) => [(low * Math.PI) / 180, (high * Math.PI) / 180])

/** Every row in a posture of its own. */
export const postures: Sampler = (env, rng) => {
  for (let row = 0; row < env.size; row++) pose(env, row, rng)
}

function pose(env: VectorEnv, row: number, rng: Rng): void {
  const { keyframes } = env
  // Goals come first among the keyframes, after the start; they are what is seldom met otherwise.
  const any = (): readonly number[] =>
    keyframes[rng.uniform() < 0.7 ? 1 + rng.below(8) : rng.below(keyframes.length)].qpos
  const qpos = Float64Array.from(any())
  const kind = rng.uniform()
  if (kind < 0.45) between(qpos, any(), any(), rng)
  if (kind > 0.85)
    for (let i = 0; i < HINGES; i++) {
      const [low, high] = RANGES[i]
      if (rng.uniform() < 0.7) qpos[FREE + i] = rng.range(low, high)
    }
  const spread = [0.02, 0.04, 0.1, 0.25][rng.below(4)]
  for (let i = FREE; i < FREE + HINGES; i++) qpos[i] += spread * rng.normal()
  lean(qpos, rng)
  withinRanges(qpos)
  qpos[0] += 0.15 * rng.normal()
  qpos[1] += 0.15 * rng.normal()
  put(env, row, qpos, rng.uniform() < 0.2 ? rng.range(0, 0.4) : rng.range(-0.005, 0.02))
}

/** Joints give a little at their limits. */
export function withinRanges(qpos: Float64Array): void {
  for (let i = 0; i < HINGES; i++) {
    const [low, high] = RANGES[i]
    qpos[FREE + i] = clamp(qpos[FREE + i], low - 0.05, high + 0.05)
  }
}

/** At rest, with its lowest point `above` the floor, m. */
export function put(env: VectorEnv, row: number, qpos: Float64Array, above: number): void {
  const still = new Float64Array(env.getPose(row).qvel.length)
  env.setPose(row, qpos, still)
  qpos[2] += above - lowestPoint(env, row)
  env.setPose(row, qpos, still)
}

/** Trunk and legs between two postures, and the arms of a third somewhere between theirs. */
function between(qpos: Float64Array, other: readonly number[], third: readonly number[], rng: Rng): void {
  const part = rng.uniform() ** 2
  for (let i = 0; i < FREE + ARMS; i++) qpos[i] += part * (other[i] - qpos[i])
  const arms = rng.uniform() < 0.5 ? part : rng.uniform()
  const from = rng.uniform() < 0.5 ? other : third
  for (let i = FREE + ARMS; i < FREE + HINGES; i++) qpos[i] += arms * (from[i] - qpos[i])
}

/** Tilts the torso: hardly, well off balance, or any way at all; and turns it about the vertical. */
function lean(qpos: Float64Array, rng: Rng): void {
  const kind = rng.uniform()
  if (kind > 0.88) {
    turnAnyWay(qpos, rng)
    return
  }
  const tilt = kind < 0.72 ? 0.03 : 0.5
  turn(qpos, [
    tilt * rng.normal(),
    tilt * rng.normal(),
    rng.uniform() < 0.7 ? 0.1 * rng.normal() : 0.6 * rng.normal(),
  ])
}

/** Turns the torso by a rotation vector, rad. */
export function turn(qpos: Float64Array, [x, y, z]: readonly [number, number, number]): void {
  const angle = Math.hypot(x, y, z)
  const s = angle < 1e-9 ? 0 : Math.sin(angle / 2) / angle
  const [w, i, j, k] = [Math.cos(angle / 2), s * x, s * y, s * z]
  const [a, b, c, d] = qpos.slice(3, 7)
  const q = [
    w * a - i * b - j * c - k * d,
    w * b + i * a + j * d - k * c,
    w * c - i * d + j * a + k * b,
    w * d + i * c - j * b + k * a,
  ]
  const length = Math.hypot(...q)
  for (let n = 0; n < 4; n++) qpos[3 + n] = q[n] / length
}

/** The goals as they are held: their keyframes with little noise, leaning and turned a little, on the floor. */
export const nearGoals: Sampler = (env, rng) => {
  const { keyframes } = env
  for (let row = 0; row < env.size; row++) {
    const qpos = Float64Array.from(keyframes[1 + rng.below(8)].qpos)
    const spread = [0.01, 0.05, 0.1][rng.below(3)]
    for (let i = FREE; i < FREE + HINGES; i++) qpos[i] += spread * rng.normal()
    qpos[0] += 0.1 * rng.normal()
    qpos[1] += 0.1 * rng.normal()
    turn(qpos, [0.03 * rng.normal(), 0.03 * rng.normal(), 0.15 * rng.normal()])
    put(env, row, qpos, rng.range(-0.005, 0.015))
  }
}

const poses = new Map<SceneSpec, Float32Array>()
/** Height of the lowest point of the body's capsules and spheres, m. */
export function lowestPoint(env: VectorEnv, row: number): number {
  const { scene } = env
  const at = poses.get(scene) ?? new Float32Array(scene.bodies.length * POSE_WIDTH)
  poses.set(scene, at)
  env.bodyPoses(row, at)
  let lowest = Infinity
  for (const { type, body, position, quaternion, size } of scene.geoms) {
    if (type === 'plane') continue
    const b = body * POSE_WIDTH
    const [w, x, y, z] = [at[b + 3], at[b + 4], at[b + 5], at[b + 6]]
    // Third row of the body's rotation.
    const up = [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]
    const rise = (v: readonly number[]): number => up[0] * v[0] + up[1] * v[1] + up[2] * v[2]
    const [gw, gx, gy, gz] = quaternion
    const axis = [2 * (gx * gz + gw * gy), 2 * (gy * gz - gw * gx), 1 - 2 * (gx * gx + gy * gy)]
    const half = type === 'capsule' ? size[1] * Math.abs(rise(axis)) : 0
    lowest = Math.min(lowest, at[b + 2] + rise(position) - half - size[0])
  }
  return lowest
}

/** Steps between pictures, at most, and pictures of an episode. */
const STRIDE = 5
const EPISODE = 14

/** What motors that pull towards some posture, hand-written policies and random play make of a posture. */
export function motion(): Sampler {
  let taken = 0
  let actors: ReturnType<typeof expertActor>[] = []
  let noise: Float64Array
  return (env, rng) => {
    const A = env.spec.action.low.length
    if (taken++ % EPISODE === 0) {
      env.reset(rng.bits())
      const plans = Object.values(PLANS).map(plan => follow(plan))
      const { keyframes } = env
      actors = Array.from({ length: env.size }, (_, row) => {
        const kind = rng.uniform()
        if (kind < 0.5) pose(env, row, rng)
        const towards = keyframes[rng.below(keyframes.length)].qpos.slice(FREE)
        const expert: Expert = kind < 0.25 ? plans[rng.below(plans.length)] : hold(towards)
        return expertActor(expert, env)
      })
      noise = Float64Array.from({ length: env.size }, () => [0.02, 0.15, 0.4][rng.below(3)])
    }
    const actions = new Float64Array(env.size * A)
    for (let step = 1 + rng.below(STRIDE); step > 0; step--) {
      actors.forEach((act, row) => {
        const action = actions.subarray(row * A, (row + 1) * A)
        if (noise[row] < 0.3) act(row, action)
        for (let i = 0; i < A; i++) action[i] += noise[row] * rng.normal()
      })
      env.step(actions)
    }
  }
}
