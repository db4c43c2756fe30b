/** Looking at environments in tests. */
import { envById } from '../../envs/index.ts'
import type { VectorEnv } from '../../src/core/env.ts'
import { layoutOf } from '../../src/core/spec.ts'

/** What a row says now. */
export function signal(env: VectorEnv, name: string, row = 0): number[] {
  const { width, slots } = layoutOf(env.spec.signals)
  const { offset, width: count } = slots[name]
  const at = row * width + offset
  return Array.from(env.signals.subarray(at, at + count))
}

/** What the policy of a row sees now; without a name, all of it. */
export function observation(env: VectorEnv, name?: string, row = 0): number[] {
  const { width, slots } = layoutOf(env.spec.obs)
  const { offset, width: count } = name === undefined ? { offset: 0, width } : slots[name]
  const at = row * width + offset
  return Array.from(env.obs.subarray(at, at + count))
}

/** Poses of many starts, from `count` rows. */
export async function starts(id: string, count: number): Promise<{ qpos: number[]; qvel: number[] }> {
  using env = await envById(id).make(count)
  env.reset(1)
  const poses = Array.from({ length: count }, (_, n) => env.getPose(n))
  return {
    qpos: poses.flatMap(pose => [...pose.qpos]),
    qvel: poses.flatMap(pose => [...pose.qvel]),
  }
}

/** Every `width`-th number from `i` on. */
export const every = (values: readonly number[], width: number, i: number): number[] =>
  values.filter((_, at) => at % width === i)
export const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length
export const deviation = (x: readonly number[]): number => Math.sqrt(mean(x.map(v => (v - mean(x)) ** 2)))
/** Of a uniform distribution of half width 1. */
export const UNIFORM = 1 / Math.sqrt(3)
/** To nine decimals, so that sums of decimals read as they are written. */
export const round = (v: number): number => Math.round(v * 1e9) / 1e9
