/**
 * What an environment may read of one simulation: MuJoCo's arrays as views of the WebAssembly heap, under MuJoCo's
 * names. Asking the bindings for an array makes a new view every time (0.2 µs), so views are taken once; when the heap
 * grows they are all detached (length 0, no exception) and have to be taken again.
 */
import type { MjData, MjModel } from '@mujoco/mujoco'
import type { Keyframe } from '../core/env.ts'
import { CarrotError, closest } from '../core/errors.ts'

const ARRAYS = [
  /** [nq], [nv], [na], [nv], [nu] */
  'qpos',
  'qvel',
  'act',
  'qacc_warmstart',
  'ctrl',
  /** [nbody, 3], [nbody, 4], [nbody, 9]: frames of the bodies in the world. */
  'xpos',
  'xquat',
  'xmat',
  /** [nbody, 3], [nbody, 9] centres of mass, and axes of inertia. */
  'xipos',
  'ximat',
  /** [ngeom, 3], [ngeom, 9] */
  'geom_xpos',
  'geom_xmat',
  /** [nsite, 3], [nsite, 9] */
  'site_xpos',
  'site_xmat',
  /** [njnt, 3] where joints are, and which way they turn or slide, in the world. */
  'xanchor',
  'xaxis',
  /** [ncam, 3], [ncam, 9] */
  'cam_xpos',
  'cam_xmat',
  /** [nbody, 10], [nbody, 6] com-based inertia and velocity. */
  'cinert',
  'cvel',
  /** [nbody, 6] contact and other external force on the body, torque first. */
  'cfrc_ext',
  /** [nv], [nv] */
  'qfrc_actuator',
  'qfrc_constraint',
  /** [nu] */
  'actuator_force',
  /** [ntendon], [ntendon] */
  'ten_length',
  'ten_velocity',
  /** [nbody, 3] */
  'subtree_com',
  /** [nsensordata] */
  'sensordata',
  /** [neq] which equality constraints hold. */
  'eq_active',
  /** [nmocap, 3], [nmocap, 4] frames of the bodies that are put where they are. */
  'mocap_pos',
  'mocap_quat',
  /** [nuserdata] numbers of the environment's own that belong to the state: goals, latches. */
  'userdata',
] as const

const MODEL_ARRAYS = [
  /** [nq] the initial pose */
  'qpos0',
  /** [nbody], [nbody, 3], [nbody, 4] in the parent */
  'body_mass',
  'body_pos',
  'body_quat',
  /** [ngeom, 3], [ngeom, 3], [ngeom, 3] */
  'geom_size',
  'geom_pos',
  'geom_friction',
  /** [nsite, 3] */
  'site_pos',
  /** [njnt, 2] */
  'jnt_range',
  /** [nv] */
  'dof_damping',
  'dof_frictionloss',
  'dof_armature',
  /** [nu, 2], [nu, 10], [nu, 10], [nu, 6] */
  'actuator_ctrlrange',
  'actuator_gainprm',
  'actuator_biasprm',
  'actuator_gear',
] as const

type Arrays = { [Name in Exclude<(typeof ARRAYS)[number], 'eq_active'>]: Float64Array } & {
  eq_active: Uint8Array
}
type ModelArrays = { [Name in (typeof MODEL_ARRAYS)[number]]: Float64Array }

/** Arrays of one simulation and of its model, and the indices of what the model names. */
export interface Views extends Readonly<Arrays> {
  readonly names: ModelNames
  readonly model: Readonly<ModelArrays>
}

/** Takes the views; call `refreshViews` whenever the heap may have grown. */
export function takeViews(data: MjData, model: MjModel, names: ModelNames): Views {
  return refreshViews({ names, model: {} } as Views, data, model)
}

/** Takes the views again, in place. */
export function refreshViews(views: Views, data: MjData, model: MjModel): Views {
  take(views, data, ARRAYS)
  take(views.model, model, MODEL_ARRAYS)
  return views
}

function take(into: object, from: object, names: readonly string[]): void {
  for (const name of names) Object.assign(into, { [name]: (from as Record<string, unknown>)[name] })
}

