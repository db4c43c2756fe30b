/** The drawable part of a compiled model, as plain data: what MuJoCo's own viewer shows of it by default. */
import type { CameraSpec, GeomSpec, GeomType, Quadruple, SceneSpec, Triple } from '../core/scene.ts'
import { engineError, type MjData, type MjModel, type Mujoco } from './mujoco.ts'
import { fieldMesh, meshOf } from './sceneMeshes.ts'
import { Materials, skyColors } from './sceneTextures.ts'
import { ModelNames, takeViews, type Views } from './views.ts'

const HFIELD = 1
const MESH = 7
const PLANE = 0
/** mjtGeom; height fields become meshes. */
const TYPES: Readonly<Record<number, GeomType>> = {
  [PLANE]: 'plane',
  [HFIELD]: 'mesh',
  2: 'sphere',
  3: 'capsule',
  4: 'ellipsoid',
  5: 'cylinder',
  6: 'box',
  [MESH]: 'mesh',
}
/** Groups above this are hidden: by custom, what only collides or helps to build. */
const LAST_GROUP = 2
/** mjtLightType */
const DIRECTIONAL = 1

/** Geoms and sites that can be seen, cameras, sun and sky. */
export function sceneOf(mujoco: Mujoco, model: MjModel): SceneSpec {
  const names = new ModelNames(model)
  const data = new mujoco.bindings.MjData(model)
  try {
    forward(mujoco, model, data)
    const views = takeViews(data, model, names)
    const shapes = new Shapes(model, names)
    const geoms = [...shapes.geoms(), ...shapes.sites()]
    return {
      bodies: names.lists.body.map((name, i) => name || `body${i}`),
      geoms,
      cameras: Array.from({ length: model.ncam }, (_, i) => cameraOf(model, views, i)),
      extent: model.stat.extent,
      ...some('meshes', shapes.meshes),
      ...some('textures', shapes.materials.textures),
      ...some('sun', sunOf(model, data)),
      ...some('sky', skyColors(model)),
    }
  } finally {
    data.delete()
  }
}

/** Left out when there is nothing. */
const some = <T extends readonly unknown[]>(key: string, list: T | undefined): object =>
  list === undefined || list.length === 0 ? {} : { [key]: list }

function forward(mujoco: Mujoco, model: MjModel, data: MjData): void {
  try {
    mujoco.bindings.mj_forward(model, data)
  } catch (error) {
    throw engineError(mujoco, error)
  }
}

export const triple = (array: ArrayLike<number>, i: number): Triple => [
  array[3 * i],
  array[3 * i + 1],
  array[3 * i + 2],
]
export const quadruple = (array: ArrayLike<number>, i: number): Quadruple => [
  array[4 * i],
  array[4 * i + 1],
  array[4 * i + 2],
  array[4 * i + 3],
]

/** Walks through the model's geoms and sites, and collects the meshes and textures they use. */
class Shapes {
  readonly materials: Materials
  readonly meshes: NonNullable<SceneSpec['meshes']>[number][] = []
  private readonly model: MjModel
  private readonly names: ModelNames
  private readonly known = new Map<string, number>()

  constructor(model: MjModel, names: ModelNames) {
    this.model = model
    this.names = names
    this.materials = new Materials(model)
  }

  geoms(): GeomSpec[] {
    const { model, names } = this
    return Array.from({ length: model.ngeom }, (_, i) => i).flatMap(i => {
      const type: number = model.geom_type[i]
      if (TYPES[type] === undefined || model.geom_group[i] > LAST_GROUP) return []
      const size = triple(model.geom_size, i)
      const mesh = this.mesh(type, model.geom_dataid[i])
      const wrapped = mesh !== undefined && this.meshes[mesh].uvs !== undefined
      const look = this.materials.look(model.geom_matid[i], quadruple(model.geom_rgba, i), size, wrapped)
      if (look.rgba[3] <= 0) return []
      return {
        name: names.lists.geom[i] || `geom${i}`,
        type: TYPES[type],
        body: model.geom_bodyid[i],
        size: this.isEndless(i) ? [0, 0, size[2]] : size,
        position: triple(model.geom_pos, i),
        quaternion: quadruple(model.geom_quat, i),
        ...look,
        ...(mesh === undefined ? {} : { mesh }),
      }
    })
  }

