/**
 * A SceneSpec as three.js objects: one group per body, posed from a row of a recording. It makes no renderer, so it can
 * be built, posed and read back without a graphics context. The ray caster draws the same look (softRenderer.ts).
 */
import {
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  CapsuleGeometry,
  Color,
  CylinderGeometry,
  DirectionalLight,
  Fog,
  Group,
  HemisphereLight,
  LinearSRGBColorSpace,
  Mesh,
  NoToneMapping,
  PCFShadowMap,
  PlaneGeometry,
  Quaternion,
  Scene,
  SphereGeometry,
  SRGBColorSpace,
  type Texture,
  Vector3,
  type WebGLRenderer,
} from 'three'
import { floatsOf, indicesOf } from '../core/base64.ts'
import { type GeomSpec, type MeshSpec, POSE_WIDTH, type SceneSpec, type Triple } from '../core/scene.ts'
import { ABOVE_COLOR, BELOW_COLOR, HAZE_FROM, HAZE_TO, hazeOf, SUN_COLOR, skyOf, towardsSun } from './look.ts'
import { glsl } from './threeGlsl.ts'
import { materialOf, type Shading, textureOf } from './threeMaterials.ts'
import { skyDome } from './threeSky.ts'

/** Half side of what is drawn of an endless floor, in extents; beyond it all is haze. */
const HORIZON = 600
/** Half side of the floor's middle part, in extents: cards are inexact on a triangle that is much larger than what is seen of it. */
const NEARBY = 8
/** Half width of the shadowed patch, in extents. */
const SHADOW_REACH = 1
const SHADOW_MAP = 2048

/** What a renderer must be set to for scenes to look as they should. */
export function prepareRenderer(renderer: {
  readonly shadowMap: Pick<WebGLRenderer['shadowMap'], 'enabled' | 'type'>
  toneMapping: WebGLRenderer['toneMapping']
}): void {
  renderer.shadowMap.enabled = true
  renderer.shadowMap.type = PCFShadowMap
  renderer.toneMapping = NoToneMapping
}

const light = ([r, g, b]: Triple): Color => new Color().setRGB(r, g, b, LinearSRGBColorSpace)

export class ThreeScene {
  readonly spec: SceneSpec
  readonly scene = new Scene()
  /** What is drawn of each geom, in their order. */
  readonly meshes: readonly Mesh[]
  readonly fog: Fog
  private readonly bodies: readonly Group[]
  private readonly floors: readonly Floor[]
  private readonly textures: readonly Texture[]
  // A light of intensity π shows a white surface in the light's own colour.
  private readonly sun = new DirectionalLight(light(SUN_COLOR), Math.PI)
  private readonly towardsSun: Vector3

  /** `shading` is for the renderer that will draw it; for WebGL's when not given. */
  constructor(spec: SceneSpec, shading: Shading = glsl) {
    this.spec = spec
    this.towardsSun = new Vector3(...towardsSun(spec))
    this.bodies = spec.bodies.map(name => Object.assign(new Group(), { name }))
    this.textures = (spec.textures ?? []).map(textureOf)
    const geometries = (spec.meshes ?? []).map(meshGeometry)
    const build = (geom: GeomSpec, shift?: Vector3) => meshOf(geom, geometries, this.textures, shading, shift)
    const floors = spec.geoms.map(geom => (isFloor(geom) ? new Floor(geom, spec.extent, build) : undefined))
    this.floors = floors.filter(floor => floor !== undefined)
    this.meshes = spec.geoms.map((geom, i) => floors[i]?.mesh ?? build(geom))
    this.scene.add(...this.bodies)
    spec.geoms.forEach(({ body }, i) => {
      const parent = floors[i] === undefined ? this.bodies[body] : this.scene
      parent.add(this.meshes[i])
    })
    const haze = new Color().setRGB(...hazeOf(spec), SRGBColorSpace)
    this.fog = new Fog(haze)
    this.scene.fog = this.fog
    const sky = skyOf(spec)
    if (sky.length === 1) this.scene.background = haze
    else this.scene.add(skyDome(sky, shading))
    const around = new HemisphereLight(light(ABOVE_COLOR), light(BELOW_COLOR), Math.PI)
    around.position.set(0, 0, 1)
    this.scene.add(around, this.sun, this.sun.target)
    this.castShadows()
  }

  /** `poses` [rows, bodies, 7]; draws row `row`, with the light and the floor around body `subject`. */
  setPose(poses: Float32Array, row: number, subject: number): void {
    const first = row * this.bodies.length * POSE_WIDTH
    this.bodies.forEach((body, i) => {
      const [x, y, z, qw, qx, qy, qz] = poses.subarray(first + i * POSE_WIDTH, first + (i + 1) * POSE_WIDTH)
      body.position.set(x, y, z)
      body.quaternion.set(qx, qy, qz, qw)
    })
    this.centre(this.bodies[subject].position)
  }

  /** Puts the light and the floor around a place. */
  centre({ x, y }: { readonly x: number; readonly y: number }): void {
    for (const floor of this.floors) floor.centre(x, y)
    this.sun.target.position.set(x, y, 0)
    this.sun.position.copy(this.sun.target.position).addScaledVector(this.towardsSun, 4 * this.spec.extent)
  }