/** True once the heap has grown since the views were taken. */
export const areDetached = (views: Views): boolean => views.qpos.length === 0

/** Where MuJoCo keeps the address of each element's name. */
const ADDRESSES = {
  body: 'name_bodyadr',
  joint: 'name_jntadr',
  geom: 'name_geomadr',
  site: 'name_siteadr',
  camera: 'name_camadr',
  actuator: 'name_actuatoradr',
  sensor: 'name_sensoradr',
  tendon: 'name_tendonadr',
  keyframe: 'name_keyadr',
} as const
type Kind = keyof typeof ADDRESSES
const KINDS = Object.keys(ADDRESSES) as readonly Kind[]

/**
 * Names of a model's elements, read once. Not with `mj_id2name`: for what has no name it returns whatever lies at
 * address 0.
 */
export class ModelNames {
  /** In the model's order; '' for what has no name. */
  readonly lists: Readonly<Record<Kind, readonly string[]>>
  private readonly indices: Readonly<Record<Kind, ReadonlyMap<string, number>>>
  private readonly addresses: Readonly<Record<'qpos' | 'qvel' | 'sensor' | 'mocap', Int32Array>>

  constructor(model: MjModel) {
    const bytes = Uint8Array.from(model.names as Int8Array)
    const nameAt = (address: number) =>
      new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)))
    const list = (kind: Kind) => Array.from(model[ADDRESSES[kind]] as Int32Array, nameAt)
    this.lists = perKind(list)
    this.indices = perKind(kind => new Map(this.lists[kind].map((name, i) => [name, i])))
    this.addresses = {
      qpos: Int32Array.from(model.jnt_qposadr),
      qvel: Int32Array.from(model.jnt_dofadr),
      sensor: Int32Array.from(model.sensor_adr),
      mocap: Int32Array.from(model.body_mocapid),
    }
  }

  body(name: string): number {
    return this.find('body', name)
  }
  joint(name: string): number {
    return this.find('joint', name)
  }
  geom(name: string): number {
    return this.find('geom', name)
  }
  site(name: string): number {
    return this.find('site', name)
  }
  actuator(name: string): number {
    return this.find('actuator', name)
  }
  tendon(name: string): number {
    return this.find('tendon', name)
  }
  /** First of the joint's positions in qpos. */
  qpos(joint: string): number {
    return this.addresses.qpos[this.joint(joint)]
  }
  /** First of the joint's velocities in qvel. */
  qvel(joint: string): number {
    return this.addresses.qvel[this.joint(joint)]
  }
  /** First of the sensor's numbers in sensordata. */
  sensor(name: string): number {
    return this.addresses.sensor[this.find('sensor', name)]
  }
  /** Row of a mocap body in mocap_pos and mocap_quat. */
  mocap(body: string): number {
    const row = this.addresses.mocap[this.body(body)]
    if (row >= 0) return row
    throw new CarrotError('bad-model', `The body '${body}' is not a mocap body.`, 'Give it mocap="true".')
  }

  private find(kind: Kind, name: string): number {
    const index = this.indices[kind].get(name)
    if (index !== undefined) return index
    const known = this.lists[kind].filter(known => known !== '')
    const near = closest(name, known)
    throw new CarrotError(
      'bad-model',
      `The model has no ${kind} named '${name}'.`,
      near === undefined ? `It has ${known.join(', ') || 'none with a name'}.` : `Did you mean '${near}'?`,
    )
  }
}

const perKind = <T>(of: (kind: Kind) => T): Record<Kind, T> =>
  Object.fromEntries(KINDS.map(kind => [kind, of(kind)])) as Record<Kind, T>

/** Named poses of a model. */
export function keyframesOf(model: MjModel, names: ModelNames): Keyframe[] {
  const row = (array: Float64Array, width: number, i: number) =>
    Array.from(array.subarray(i * width, (i + 1) * width))
  return names.lists.keyframe.map((name, i) => ({
    name: name || `key${i}`,
    qpos: row(model.key_qpos, model.nq, i),
    qvel: row(model.key_qvel, model.nv, i),
  }))
}
