/**
 * Draws the textures of the pose scene: `node src/build/textures.ts`. The pictures are kept beside their model; whoever
 * changes the drawing runs this and commits what it writes.
 */
import { writeFileSync } from 'node:fs'
import { encodePng } from '../png.ts'

/** 0…1 each. */
type Color = readonly [number, number, number]
/** Colour of a pixel, from its column and row. */
type Paint = (x: number, y: number) => Color
interface Texture {
  readonly width: number
  readonly height: number
  readonly paint: Paint
}

/** Pixels along the edge of one of the sky's six faces. */
const FACE = 128
const TILES = 128
const BODY = 64

export const TEXTURES: Readonly<Record<string, Texture>> = {
  'sky.png': {
    width: 6 * FACE,
    height: FACE,
    paint: (x, y) => {
      const across = (2 * ((x % FACE) + 0.5)) / FACE - 1
      const down = (2 * (y + 0.5)) / FACE - 1
      return sky(...FACES[Math.floor(x / FACE)](across, down))
    },
  },
  'tiles.png': { width: TILES, height: TILES, paint: tile },
  'body.png': { width: BODY, height: BODY, paint: shell },
}

/** World directions of the faces right, left, up, down, front, back as MuJoCo orders and turns them. */
const FACES: readonly ((across: number, down: number) => [number, number, number])[] = [
  (a, d) => [1, a, -d],
  (a, d) => [-1, -a, -d],
  (a, d) => [a, -d, 1],
  (a, d) => [a, d, -1],
  (a, d) => [a, -1, -d],
  (a, d) => [-a, 1, -d],
]

const ZENITH: Color = [0.2, 0.42, 0.74]
const HAZE: Color = [0.82, 0.88, 0.92]
const CLOUD: Color = [0.97, 0.97, 0.98]
const HILLS: Color = [0.36, 0.46, 0.42]
const MEADOW: Color = [0.42, 0.47, 0.3]

/** A summer day: blue overhead, haze and hills at the horizon, clouds that grow smaller towards it, grass below. */
function sky(x: number, y: number, z: number): Color {
  const length = Math.sqrt(x * x + y * y + z * z)
  const up = z / length
  const level = Math.max(1e-6, Math.sqrt(x * x + y * y))
  const [east, north] = [x / level, y / level]
  const ridge = 0.03 + 0.07 * fractal(3 * east + 40, 3 * north + 40, 3)
  if (up < 0) return mix(MEADOW, HAZE, smooth(-0.12, 0, up) * 0.7)
  if (up < ridge) return mix(HAZE, HILLS, 0.45 + 0.4 * fractal(20 * east, 20 * north, 2))
  const blue = mix(ZENITH, HAZE, (1 - up) ** 5)
  const [u, v] = [x / length / (up + 0.2), y / length / (up + 0.2)]
  const cover = smooth(0.47, 0.68, fractal(1.2 * u + 80, 1.2 * v + 80, 5)) * smooth(0.04, 0.12, up)
  const shade = 0.86 + 0.14 * fractal(3 * u + 20, 3 * v + 20, 3)
  return mix(blue, CLOUD.map(c => c * shade) as unknown as Color, cover)
}

/** Half the texture's width in pixels, and what of it is mortar. */
const TILE = TILES / 2
const MORTAR = 2

/** Two by two stone tiles, no two alike, with mortar between them. */
function tile(x: number, y: number): Color {
  const [column, row] = [Math.floor(x / TILE), Math.floor(y / TILE)]
  const edge = Math.min(x % TILE, y % TILE, TILE - 1 - (x % TILE), TILE - 1 - (y % TILE))
  const grain = fractal(x / 16 + 60 * column, y / 16 + 60 * row, 4) - 0.5
  if (edge < MORTAR) return grey(0.42 + 0.1 * grain, [1, 0.98, 0.95])
  const own = 0.08 * (hash(column + 5, row + 9) - 0.5)
  const worn = edge < MORTAR + 2 ? -0.05 : 0
  return grey(0.68 + own + 0.22 * grain + worn, [1, 0.95, 0.87])
}

/** A robot's shell: brushed metal in panels with dark seams and a rivet in each corner. */
function shell(x: number, y: number): Color {
  const [px, py] = [x % (BODY / 2), y % (BODY / 2)]
  const edge = Math.min(px, py)
  if (edge === 0) return [0.24, 0.26, 0.29]
  if (edge === 1) return [0.93, 0.94, 0.96]
  if (Math.abs(px - 5) + Math.abs(py - 5) < 2) return [0.4, 0.43, 0.47]
  const brushed = 0.1 * (fractal(x / 24, y * 1.3, 3) - 0.5)
  return grey(0.74 + brushed, [0.94, 0.98, 1.04])
}

const grey = (value: number, tint: Color): Color => [value * tint[0], value * tint[1], value * tint[2]]

function mix(from: Color, to: Color, share: number): Color {
  const part = Math.min(1, Math.max(0, share))
  return from.map((f, i) => f + (to[i] - f) * part) as unknown as Color
}

/** 0 below `low`, 1 above `high`, without a kink. */
function smooth(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

/** 0…1, the same for the same whole numbers on every machine. */
function hash(x: number, y: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296
}

/** Value noise, 0…1: random numbers on a grid, blended between. */
function noise(x: number, y: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [smooth(0, 1, x - column), smooth(0, 1, y - row)]
  const upper = hash(column, row) * (1 - u) + hash(column + 1, row) * u
  const lower = hash(column, row + 1) * (1 - u) + hash(column + 1, row + 1) * u
  return upper * (1 - v) + lower * v
}

/** Noise of ever finer grids, each half as strong, 0…1. */
function fractal(x: number, y: number, octaves: number): number {
  let [sum, weight, scale] = [0, 0, 1]
  for (let octave = 0; octave < octaves; octave++) {
    sum += noise(x * scale, y * scale) / scale
    weight += 1 / scale
    scale *= 2
  }
  return sum / weight
}

/** A texture as a PNG file. */
export function drawTexture({ width, height, paint }: Texture): Uint8Array {
  const pixels = new Uint8Array(4 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bytes = paint(x, y).map(c => Math.round(255 * Math.min(1, Math.max(0, c))))
      pixels.set([...bytes, 255], 4 * (y * width + x))
    }
  }
  return encodePng(pixels, width, height)
}

/** Where the textures are. */
export const TEXTURE_FOLDER = new URL('../../envs/humanoidPose/', import.meta.url)

if (import.meta.main) {
  for (const [name, texture] of Object.entries(TEXTURES)) {
    writeFileSync(new URL(name, TEXTURE_FOLDER), drawTexture(texture))
  }
}