  /** [bodies, 7] world poses as they are drawn. */
  readPose(): Float32Array {
    const poses = new Float32Array(this.bodies.length * POSE_WIDTH)
    const position = new Vector3()
    const rotation = new Quaternion()
    this.bodies.forEach((body, i) => {
      body.updateWorldMatrix(true, false)
      body.matrixWorld.decompose(position, rotation, new Vector3())
      poses.set([...position, rotation.w, rotation.x, rotation.y, rotation.z], i * POSE_WIDTH)
    })
    return poses
  }

  /** The camera is this far from what it looks at, m: what is much farther fades. */
  setDistance(distance: number): void {
    this.fog.near = HAZE_FROM * distance
    this.fog.far = HAZE_TO * distance
  }

  /** Frees what the graphics card holds. */
  dispose(): void {
    this.scene.traverse(object => {
      if (!(object instanceof Mesh)) return
      object.geometry.dispose()
      object.material.dispose()
    })
    for (const texture of this.textures) texture.dispose()
    this.sun.dispose()
  }

  private castShadows(): void {
    const { shadow } = this.sun
    const reach = SHADOW_REACH * this.spec.extent
    this.sun.castShadow = true
    shadow.mapSize.set(SHADOW_MAP, SHADOW_MAP)
    Object.assign(shadow.camera, { left: -reach, right: reach, top: reach, bottom: -reach })
    Object.assign(shadow.camera, { near: 0.1, far: 8 * this.spec.extent })
    shadow.normalBias = 0.01
    shadow.radius = 3
  }
}

/** A level plane of the world without end. */
const isFloor = ({ type, body, size, quaternion: [, x, y] }: GeomSpec): boolean =>
  type === 'plane' && body === 0 && x === 0 && y === 0 && size[0] <= 0 && size[1] <= 0

/** A plane that stays around what is looked at, with a pattern that stays where it is. */
class Floor {
  readonly mesh: Mesh
  private readonly origin: Vector3
  /** Of the mesh's centre in the plane's own axes: the pattern is drawn at it plus the place on the mesh. */
  private readonly shift = new Vector3()
  private readonly inverse: Quaternion

  constructor(geom: GeomSpec, extent: number, build: (geom: GeomSpec, shift: Vector3) => Mesh) {
    this.mesh = build(geom, this.shift)
    this.mesh.geometry = floorGeometry(HORIZON * extent, NEARBY * extent)
    this.origin = this.mesh.position.clone()
    this.inverse = this.mesh.quaternion.clone().invert()
  }

  centre(x: number, y: number): void {
    this.mesh.position.set(x, y, this.origin.z)
    this.shift.subVectors(this.mesh.position, this.origin).applyQuaternion(this.inverse)
  }
}

/** A square in nine parts, the middle one reaching `near` from the centre and all of them `far`. */
function floorGeometry(far: number, near: number): BufferGeometry {
  const geometry = new PlaneGeometry(2 * far, 2 * far, 3, 3)
  const { position } = geometry.attributes
  const inner = (x: number) => (Math.abs(x) < far / 2 ? near * Math.sign(x) : x)
  for (let i = 0; i < position.count; i++) position.setXY(i, inner(position.getX(i)), inner(position.getY(i)))
  return geometry
}

function meshOf(
  geom: GeomSpec,
  geometries: readonly BufferGeometry[],
  textures: readonly Texture[],
  shading: Shading,
  shift = new Vector3(),
): Mesh {
  const geometry = geometryOf(geom, geometries)
  const wrapped = geom.type === 'mesh' && geometry.hasAttribute('uv')
  const mesh = new Mesh(geometry, materialOf(geom, textures, wrapped, shift, shading))
  const [w, x, y, z] = geom.quaternion
  mesh.name = geom.name
  mesh.position.set(...geom.position)
  mesh.quaternion.set(x, y, z, w)
  mesh.castShadow = geom.type !== 'plane' && geom.rgba[3] >= 1
  mesh.receiveShadow = geom.rgba[3] >= 1
  return mesh
}

/** Round shapes lie along z, as MuJoCo has them; three's lie along y. */
function geometryOf(
  { type, size: [a, b, c], mesh = 0 }: GeomSpec,
  meshes: readonly BufferGeometry[],
): BufferGeometry {
  switch (type) {
    case 'plane':
      return new PlaneGeometry(2 * a, 2 * b)
    case 'sphere':
      return new SphereGeometry(a, 48, 32)
    case 'ellipsoid':
      return new SphereGeometry(1, 48, 32).scale(a, b, c)
    case 'capsule':
      return new CapsuleGeometry(a, 2 * b, 16, 40).rotateX(Math.PI / 2)
    case 'cylinder':
      return new CylinderGeometry(a, a, 2 * b, 48).rotateX(Math.PI / 2)
    case 'box':
      return new BoxGeometry(2 * a, 2 * b, 2 * c)
    case 'mesh':
      return meshes[mesh]
    default:
      return type satisfies never
  }
}

function meshGeometry({ vertices, normals, uvs, faces }: MeshSpec): BufferGeometry {
  const geometry = new BufferGeometry()
    .setAttribute('position', new BufferAttribute(floatsOf(vertices), 3))
    .setAttribute('normal', new BufferAttribute(floatsOf(normals), 3))
    .setIndex(new BufferAttribute(indicesOf(faces), 1))
  if (uvs !== undefined) geometry.setAttribute('uv', new BufferAttribute(floatsOf(uvs), 2))
  return geometry
}
