/** What the benchmark of rendering draws: poses of an environment that acts at random, seen by one of its cameras. */
import { envById } from '../envs/index.ts'
import { Rng, STREAM } from '../src/core/rng.ts'
import { POSE_WIDTH, type SceneSpec } from '../src/core/scene.ts'

/** Pixels of each side: what vision models are given. */
export const SIZE = 224
export const POSES = 32

export async function posesOf(id: string): Promise<{ scene: SceneSpec; poses: readonly Float32Array[] }> {
  using env = await envById(id).make(1)
  env.reset(1)
  const { scene } = env
  const rng = new Rng(1, STREAM.reset, 0)
  const poses = Array.from({ length: POSES }, () => {
    env.step(Float64Array.from(env.spec.action.low, (low, i) => rng.range(low, env.spec.action.high[i])))
    const pose = new Float32Array(scene.bodies.length * POSE_WIDTH)
    env.bodyPoses(0, pose)
    return pose
  })
  return { scene, poses }
}
