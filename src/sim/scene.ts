/** The drawable part of a compiled model, as plain data. */
import { CarrotError } from '../core/errors.ts'
import type { CameraSpec, GeomSpec, GeomType, SceneSpec } from '../core/scene.ts'
import { engineError, type MjData, type MjModel, type Mujoco } from './mujoco.ts'
import { ModelNames, takeViews, type Views } from './views.ts'

const GEOM_TYPES: Readonly<Record<number, GeomType>> = {
  0: 'plane',
  2: 'sphere',
  3: 'capsule',
  4: 'ellipsoid',
  5: 'cylinder',
  6: 'box',
}
/** mjCAMLIGHT_FIXED: the camera turns with its body. */
const FIXED = 0

type Color = readonly [number, number, number, number]
type Triple = readonly [number, number, number]

/** Throws CarrotError 'unsupported' for meshes and height fields. */
export function sceneOf(mujoco: Mujoco, model: MjModel): SceneSpec {
  const { bindings } = mujoco
  const names = new ModelNames(model)
  const data = new bindings.MjData(model)
  try {
    forward(mujoco, model, data)
    const views = takeViews(data, model, names)
    return {
      bodies: names.lists.body.map((name, i) => name || `body${i}`),
      geoms: Array.from({ length: model.ngeom }, (_, i) => geomOf(model, names, i)),
      cameras: Array.from({ length: model.ncam }, (_, i) => cameraOf(model, views, i)),
      extent: model.stat.extent,
    }
  } finally {
    data.delete()
  }
}

function forward(mujoco: Mujoco, model: MjModel, data: MjData): void {
  try {
    mujoco.bindings.mj_forward(model, data)
  } catch (error) {
    throw engineError(mujoco, error)
  }
}

const triple = (array: ArrayLike<number>, i: number): Triple => [
  array[3 * i],
  array[3 * i + 1],
  array[3 * i + 2],
]
const quadruple = (array: ArrayLike<number>, i: number): Color => [
  array[4 * i],
  array[4 * i + 1],
  array[4 * i + 2],
  array[4 * i + 3],
]

function geomOf(model: MjModel, names: ModelNames, i: number): GeomSpec {
  const type = GEOM_TYPES[model.geom_type[i]]
  const name = names.lists.geom[i] || `geom${i}`
  if (type === undefined) {
    throw new CarrotError(
      'unsupported',
      `The geom '${name}' is a mesh or a height field, which cannot be drawn.`,
      'Build the shape of planes, spheres, capsules, ellipsoids, cylinders and boxes.',
    )
  }
  const material = model.geom_matid[i]
  const colors = material < 0 ? undefined : checkerOf(model, material)
  const plain = quadruple(material < 0 ? model.geom_rgba : model.mat_rgba, material < 0 ? i : material)
  return {
    name,
    type,
    body: model.geom_bodyid[i],
    size: triple(model.geom_size, i),
    position: triple(model.geom_pos, i),
    quaternion: quadruple(model.geom_quat, i),
    rgba: colors?.[0] ?? plain,
    ...(colors === undefined ? {} : { checker: colors[1] }),
  }
}

/** Roles of a material's textures are numbered; this is the colour's (mjTEXROLE_RGB). */
const RGB_ROLE = 1
const TEXTURE_ROLES = 10

/** The two colours of a material's flat texture, met a quarter and three quarters along its first rows. */
function checkerOf(model: MjModel, material: number): [Color, Color] | undefined {
  const texture = model.mat_texid[material * TEXTURE_ROLES + RGB_ROLE]
  if (texture < 0) return undefined
  const width: number = model.tex_width[texture]
  const height: number = model.tex_height[texture]
  const channels: number = model.tex_nchannel[texture]
  const row = Math.floor(height / 4) * width
  const texel = (column: number): Color => {
    const at = Number(model.tex_adr[texture]) + (row + Math.floor(column)) * channels
    const byte = (c: number) => model.tex_data[at + c] / 255
    return [byte(0), byte(1), byte(2), 1]
  }
  return [texel(width / 4), texel((3 * width) / 4)]
}

function cameraOf(model: MjModel, views: Views, i: number): CameraSpec {
  const body: number = model.cam_bodyid[i]
  const position = triple(views.cam_xpos, i)
  // A camera looks along its negative z axis, the third column of its rotation.
  const axis = [2, 5, 8].map(k => -views.cam_xmat[9 * i + k])
  const subject = triple(views.xpos, body)
  const ahead = axis.reduce((sum, a, k) => sum + a * (subject[k] - position[k]), 0)
  // Looks at the point of its axis that is nearest to its body; a camera that does not face it, a way ahead.
  const distance = ahead > 0 ? ahead : model.stat.extent
  return {
    name: views.names.lists.camera[i] || `camera${i}`,
    mode: body === 0 && model.cam_mode[i] === FIXED ? 'fixed' : 'track',
    body,
    position,
    target: [0, 1, 2].map(k => position[k] + distance * axis[k]) as unknown as Triple,
    fov: (model.cam_fovy[i] * Math.PI) / 180,
  }
}
