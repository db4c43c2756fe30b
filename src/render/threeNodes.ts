/** Patterns, the sky and haze as three's nodes, for WebGPU. threeGlsl.ts draws the same in the page. */
import { BackSide, type Color, type Fog, type Material, Vector4 } from 'three'
import {
  abs,
  cameraProjectionMatrix,
  cubeTexture,
  fwidth,
  materialColor,
  max,
  mix,
  mod,
  modelViewMatrix,
  normalize,
  output,
  positionGeometry,
  positionView,
  reference,
  smoothstep,
  sRGBTransferOETF,
  texture,
  uniform,
  vec2,
  vec3,
  vec4,
} from 'three/tsl'
import { MeshPhongNodeMaterial, type Node, NodeMaterial } from 'three/webgpu'
import type { Pattern, Shading } from './threeMaterials.ts'

export const nodes: Shading = {
  surface(look, pattern) {
    const material = new MeshPhongNodeMaterial(look)
    if (pattern !== undefined) material.colorNode = painted(pattern)
    return material
  },
  sky(table, count) {
    const up = normalize(positionGeometry).z.mul(0.5).add(0.5)
    const material = new NodeMaterial()
    const turned = modelViewMatrix.mul(vec4(positionGeometry, 0)).xyz
    // As far away as anything.
    material.vertexNode = cameraProjectionMatrix.mul(vec4(turned, 1)).xyww
    // As displayed: what is given here is not turned from linear light.
    material.fragmentNode = texture(
      table,
      vec2(
        up
          .mul(count - 1)
          .add(0.5)
          .div(count),
        0.5,
      ),
    )
    return Object.assign(material, { side: BackSide, depthWrite: false, depthTest: false, fog: false })
  },
}

/** Colour of a surface under a pattern; what is computed is explained in threeGlsl.ts. */
function painted(pattern: Pattern): Node<'vec3'> {
  const place = positionGeometry.add(uniform(pattern.shift)).mul(uniform(pattern.scale))
  switch (pattern.kind) {
    case 'checker': {
      const footprint = max(fwidth(place.xy), vec2(1e-4))
      const triangle = (at: typeof footprint) => abs(mod(at, 2).sub(1))
      const half = footprint.mul(0.5)
      const wave = triangle(place.xy.add(half))
        .sub(triangle(place.xy.sub(half)))
        .div(footprint)
      return mix(materialColor, uniform(pattern.second), wave.x.mul(wave.y).mul(0.5).add(0.5))
    }
    case 'image':
      return materialColor.mul(texture(pattern.image, vec2(place.x.sub(0.5), place.y.negate().sub(0.5))).rgb)
    case 'cube':
      // three mirrors cubes along x.
      return materialColor.mul(cubeTexture(pattern.image, vec3(place.x.negate(), place.yz)).rgb)
    default:
      return pattern satisfies never
  }
}

/** What a material gives off as it is displayed, sRGB, fading into `haze` far away: mixed as displayed, as WebGL's fog is. */
export function displayed(fog: Fog, haze: Color): Node<'vec4'> {
  const far = smoothstep(
    reference('near', 'float', fog),
    reference('far', 'float', fog),
    positionView.z.negate(),
  )
  const near = sRGBTransferOETF(output.rgb) as Node<'vec3'>
  return vec4(mix(near, uniform(haze), far), output.a)
}

/** A surface that shows a number up to 65535 as its red and green, low byte first, from the sides that `like` is seen from. */
export function mark(number: number, { side }: Material): NodeMaterial {
  const material = new NodeMaterial()
  material.fragmentNode = uniform(new Vector4((number & 255) / 255, (number >> 8) / 255, 0, 1))
  return Object.assign(material, { side, fog: false })
}
