/** A sky that changes with height only, as a ball around the camera. */
import { BackSide, DataTexture, LinearFilter, Mesh, ShaderMaterial, SphereGeometry } from 'three'
import type { Triple } from '../core/scene.ts'

/** `colors` from straight down to straight up, sRGB, at even steps of the sine of the elevation. */
export function skyDome(colors: readonly Triple[]): Mesh {
  const bytes = Uint8Array.from(colors.flatMap(color => [...color.map(c => Math.round(255 * c)), 255]))
  const table = new DataTexture(bytes, colors.length, 1)
  table.minFilter = LinearFilter
  table.magFilter = LinearFilter
  table.needsUpdate = true
  const material = new ShaderMaterial({
    uniforms: { table: { value: table }, count: { value: colors.length } },
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
  })
  const dome = new Mesh(new SphereGeometry(1, 32, 16), material)
  dome.name = 'sky'
  dome.frustumCulled = false
  // Before everything else.
  dome.renderOrder = -1
  material.addEventListener('dispose', () => table.dispose())
  return dome
}
