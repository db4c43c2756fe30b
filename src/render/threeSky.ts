/** A sky that changes with height only, as a ball around the camera. */
import { DataTexture, LinearFilter, Mesh, SphereGeometry } from 'three'
import type { Triple } from '../core/scene.ts'
import type { Shading } from './threeMaterials.ts'

/** `colors` from straight down to straight up, sRGB, at even steps of the sine of the elevation. */
export function skyDome(colors: readonly Triple[], shading: Shading): Mesh {
  const bytes = Uint8Array.from(colors.flatMap(color => [...color.map(c => Math.round(255 * c)), 255]))
  const table = new DataTexture(bytes, colors.length, 1)
  table.minFilter = LinearFilter
  table.magFilter = LinearFilter
  table.needsUpdate = true
  const material = shading.sky(table, colors.length)
  const dome = new Mesh(new SphereGeometry(1, 32, 16), material)
  dome.name = 'sky'
  dome.frustumCulled = false
  // Before everything else.
  dome.renderOrder = -1
  material.addEventListener('dispose', () => table.dispose())
  return dome
}
