/** Surfaces of a SceneSpec in three.js: Blinn and Phong's light, and patterns that are computed where they are seen. */
import {
  BackSide,
  Color,
  CubeTexture,
  DataTexture,
  DoubleSide,
  FrontSide,
  LinearFilter,
  LinearMipmapLinearFilter,
  type Material,
  type MeshPhongMaterialParameters,
  RepeatWrapping,
  SRGBColorSpace,
  type Texture,
  Vector3,
} from 'three'
import { fromBase64 } from '../core/base64.ts'
import type { GeomSpec, TextureSpec } from '../core/scene.ts'
import { glossOf } from './look.ts'

/** How far apart the finest texels are taken along and across a slanted surface. */
const ANISOTROPY = 8

/** What a surface shows at `place`: the point in the geom's own frame plus `shift`, times `scale`. */
export type Pattern = {
  /** Of a floor, see Floor; what it holds changes. */
  readonly shift: Vector3
  readonly scale: Vector3
} & (
  | { readonly kind: 'checker'; readonly second: Color }
  | { readonly kind: 'image'; readonly image: Texture }
  | { readonly kind: 'cube'; readonly image: CubeTexture }
)

/** What each of three's renderers wants said in a language of its own: WebGL's (threeGlsl.ts), WebGPU's (threeNodes.ts). */
export interface Shading {
  surface(look: MeshPhongMaterialParameters, pattern: Pattern | undefined): Material
  /** Of a ball around the eye, seen from inside. `table` [count, 1] is as displayed, from straight down to straight up. */
  sky(table: Texture, count: number): Material
}

/** `wrapped`: the geometry says how textures lie on it. `shift`: of a floor's pattern, see Floor. */
export function materialOf(
  geom: GeomSpec,
  textures: readonly Texture[],
  wrapped: boolean,
  shift: Vector3,
  shading: Shading,
): Material {
  const { reflectance, exponent } = glossOf(geom)
  const [r, g, b, alpha] = geom.rgba
  const color = new Color().setRGB(r, g, b, SRGBColorSpace)
  const pattern = patternOf(geom, textures, wrapped, shift)
  const texture = geom.texture && textures[geom.texture.texture]
  const look: MeshPhongMaterialParameters = {
    color,
    specular: new Color(reflectance, reflectance, reflectance),
    shininess: exponent,
    emissive: color.clone().multiplyScalar(geom.emission ?? 0),
    map: pattern === undefined && texture !== undefined ? texture : null,
    side: geom.type === 'mesh' ? DoubleSide : FrontSide,
    // Shadows fall from what faces away: what faces the light would darken itself in stripes.
    shadowSide: BackSide,
    opacity: alpha,
    transparent: alpha < 1,
    depthWrite: alpha >= 1,
  }
  return shading.surface(look, pattern)
}

/** Undefined for a plain colour, and for a texture that the geometry lays out itself. */
function patternOf(
  { checker, squares = [1, 1], texture }: GeomSpec,
  textures: readonly Texture[],
  wrapped: boolean,
  shift: Vector3,
): Pattern | undefined {
  if (checker !== undefined) {
    const [r, g, b] = checker
    const second = new Color().setRGB(r, g, b, SRGBColorSpace)
    return { kind: 'checker', shift, scale: new Vector3(1 / squares[0], 1 / squares[1], 0), second }
  }
  if (texture === undefined) return undefined
  const image = textures[texture.texture]
  const scale = new Vector3(...texture.scale)
  if (image instanceof CubeTexture) return { kind: 'cube', shift, scale, image }
  return wrapped ? undefined : { kind: 'image', shift, scale, image }
}

export function textureOf({ kind, width, height, pixels }: TextureSpec): Texture {
  const bytes = fromBase64(pixels)
  const count = width * height
  const faces = Array.from({ length: kind === 'cube' ? 6 : 1 }, (_, face) => {
    const rgba = new Uint8Array(4 * count).fill(255)
    for (let i = 0; i < count; i++) {
      const from = 3 * (face * count + i)
      rgba.set(bytes.subarray(from, from + 3), 4 * i)
    }
    return new DataTexture(rgba, width, height)
  })
  const texture = kind === 'cube' ? new CubeTexture(faces as unknown as HTMLImageElement[]) : faces[0]
  if (kind === 'flat') {
    texture.wrapS = RepeatWrapping
    texture.wrapT = RepeatWrapping
  }
  for (const image of [texture, ...faces]) {
    image.colorSpace = SRGBColorSpace
    image.minFilter = LinearMipmapLinearFilter
    image.magFilter = LinearFilter
    image.generateMipmaps = true
    image.anisotropy = ANISOTROPY
    image.needsUpdate = true
  }
  return texture
}