  sites(): GeomSpec[] {
    const { model, names } = this
    return Array.from({ length: model.nsite }, (_, i) => i).flatMap(i => {
      const size = triple(model.site_size, i)
      const look = this.materials.look(model.site_matid[i], quadruple(model.site_rgba, i), size, false)
      if (model.site_group[i] > LAST_GROUP || look.rgba[3] <= 0) return []
      return {
        name: names.lists.site[i] || `site${i}`,
        type: TYPES[model.site_type[i]],
        body: model.site_bodyid[i],
        size,
        position: triple(model.site_pos, i),
        quaternion: quadruple(model.site_quat, i),
        ...look,
      }
    })
  }

  /** Contacts know no edge of a plane, whatever size it is given to be drawn with: a floor is drawn without one. */
  private isEndless(i: number): boolean {
    const { model } = this
    const [, x, y] = quadruple(model.geom_quat, i)
    const level = model.geom_bodyid[i] === 0 && x === 0 && y === 0
    return (
      model.geom_type[i] === PLANE && level && (model.geom_contype[i] > 0 || model.geom_conaffinity[i] > 0)
    )
  }

  private mesh(type: number, id: number): number | undefined {
    if (type !== MESH && type !== HFIELD) return undefined
    const key = `${type} ${id}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    this.meshes.push(type === MESH ? meshOf(this.model, id) : fieldMesh(this.model, id))
    this.known.set(key, this.meshes.length - 1)
    return this.meshes.length - 1
  }
}

/** mjtCamLight; those after it look at a body. */
const FIXED = 0
const TRACK_CENTRE = 2

function cameraOf(model: MjModel, { xpos, xquat, cam_xpos, cam_xmat, names }: Views, i: number): CameraSpec {
  const body: number = model.cam_bodyid[i]
  const position = triple(cam_xpos, i)
  const column = (k: number): Triple => [
    cam_xmat[9 * i + k],
    cam_xmat[9 * i + 3 + k],
    cam_xmat[9 * i + 6 + k],
  ]
  // A camera looks along its negative z axis.
  const [x, y, z] = column(2)
  const axis = [-x, -y, -z]
  const mode = modeOf(model, i)
  const looksAt = mode === 'target' ? model.cam_targetbodyid[i] : body
  const subject = triple(xpos, looksAt)
  const ahead = axis.reduce((sum, a, k) => sum + a * (subject[k] - position[k]), 0)
  // Looks at the point of its axis that is nearest to its body; a camera that does not face it, a way ahead.
  const distance = ahead > 0 && mode !== 'mounted' ? ahead : model.stat.extent
  return {
    name: names.lists.camera[i] || `camera${i}`,
    mode,
    body,
    position,
    target: [0, 1, 2].map(k => position[k] + distance * axis[k]) as unknown as Triple,
    fov: (model.cam_fovy[i] * Math.PI) / 180,
    up: column(1),
    home: [...triple(xpos, body), ...quadruple(xquat, body)],
    ...(mode === 'target' ? { looksAt } : {}),
  }
}

function modeOf(model: MjModel, i: number): CameraSpec['mode'] {
  const mode: number = model.cam_mode[i]
  const body: number = model.cam_bodyid[i]
  if (mode > TRACK_CENTRE) return 'target'
  if (mode > FIXED) return 'track'
  const stands = model.body_weldid[body] === 0 && model.body_mocapid[body] < 0
  return stands ? 'fixed' : 'mounted'
}

/** Of the first light that comes from one direction. */
function sunOf(model: MjModel, data: MjData): Triple | undefined {
  for (let i = 0; i < model.nlight; i++) {
    if (model.light_type[i] === DIRECTIONAL && model.light_active[i] !== 0) return triple(data.light_xdir, i)
  }
  return undefined
}
