/** The renderers that draw what models look at, by name. */
import type { SceneSpec } from '../core/scene.ts'
import { DawnRenderer } from './dawnRenderer.ts'
import type { RenderOptions } from './renderOptions.ts'
import { SoftRenderer } from './softRenderer.ts'

/**
 * 'soft' is the ray caster, which gives the same bytes on every machine; 'gpu' a graphics card; 'software' the same on a
 * device in software, for tests.
 */
export type RendererName = 'soft' | 'gpu' | 'software'

export interface Drawing extends AsyncDisposable {
  /**
   * Draws a picture of `poses` [bodies, 7], taken at once, through the camera of that name into `out`, RGBA. Resolves when
   * it is there; more may be asked for before.
   */
  into(out: Uint8Array, poses: Float32Array, camera: string): Promise<void>
}

/** Throws CarrotError 'unsupported' where a package or a graphics card is missing. */
export async function openDrawing(
  name: RendererName,
  scene: SceneSpec,
  options: RenderOptions,
): Promise<Drawing> {
  if (name === 'soft') {
    const soft = new SoftRenderer(scene, options)
    return {
      into: async (out, poses, camera) => out.set(soft.render(poses, camera)),
      [Symbol.asyncDispose]: async () => {},
    }
  }
  const dawn = await DawnRenderer.open(scene, { ...options, software: name === 'software' })
  return {
    into: async (out, poses, camera) => out.set(await dawn.render(poses, camera)),
    [Symbol.asyncDispose]: () => dawn[Symbol.asyncDispose](),
  }
}
