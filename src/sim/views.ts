/**
 * What an environment may read of one simulation: MuJoCo's arrays as views of the WebAssembly heap, under MuJoCo's
 * names. Asking the bindings for an array makes a new view every time (0.2 µs), so views are taken once; when the heap
 * grows they are all detached (length 0, no exception) and have to be taken again.
 */
import type { MjData, MjModel } from '@mujoco/mujoco'
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
  /** [nbody, 3] centres of mass. */
  'xipos',
  /** [ngeom, 3], [ngeom, 9] */
  'geom_xpos',
  'geom_xmat',
  /** [nsite, 3] */
  'site_xpos',
  /** [ncam, 3], [ncam, 9] */
  'cam_xpos',
  'cam_xmat',
  /** [nbody, 10], [nbody, 6] com-based inertia and velocity. */
  'cinert',
  'cvel',
  /** [nbody, 6] contact and other external force on the body, torque first. */
  'cfrc_ext',
  /** [nv] */
  'qfrc_actuator',
  /** [nbody, 3] */
  'subtree_com',
  /** [nsensordata] */
  'sensordata',
] as const

type Arrays = { [Name in (typeof ARRAYS)[number]]: Float64Array }

/** Arrays of one simulation, and the indices of what the model names. */
export interface Views extends Readonly<Arrays> {
  readonly names: ModelNames
}

/** Takes the views; call `refreshViews` whenever the heap may have grown. */
export function takeViews(data: MjData, names: ModelNames): Views {
  return refreshViews({ names } as Views, data)
}

/** Takes the views again, in place. */
export function refreshViews(views: Views, data: MjData): Views {
  const target = views as { -readonly [Name in keyof Arrays]: Float64Array }
  for (const name of ARRAYS) target[name] = data[name] as Float64Array
  return views
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
} as const
type Kind = keyof typeof ADDRESSES

/**
 * Names of a model's elements, read once. Not with `mj_id2name`: for what has no name it returns whatever lies at
 * address 0.
 */
export class ModelNames {
  /** In the model's order; '' for what has no name. */
  readonly lists: Readonly<Record<Kind, readonly string[]>>
  private readonly indices: Readonly<Record<Kind, ReadonlyMap<string, number>>>

  constructor(model: MjModel) {
    const bytes = Uint8Array.from(model.names as Int8Array)
    const nameAt = (address: number) =>
      new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)))
    const list = (kind: Kind) => Array.from(model[ADDRESSES[kind]] as Int32Array, nameAt)
    const index = (names: readonly string[]) => new Map(names.map((name, i) => [name, i]))
    const [body, joint, geom, site, camera] = (['body', 'joint', 'geom', 'site', 'camera'] as const).map(list)
    this.lists = { body, joint, geom, site, camera }
    this.indices = {
      body: index(body),
      joint: index(joint),
      geom: index(geom),
      site: index(site),
      camera: index(camera),
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
