/**
 * A SceneSpec as three.js objects: one group per body, posed from a row of a recording. It makes no renderer, so it can
 * be built, posed and read back without a graphics context.
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
  Mesh,
  MeshStandardMaterial,
  PlaneGeometry,
  Quaternion,
  Scene,
  SphereGeometry,
  SRGBColorSpace,
  Vector3,
} from 'three'
import { floatsOf, indicesOf } from '../core/base64.ts'
import { type GeomSpec, type MeshSpec, POSE_WIDTH, type SceneSpec } from '../core/scene.ts'

/** Where the floor fades into the sky. */
const HAZE = '#eef1f4'
/** Half side of what is drawn of an endless floor, in extents; beyond it all is haze. */
const HORIZON = 60
/** Half width of the shadowed patch, in extents. */
const SHADOW_REACH = 1
const SHADOW_MAP = 2048
/** From the lit point towards the light. */
const TOWARDS_LIGHT = new Vector3(-0.45, -0.6, 1.4).normalize()

export class ThreeScene {
  readonly spec: SceneSpec
  readonly scene = new Scene()
  private readonly bodies: readonly Group[]
  private readonly floors: readonly Floor[]
  private readonly sun = new DirectionalLight('#fff6ea', 2.3)
  private readonly fog = new Fog(HAZE)

  constructor(spec: SceneSpec) {
    this.spec = spec
    this.bodies = spec.bodies.map(name => Object.assign(new Group(), { name }))
    this.floors = spec.geoms.filter(isFloor).map(geom => new Floor(geom, HORIZON * spec.extent))
    for (const geom of spec.geoms)
      if (!isFloor(geom)) this.bodies[geom.body].add(meshOf(geom, spec.meshes ?? []))
    this.scene.add(...this.bodies, ...this.floors.map(({ mesh }) => mesh))
    this.scene.background = new Color(HAZE)
    this.scene.fog = this.fog
    this.scene.add(new HemisphereLight('#f6f9ff', '#d9cfc4', 2.1), this.sun, this.sun.target)
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
    this.goTo(this.bodies[subject].position)
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

  /** What is farther than `distance`, m, begins to fade. */
  fadeFrom(distance: number): void {
    this.fog.near = distance
    this.fog.far = 4 * distance
  }

  /** Frees what the graphics card holds. */
  dispose(): void {
    this.scene.traverse(object => {
      if (!(object instanceof Mesh)) return
      object.geometry.dispose()
      object.material.dispose()
    })
    this.sun.dispose()
  }

  private goTo({ x, y }: Vector3): void {
    for (const floor of this.floors) floor.centre(x, y)
    this.sun.target.position.set(x, y, 0)
    this.sun.position.copy(this.sun.target.position).addScaledVector(TOWARDS_LIGHT, 4 * this.spec.extent)
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

/** A level plane of the world. Contacts know no edge of a plane, whatever size it is given, so it is drawn without one. */
const isFloor = ({ type, body, quaternion: [, x, y] }: GeomSpec): boolean =>
  type === 'plane' && body === 0 && x === 0 && y === 0

/** A plane that stays around what is looked at, with a checker that stays where it is. */
class Floor {
  readonly mesh: Mesh<BufferGeometry, MeshStandardMaterial>
  private readonly origin: Vector3
  /** Of the mesh's centre in the plane's own axes: the checker is drawn at it plus the place on the mesh. */
  private readonly shift = new Vector3()
  private readonly inverse: Quaternion

  constructor(geom: GeomSpec, half: number) {
    this.mesh = meshOf({ ...geom, size: [half, half, 0] }, [], this.shift)
    this.origin = this.mesh.position.clone()
    this.inverse = this.mesh.quaternion.clone().invert()
  }

  centre(x: number, y: number): void {
    this.mesh.position.set(x, y, this.origin.z)
    this.shift.subVectors(this.mesh.position, this.origin).applyQuaternion(this.inverse)
  }
}

function meshOf(
  geom: GeomSpec,
  meshes: readonly MeshSpec[],
  shift = new Vector3(),
): Mesh<BufferGeometry, MeshStandardMaterial> {
  const [r, g, b, a] = geom.rgba
  const material = new MeshStandardMaterial({ roughness: 0.55, metalness: 0 })
  material.color.setRGB(r, g, b, SRGBColorSpace)
  Object.assign(material, { opacity: a, transparent: a < 1 })
  if (geom.checker !== undefined) paintChecker(material, geom.checker, shift)
  const mesh = new Mesh(geometryOf(geom, meshes), material)
  const [w, x, y, z] = geom.quaternion
  mesh.name = geom.name
  mesh.position.set(...geom.position)
  mesh.quaternion.set(x, y, z, w)
  mesh.castShadow = geom.type !== 'plane'
  mesh.receiveShadow = true
  return mesh
}

/** Round shapes lie along z, as MuJoCo has them; three's lie along y. */
function geometryOf(
  { type, size: [a, b, c], mesh = 0 }: GeomSpec,
  meshes: readonly MeshSpec[],
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
      return meshGeometry(meshes[mesh])
    default:
      return type satisfies never
  }
}

function meshGeometry({ vertices, normals, faces }: MeshSpec): BufferGeometry {
  return new BufferGeometry()
    .setAttribute('position', new BufferAttribute(floatsOf(vertices), 3))
    .setAttribute('normal', new BufferAttribute(floatsOf(normals), 3))
    .setIndex(new BufferAttribute(indicesOf(faces), 1))
}

/**
 * Squares of 1 m, computed where they are seen, so that they stay sharp near by and turn even far away: a pixel shows the
 * mean of a square wave over its width, which is the difference of the wave's integral, a triangle, over the width.
 */
const CHECKER = /* glsl */ `
  vec2 footprint = max(fwidth(vPlace), vec2(1e-4));
  vec2 upper = abs(mod(vPlace + 0.5 * footprint, 2.0) - 1.0);
  vec2 lower = abs(mod(vPlace - 0.5 * footprint, 2.0) - 1.0);
  vec2 wave = (upper - lower) / footprint;
  diffuseColor.rgb = mix(diffuseColor.rgb, secondColor, 0.5 + 0.5 * wave.x * wave.y);
`

function paintChecker(material: MeshStandardMaterial, [r, g, b]: readonly number[], shift: Vector3): void {
  material.onBeforeCompile = shader => {
    shader.uniforms.secondColor = { value: new Color().setRGB(r, g, b, SRGBColorSpace) }
    shader.uniforms.shift = { value: shift }
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nuniform vec3 shift;\nvarying vec2 vPlace;')
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nvPlace = position.xy + shift.xy;')
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', '#include <common>\nuniform vec3 secondColor;\nvarying vec2 vPlace;')
      .replace('#include <color_fragment>', `#include <color_fragment>\n${CHECKER}`)
  }
}
