/** Patterns and the sky in WebGL's language, for the page. threeNodes.ts draws the same on WebGPU. */
import { BackSide, MeshPhongMaterial, ShaderMaterial } from 'three'
import type { Pattern, Shading } from './threeMaterials.ts'

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
const PATTERNS = { checker: CHECKER, image: IMAGE, cube: CUBE }

export const glsl: Shading = {
  surface(look, pattern) {
    const material = new MeshPhongMaterial(look)
    if (pattern !== undefined) paint(material, pattern)
    return material
  },
  sky: (table, count) =>
    new ShaderMaterial({
      uniforms: { table: { value: table }, count: { value: count } },
      vertexShader: /* glsl */ `
        varying vec3 way;
        void main() {
          way = position;
          gl_Position = projectionMatrix * vec4(mat3(modelViewMatrix) * position, 1.0);
          gl_Position.z = gl_Position.w;
        }
      `,
      // As displayed: the table's colours are not linear light.
      fragmentShader: /* glsl */ `
        uniform sampler2D table;
        uniform float count;
        varying vec3 way;
        void main() {
          float up = 0.5 + 0.5 * normalize(way).z;
          gl_FragColor = texture2D(table, vec2((0.5 + up * (count - 1.0)) / count, 0.5));
        }
      `,
      side: BackSide,
      depthWrite: false,
      depthTest: false,
      fog: false,
    }),
}

/** Lets a pattern colour the surface. */
function paint(material: MeshPhongMaterial, { kind, shift, scale, ...rest }: Pattern): void {
  const uniforms = Object.entries({ shift, scale, ...rest }).map(([name, value]) => [name, { value }])
  material.customProgramCacheKey = () => kind
  material.onBeforeCompile = shader => {
    Object.assign(shader.uniforms, Object.fromEntries(uniforms))
    shader.vertexShader = shader.vertexShader
      .replace(
        '#include <common>',
        '#include <common>\nuniform vec3 shift;\nuniform vec3 scale;\nvarying vec3 place;',
      )
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nplace = (position + shift) * scale;')
    const image = kind === 'cube' ? 'samplerCube' : 'sampler2D'
    shader.fragmentShader = shader.fragmentShader
      .replace(
        '#include <common>',
        `#include <common>\nuniform vec3 second;\nuniform ${image} image;\nvarying vec3 place;`,
      )
      .replace('#include <color_fragment>', `#include <color_fragment>\n${PATTERNS[kind]}`)
  }
}
