/** Colours of a compiled model: materials and their textures, and the sky. */
import { toBase64 } from '../core/base64.ts'
import type { GeomSpec, Quadruple, TextureSpec, TextureUse, Triple } from '../core/scene.ts'
import type { MjModel } from './mujoco.ts'

/** Roles of a material's textures are numbered; this is the colour's (mjTEXROLE_RGB). */
const RGB_ROLE = 1
const ROLES = 10
/** mjtTexture */
const FLAT = 0
const SKYBOX = 2
/** Pixels along the side of a texture, of a flat one and of a cube's face: larger ones are made smaller, since scenes are stored and sent. */
const MOST_FLAT = 256
const MOST_CUBE = 128
/** What a geom has that was given no colour; then its material's counts. */
const UNSET: Quadruple = [0.5, 0.5, 0.5, 1]

type Look = Pick<GeomSpec, 'rgba' | 'checker' | 'squares' | 'texture' | 'specular' | 'shininess' | 'emission'>

export class Materials {
  readonly textures: TextureSpec[] = []
  private readonly model: MjModel
  private readonly known = new Map<number, number>()

  constructor(model: MjModel) {
    this.model = model
  }

  /** `size` of the geom; `wrapped`: its mesh says how textures lie on it. */
  look(material: number, own: Quadruple, size: Triple, wrapped: boolean): Look {
    if (material < 0) return { rgba: own }
    const { model } = this
    const unset = own.every((value, k) => Math.abs(value - UNSET[k]) < 1e-6)
    const rgba = unset ? (row(model.mat_rgba, material, 4) as unknown as Quadruple) : own
    const look = {
      rgba,
      specular: model.mat_specular[material],
      shininess: model.mat_shininess[material],
      emission: model.mat_emission[material],
    }
    const texture: number = model.mat_texid[material * ROLES + RGB_ROLE]
    if (texture < 0) return look
    const image = imageOf(model, texture)
    const scale = this.scale(material, image.faces === 1, size)
    const colors = image.faces === 1 && !wrapped ? checkerOf(image) : undefined
    if (colors === undefined) return { ...look, texture: { texture: this.texture(texture, image), scale } }
    const [first, second] = colors.map(
      color => [...color.map((value, k) => value * rgba[k]), rgba[3]] as unknown as Quadruple,
    )
    return { ...look, rgba: first, checker: second, squares: [0.5 / scale[0], 0.5 / scale[1]] }
  }

  /** As MuJoCo's renderer takes `texrepeat` and `texuniform` (render_gl3.c, settexture). */
  private scale(material: number, isFlat: boolean, size: Triple): TextureUse['scale'] {
    const { model } = this
    const uniform = model.mat_texuniform[material] !== 0
    const per = (k: number): number => (uniform || size[k] <= 0 ? 1 : 1 / size[k])
    if (!isFlat) return [per(0), per(1), per(2)]
    const [x, y] = row(model.mat_texrepeat, material, 2)
    return [0.5 * x * per(0), 0.5 * y * per(1), 1]
  }

  private texture(id: number, image: Image): number {
    const known = this.known.get(id)
    if (known !== undefined) return known
    const { width, height, faces, rgb } = fitted(image)
    const kind = faces === 1 ? 'flat' : 'cube'
    this.textures.push({ kind, width, height, pixels: toBase64(rgb) })
    this.known.set(id, this.textures.length - 1)
    return this.textures.length - 1
  }
}

const row = (array: ArrayLike<number>, i: number, width: number): number[] =>
  Array.from({ length: width }, (_, k) => array[width * i + k])

interface Image {
  readonly width: number
  /** Of one face. */
  readonly height: number
  /** 1, or 6 of a cube. */
  readonly faces: number
  /** [faces, height, width, 3] */
  readonly rgb: Uint8Array
}

function imageOf(model: MjModel, texture: number): Image {
  const width: number = model.tex_width[texture]
  const rows: number = model.tex_height[texture]
  const channels: number = model.tex_nchannel[texture]
  const first = Number(model.tex_adr[texture])
  const bytes = model.tex_data
  const rgb = new Uint8Array(3 * width * rows)
  for (let i = 0; i < width * rows; i++) {
    // One channel is grey.
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = bytes[first + i * channels + (channels < 3 ? 0 : c)]
  }
  if (model.tex_type[texture] === FLAT) return { width, height: rows, faces: 1, rgb }
  if (rows > width) return { width, height: rows / 6, faces: 6, rgb }
  // One square, for all six faces.
  const repeated = new Uint8Array(6 * rgb.length)
  for (let face = 0; face < 6; face++) repeated.set(rgb, face * rgb.length)
  return { width, height: rows, faces: 6, rgb: repeated }
}

