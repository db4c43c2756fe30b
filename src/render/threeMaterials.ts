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
  MeshPhongMaterial,
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

/** `wrapped`: the geometry says how textures lie on it. `shift`: of a floor's pattern, see Floor. */
export function materialOf(
  geom: GeomSpec,
  textures: readonly Texture[],
  wrapped: boolean,
  shift: Vector3,
): MeshPhongMaterial {
  const { reflectance, exponent } = glossOf(geom)
  const [r, g, b, alpha] = geom.rgba
  const color = new Color().setRGB(r, g, b, SRGBColorSpace)
  const material = new MeshPhongMaterial({
    color,
    specular: new Color(reflectance, reflectance, reflectance),
    shininess: exponent,
    emissive: color.clone().multiplyScalar(geom.emission ?? 0),
    side: geom.type === 'mesh' ? DoubleSide : FrontSide,
    // Shadows fall from what faces away: what faces the light would darken itself in stripes.
    shadowSide: BackSide,
    opacity: alpha,
    transparent: alpha < 1,
    depthWrite: alpha >= 1,
  })
  if (geom.checker !== undefined) {
    const [x, y] = geom.squares ?? [1, 1]
    const [r, g, b] = geom.checker
    paint(material, shift, CHECKER, {
      scale: { value: new Vector3(1 / x, 1 / y, 0) },
      second: { value: new Color().setRGB(r, g, b, SRGBColorSpace) },
    })
  } else if (geom.texture !== undefined) {
    const texture = textures[geom.texture.texture]
    const isCube = texture instanceof CubeTexture
    if (wrapped && !isCube) material.map = texture
    else {
      paint(material, shift, isCube ? CUBE : IMAGE, {
        image: { value: texture },
        scale: { value: new Vector3(...geom.texture.scale) },
      })
    }
  }
  return material
}

/**
 * Squares, computed where they are seen, so that they stay sharp near by and turn even far away: a pixel shows the mean
 * of a square wave over its width, which is the difference of the wave's integral, a triangle, over the width.
 */
const CHECKER = /* glsl */ `
  vec2 footprint = max(fwidth(place.xy), vec2(1e-4));
  vec2 upper = abs(mod(place.xy + 0.5 * footprint, 2.0) - 1.0);
  vec2 lower = abs(mod(place.xy - 0.5 * footprint, 2.0) - 1.0);
  vec2 wave = (upper - lower) / footprint;
  diffuseColor.rgb = mix(diffuseColor.rgb, second, 0.5 + 0.5 * wave.x * wave.y);
`
const IMAGE = /* glsl */ `
  diffuseColor.rgb *= texture2D(image, vec2(place.x - 0.5, -place.y - 0.5)).rgb;
`
const CUBE = /* glsl */ `
  diffuseColor.rgb *= textureCube(image, place).rgb;
`

/** Lets a pattern colour the surface. It reads `place`: the point in the geom's own frame, times the pattern's scale. */
function paint(
  material: MeshPhongMaterial,
  shift: Vector3,
  pattern: string,
  uniforms: Record<string, { value: unknown }>,
): void {
  const image = pattern === CUBE ? 'samplerCube' : 'sampler2D'
  material.customProgramCacheKey = () => pattern
  material.onBeforeCompile = shader => {
    Object.assign(shader.uniforms, uniforms, { shift: { value: shift } })
    shader.vertexShader = shader.vertexShader
      .replace(
        '#include <common>',
        '#include <common>\nuniform vec3 shift;\nuniform vec3 scale;\nvarying vec3 place;',
      )
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nplace = (position + shift) * scale;')
    shader.fragmentShader = shader.fragmentShader
      .replace(
        '#include <common>',
        `#include <common>\nuniform vec3 second;\nuniform ${image} image;\nvarying vec3 place;`,
      )
      .replace('#include <color_fragment>', `#include <color_fragment>\n${pattern}`)
  }
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
