/** Pictures with what is true of them: rendered from states of all environments, in varied looks, from varied places. */
import { envById } from '../../envs/index.ts'
import type { EnvDefinition, VectorEnv } from '../core/env.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { type CameraSpec, POSE_WIDTH, type SceneSpec } from '../core/scene.ts'
import { layoutOf } from '../core/spec.ts'
import { motion, postures } from './humanoidStates.ts'
import { glance, Wardrobe } from './looks.ts'
import type { Row, Scene, Statement } from './statement.ts'
import { lasting, mixed, type Sampler, samplerOf } from './states.ts'

/** Rows of an environment that play together. */
const ROWS = 8
/** Looks beyond an environment's own. */
const LOOKS = 5
/** What stands for a degree that an environment does not tell; others are 0…254 of 254. */
export const UNTOLD = 255

/** Pictures [count, 3, size, size] of one scene, one byte a number, and the degrees of its statements [count, statements]. */
export interface Frames {
  readonly scene: Scene
  readonly count: number
  readonly size: number
  readonly pixels: Uint8Array
  readonly degrees: Uint8Array
  /** [count, R] what was asked for of the environment's signals. */
  readonly signals: Float32Array
}

export interface FrameOptions {
  readonly seed: number
  /** Pixels of a side. */
  readonly size: number
  /** Only the environment's own look, from its first camera. */
  readonly plain?: boolean
  /** Where states come from, if not from what training uses. */
  readonly sampler?: Sampler
  /** Names of signals to keep: single numbers. */
  readonly keep?: readonly string[]
}

/** `count` pictures of one environment, which need not be among the scene's own. */
export async function framesOf(
  scene: Scene,
  envId: string,
  count: number,
  { seed, size, plain = false, sampler: given, keep = [] }: FrameOptions,
): Promise<Frames> {
  const rng = new Rng(seed, STREAM.data, hash(envId))
  const { definition, sampler: usual, scenes } = await stage(envId)
  const sampler = given ?? usual
  using env = await definition.make(ROWS)
  env.reset(rng.bits())
  const wardrobe = new Wardrobe([env.scene, ...scenes], plain ? 0 : LOOKS, size, rng)
  const S = scene.statements.length
  const frames = {
    scene,
    count,
    size,
    pixels: new Uint8Array(count * 3 * size * size),
    degrees: new Uint8Array(count * S),
    signals: new Float32Array(count * keep.length),
  }
  const rows = rowsOf(env)
  const poses = new Float32Array(env.scene.bodies.length * POSE_WIDTH)
  for (let n = 0; n < count; ) {
    sampler(env, rng)
    for (let row = 0; row < env.size && n < count; row++, n++) {
      env.bodyPoses(row, poses)
      const camera = plain ? env.scene.cameras[0] : cameraOf(env, rng)
      const renderer = plain ? wardrobe.own : wardrobe.take(rng)
      const view = plain ? camera.name : glance(camera, poses, rng)
      planar(renderer.render(poses, view), frames.pixels, n * 3 * size * size)
      scene.statements.forEach((statement, s) => {
        frames.degrees[n * S + s] = byteOf(degreeOf(statement, envId, rows[row]))
      })
      keep.forEach((name, k) => {
        frames.signals[n * keep.length + k] = rows[row][name][0]
      })
    }
  }
  return frames
}

/** How far a statement is true of a row of an environment, 0…1. */
export function degreeOf({ only, degree }: Statement, envId: string, row: Row): number {
  return only === undefined || only.includes(envId) ? degree(row) : 0
}

const byteOf = (degree: number): number =>
  Number.isNaN(degree) ? UNTOLD : Math.round(254 * Math.min(1, Math.max(0, degree)))

/** Where states of an environment come from. */
export const usualSampler = (definition: EnvDefinition): Sampler =>
  definition.spec.id === 'humanoid-pose' ? mixed(0.6, postures, motion()) : samplerOf(definition)

/** Where the pictures of an environment come from, and what else its bodies are seen in. */
async function stage(
  envId: string,
): Promise<{ definition: EnvDefinition; sampler: Sampler; scenes: readonly SceneSpec[] }> {
  const definition = lasting(envById(envId))
  const sampler = usualSampler(definition)
  if (envId === 'humanoid-pose') {
    // The same body in the scenes of other environments.
    const others = [
      definition.configure({ textured: false }),
      envById('humanoid'),
      envById('humanoid-standup'),
    ]
    const scenes = await Promise.all(others.map(sceneOf))
    return { definition, sampler, scenes }
  }
  if (!('textured' in definition.options)) return { definition, sampler, scenes: [] }
  const textured = definition.configure({ ...definition.spec.options, textured: true })
  return { definition: textured, sampler, scenes: [await sceneOf(definition)] }
}

async function sceneOf(definition: EnvDefinition): Promise<SceneSpec> {
  using env = await definition.make(1)
  return env.scene
}

/** Views of the signals of every row, by name. */
export function rowsOf(env: VectorEnv): readonly Row[] {
  const { width, slots } = layoutOf(env.spec.signals)
  return Array.from({ length: env.size }, (_, row) =>
    Object.fromEntries(
      Object.entries(slots).map(([name, slot]) => {
        const at = row * width + slot.offset
        return [name, env.signals.subarray(at, at + slot.width)]
      }),
    ),
  )
}

/** The first camera is the one that rewards use; sideways ones, which they use beside it, show what it hides. Ones from above are left out. */
function cameraOf({ scene: { cameras } }: VectorEnv, rng: Rng): CameraSpec {
  const sideways = cameras.filter(({ name }) => name !== 'above' && name !== 'wide')
  const list = sideways.length > 0 ? sideways : cameras
  return rng.uniform() < 0.6 ? list[0] : list[rng.below(list.length)]
}

/** RGBA [size, size, 4] → colours one after the other, at `at`. */
export function planar(rgba: Uint8Array, out: Uint8Array, at: number): void {
  const count = rgba.length / 4
  for (let c = 0; c < 3; c++)
    for (let i = 0, from = c, to = at + c * count; i < count; i++, from += 4) out[to + i] = rgba[from]
}

/** FNV-1a: one number of an id. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}