/** Colours of a texture of two by two even squares, the first and the other, 0…1; undefined for any other texture. */
function checkerOf({ width, height, rgb }: Image): [number[], number[]] | undefined {
  if (width % 2 !== 0 || height % 2 !== 0) return undefined
  const first = rgb.subarray(0, 3)
  const second = rgb.subarray((3 * width) / 2, (3 * width) / 2 + 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const expected = x < width / 2 === y < height / 2 ? first : second
      for (let c = 0; c < 3; c++) if (rgb[3 * (y * width + x) + c] !== expected[c]) return undefined
    }
  }
  return [Array.from(first, byte => byte / 255), Array.from(second, byte => byte / 255)]
}

/** Made smaller by means of blocks of pixels, until it is no larger than scenes may hold. */
function fitted(image: Image): Image {
  const most = image.faces === 1 ? MOST_FLAT : MOST_CUBE
  const block = Math.ceil(Math.max(image.width, image.height) / most)
  if (block === 1) return image
  const width = Math.ceil(image.width / block)
  const height = Math.ceil(image.height / block)
  const rgb = new Uint8Array(3 * image.faces * width * height)
  for (let face = 0; face < image.faces; face++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        rgb.set(meanOf(image, face, x * block, y * block, block), 3 * ((face * height + y) * width + x))
    }
  }
  return { width, height, faces: image.faces, rgb }
}

function meanOf({ width, height, rgb }: Image, face: number, left: number, top: number, block: number) {
  const sum = [0, 0, 0]
  const right = Math.min(width, left + block)
  const bottom = Math.min(height, top + block)
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++)
      for (let c = 0; c < 3; c++) sum[c] += rgb[3 * ((face * height + y) * width + x) + c]
  }
  return sum.map(value => Math.round(value / ((right - left) * (bottom - top))))
}

/** Colours of the sky, from straight down to straight up. */
const SKY_STEPS = 32
/** Directions around, over which a sky is averaged: none of ours is more than a gradient. */
const AROUND = 16

/** The model's skybox as a gradient; undefined when it has none. */
export function skyColors(model: MjModel): Triple[] | undefined {
  const texture = Array.from({ length: model.ntex }, (_, i) => i).find(i => model.tex_type[i] === SKYBOX)
  if (texture === undefined) return undefined
  const image = imageOf(model, texture)
  return Array.from({ length: SKY_STEPS + 1 }, (_, i) => {
    const z = (2 * i) / SKY_STEPS - 1
    const across = Math.sqrt(1 - z * z)
    const sum = [0, 0, 0]
    for (let k = 0; k < AROUND; k++) {
      const angle = (2 * Math.PI * (k + 0.5)) / AROUND
      // MuJoCo turns the box so that its y is up.
      const color = cubeColor(image, [across * Math.cos(angle), z, -across * Math.sin(angle)])
      for (let c = 0; c < 3; c++) sum[c] += color[c] / 255 / AROUND
    }
    return sum as unknown as Triple
  })
}

/** What lies in a direction: faces +x -x +y -y +z -z, turned as in OpenGL. */
function cubeColor({ width, height, rgb }: Image, [x, y, z]: Triple): Uint8Array {
  const [ax, ay, az] = [Math.abs(x), Math.abs(y), Math.abs(z)]
  let place: [face: number, s: number, t: number, depth: number]
  if (ax >= ay && ax >= az) place = x > 0 ? [0, -z, -y, ax] : [1, z, -y, ax]
  else if (ay >= az) place = y > 0 ? [2, x, z, ay] : [3, x, -z, ay]
  else place = z > 0 ? [4, x, -y, az] : [5, -x, -y, az]
  const [face, s, t, depth] = place
  const column = Math.min(width - 1, Math.floor(((s / depth + 1) / 2) * width))
  const line = Math.min(height - 1, Math.floor(((t / depth + 1) / 2) * height))
  const at = 3 * ((face * height + line) * width + column)
  return rgb.subarray(at, at + 3)
}
