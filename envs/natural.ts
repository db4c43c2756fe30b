/**
 * Textures that look like something in the world, for vision models, which know photographs and not diagrams
 * (Rocamonde et al., ICLR 2024, find that they judge such pictures better). Drawn from noise: nothing is downloaded.
 */
import { toBase64 } from '../src/core/base64.ts'
import { Rng } from '../src/core/rng.ts'
import type { GeomSpec, TextureSpec, Triple } from '../src/core/scene.ts'

/** Pixels along an edge. */
const SIZE = 64

export interface Material {
  /** sRGB, 0…1: in the hollows, and on the bumps. */
  readonly dark: Triple
  readonly light: Triple
  /** Bumps along x and along y of the coarsest noise: powers of two. Grain has many more one way. */
  readonly bumps: readonly [number, number]
}

export const GRASS: Material = { dark: [0.2, 0.33, 0.12], light: [0.5, 0.62, 0.27], bumps: [8, 8] }
export const EARTH: Material = { dark: [0.3, 0.23, 0.16], light: [0.62, 0.52, 0.4], bumps: [4, 8] }
export const ASPHALT: Material = { dark: [0.25, 0.25, 0.27], light: [0.42, 0.42, 0.44], bumps: [16, 16] }
export const WOOD: Material = { dark: [0.42, 0.25, 0.12], light: [0.76, 0.54, 0.32], bumps: [2, 16] }
export const STEEL: Material = { dark: [0.4, 0.43, 0.47], light: [0.66, 0.69, 0.73], bumps: [16, 2] }

/** Blue above, haze at the horizon, meadows below. */
export const DAY_SKY: readonly Triple[] = [
  [0.36, 0.45, 0.26],
  [0.46, 0.53, 0.36],
  [0.8, 0.87, 0.92],
  [0.47, 0.66, 0.87],
  [0.25, 0.47, 0.78],
]

/** Goes on at its edges. `seed` says which of many alike. */
export function textureOf({ dark, light, bumps }: Material, seed: number): TextureSpec {
  const octaves = [0.55, 0.3, 0.15].map((weight, i) => ({
    weight,
    at: lattice(Math.min(SIZE, bumps[0] << i), Math.min(SIZE, bumps[1] << i), new Rng(seed, 0, i)),
  }))
  const pixels = new Uint8Array(3 * SIZE * SIZE)
  for (let y = 0, p = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const height = octaves.reduce((sum, { weight, at }) => sum + weight * at(x / SIZE, y / SIZE), 0)
      for (let c = 0; c < 3; c++) pixels[p++] = Math.round(255 * (dark[c] + height * (light[c] - dark[c])))
    }
  }
  return { kind: 'flat', width: SIZE, height: SIZE, pixels: toBase64(pixels) }
}

/** Smooth noise, 0…1, over the unit square. */
function lattice(columns: number, rows: number, rng: Rng): (u: number, v: number) => number {
  const values = Float64Array.from({ length: columns * rows }, () => rng.uniform())
  const at = (i: number, j: number) => values[(j % rows) * columns + (i % columns)]
  return (u, v) => {
    const x = u * columns
    const y = v * rows
    const i = Math.floor(x)
    const j = Math.floor(y)
    const a = ease(x - i)
    const b = ease(y - j)
    const low = at(i, j) + a * (at(i + 1, j) - at(i, j))
    const high = at(i, j + 1) + a * (at(i + 1, j + 1) - at(i, j + 1))
    return low + b * (high - low)
  }
}

const ease = (t: number): number => t * t * (3 - 2 * t)

/** A shape covered with the scene's texture of this number, `repeats` times a metre. */
export const covered = ({ checker: _, ...geom }: GeomSpec, texture: number, repeats: number): GeomSpec => ({
  ...geom,
  rgba: [1, 1, 1, 1],
  texture: { texture, scale: [repeats, repeats, 1] },
})
