/** How a scene is dressed and from where it is seen, varied so that neither is what a model goes by. */
import type { Rng } from '../core/rng.ts'
import type { CameraSpec, GeomSpec, Quadruple, SceneSpec, Triple } from '../core/scene.ts'
import { type View, viewOf } from '../render/camera.ts'
import { SoftRenderer } from '../render/softRenderer.ts'

const OWN_LOOK = 0.6

const clamp = (x: number): number => Math.min(1, Math.max(0, x))

/** The scene in other colours, under another sun. What has a texture keeps it, tinted. */
export function restyled(scene: SceneSpec, rng: Rng): SceneSpec {
  const tint = (): Triple => [rng.range(0.55, 1.25), rng.range(0.55, 1.25), rng.range(0.55, 1.25)]
  const [ground, body] = [tint(), tint()]
  const recolour = (geom: GeomSpec): GeomSpec => {
    const by = geom.type === 'plane' ? ground : body
    const changed = ([r, g, b, a]: Quadruple): Quadruple => [
      clamp(r * by[0]),
      clamp(g * by[1]),
      clamp(b * by[2]),
      a,
    ]
    return {
      ...geom,
      rgba: changed(geom.rgba),
      ...(geom.checker !== undefined && { checker: changed(geom.checker) }),
    }
  }
  const hue = tint()
  return {
    ...scene,
    geoms: scene.geoms.map(recolour),
    sun: [rng.range(-1, 1), rng.range(-1, 1), rng.range(-1.6, -0.7)],
    ...(scene.sky !== undefined && {
      sky: scene.sky.map(([r, g, b]): Triple => [clamp(r * hue[0]), clamp(g * hue[1]), clamp(b * hue[2])]),
    }),
  }
}

/** Draws one of several looks of the same bodies. The first is the environment's own, and what rewards are given for. */
export class Wardrobe {
  private readonly renderers: readonly SoftRenderer[]

  constructor(scenes: readonly SceneSpec[], extra: number, size: number, rng: Rng) {
    const more = Array.from({ length: extra }, () => restyled(scenes[rng.below(scenes.length)], rng))
    this.renderers = [...scenes, ...more].map(
      (scene, i) =>
        new SoftRenderer(scene, {
          width: size,
          height: size,
          antialias: i % 4 !== 3,
          shadow: i % 5 !== 4,
        }),
    )
  }

  /** The environment's own look, or any. */
  take(rng: Rng): SoftRenderer {
    return rng.uniform() < OWN_LOOK ? this.renderers[0] : this.renderers[rng.below(this.renderers.length)]
  }

  get own(): SoftRenderer {
    return this.renderers[0]
  }
}

/** A camera as it is, or moved a little, or by much. `poses` [bodies, 7]. */
export function glance(camera: CameraSpec, poses: Float32Array, rng: Rng): View {
  const view = viewOf(camera, poses)
  const kind = rng.uniform()
  if (kind < 0.5) return view
  return moved(view, kind < 0.85 ? 1 : 5, rng)
}

/** Turned about what is looked at, nearer or further, and looking beside it. */
function moved(view: View, strength: number, rng: Rng): View {
  const { position, target, up, fov = Math.PI / 4 } = view
  const [dx, dy, dz] = position.map((p, i) => p - target[i])
  const far = Math.hypot(dx, dy, dz)
  const around = Math.atan2(dy, dx) + strength * rng.range(-0.08, 0.08)
  const above = Math.max(-1.3, Math.min(1.3, Math.asin(dz / far) + strength * rng.range(-0.03, 0.035)))
  const distance = far * (1 + Math.min(strength, 3) * rng.range(-0.04, 0.05))
  const beside = (): number => 0.015 * Math.min(strength, 3) * far * rng.range(-1, 1)
  const at: Triple = [target[0] + beside(), target[1] + beside(), target[2] + beside()]
  // Straight down, there is no way around.
  const steep = Math.abs(dz) > 0.97 * far
  const from: Triple = steep
    ? [position[0] + beside(), position[1] + beside(), position[2] * (distance / far)]
    : [
        at[0] + distance * Math.cos(above) * Math.cos(around),
        at[1] + distance * Math.cos(above) * Math.sin(around),
        at[2] + distance * Math.sin(above),
      ]
  return { position: from, target: at, up, fov: fov * (1 + 0.02 * strength * rng.range(-1, 1)) }
}
