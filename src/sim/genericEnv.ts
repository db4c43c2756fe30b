/** Any MJCF as an environment: what can be seen of a model without knowing what it is for. */
import type { EnvDefinition, Keyframe, ResetRng } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import type { ActionSpec, Options, Unit } from '../core/spec.ts'
import { defineEnv } from './defineEnv.ts'
import { bodyPosition, type Readout, type Readouts, sitePosition, slice } from './fields.ts'
import { readModel } from './modelFiles.ts'
import { compileModel, loadMujoco, type MjModel } from './mujoco.ts'
import { keyframesOf, ModelNames, type Views } from './views.ts'

/** Control period that the number of physics steps is chosen for, s. */
const CONTROL_PERIOD = 0.02
/** How far a motor without a range is pushed. */
const UNLIMITED = 1

/** What the generic environment must know of a model before it can be defined. */
interface Facts {
  readonly names: ModelNames
  readonly joints: readonly JointFacts[]
  readonly action: ActionSpec
  readonly timestep: number
  readonly start: Keyframe | undefined
}
interface JointFacts {
  readonly name: string
  readonly kind: 'free' | 'ball' | 'slide' | 'hinge'
  /** First in qpos, and in qvel. */
  readonly position: number
  readonly velocity: number
}
/** By MuJoCo's number of the type. */
const JOINT_KINDS = ['free', 'ball', 'slide', 'hinge'] as const

/**
 * The model as an environment: actions are its controls; observations are all positions and velocities; signals are
 * those of every joint, and where every named body and site is. It never ends but by the clock, and pays nothing by
 * itself. It starts from the first keyframe, if there is one. Throws CarrotError 'bad-file' or 'bad-model'.
 */
export async function genericEnv(mjcf: URL): Promise<EnvDefinition> {
  const facts = await readFacts(mjcf)
  const fileName = decodeURIComponent(mjcf.pathname.slice(mjcf.pathname.lastIndexOf('/') + 1))
  const { joints, names, action, timestep, start } = facts
  const options = {
    frameSkip: {
      default: Math.max(1, Math.round(CONTROL_PERIOD / timestep)),
      about: 'Physics steps per control step.',
    },
    maxSteps: { default: 1000, about: 'Control steps until the clock ends the episode.' },
    resetNoise: { default: 0.01, about: 'Half width of the uniform noise on the initial pose.' },
  } as const satisfies Options
  const obs: Readouts = {
    positions: list('Of all joints, one after the other.', 'qpos', widthOf(joints, 'position')),
    velocities: list('Of all joints, one after the other.', 'qvel', widthOf(joints, 'velocity')),
  }
  return defineEnv(options, ({ frameSkip, maxSteps, resetNoise }) => ({
    id: identifierOf(fileName.replace(/\.(xml|mjcf)$/i, ''), '-'),
    version: 1,
    about: `The model ${fileName}: ${joints.length} joints, ${action.names.length} motors.`,
    mjcf,
    dt: frameSkip * timestep,
    frameSkip,
    maxSteps,
    defaultReward: null,
    success: null,
    action,
    currentPositions: true,
    obs,
    signals: signalsOf(names, joints),
    start: (sim, rng) => begin(sim, rng, start, resetNoise),
    act(sim, given, at) {
      for (let a = 0; a < sim.ctrl.length; a++) sim.ctrl[a] = given[at + a]
    },
    isTerminal: () => false,
  }))
}

function begin(sim: Views, rng: ResetRng, start: Keyframe | undefined, noise: number): void {
  if (start !== undefined) {
    sim.qpos.set(start.qpos)
    sim.qvel.set(start.qvel)
  }
  for (let i = 0; i < sim.qpos.length; i++) sim.qpos[i] += rng.range(-noise, noise)
  for (let i = 0; i < sim.qvel.length; i++) sim.qvel[i] += rng.range(-noise, noise)
}

async function readFacts(mjcf: URL): Promise<Facts> {
  const [mujoco, files] = await Promise.all([loadMujoco(), readModel(mjcf)])
  const model = compileModel(mujoco, files)
  try {
    if (model.nu === 0) {
      throw new CarrotError(
        'bad-model',
        `${files.name} has no actuators, so there is nothing to act with.`,
        'Add an <actuator> section, e.g. <motor joint="hip" ctrllimited="true" ctrlrange="-1 1"/>.',
        { file: files.name },
      )
    }
    const names = new ModelNames(model)
    return {
      names,
      joints: Array.from({ length: model.njnt }, (_, i) => ({
        name: names.lists.joint[i] || `joint${i}`,
        kind: JOINT_KINDS[model.jnt_type[i]],
        position: model.jnt_qposadr[i],
        velocity: model.jnt_dofadr[i],
      })),
      action: actionOf(model, names),
      timestep: model.opt.timestep,
      start: keyframesOf(model, names)[0],
    }
  } finally {
    model.delete()
  }
}

function actionOf(model: MjModel, names: ModelNames): ActionSpec {
  const limited = model.actuator_ctrllimited as Uint8Array
  const range = model.actuator_ctrlrange as Float64Array
  const bound = (a: number, side: 0 | 1) => (limited[a] ? range[2 * a + side] : (2 * side - 1) * UNLIMITED)
  const motors = Array.from({ length: model.nu }, (_, a) => a)
  return {
    names: motors.map(a => names.lists.actuator[a] || `motor${a}`),
    low: motors.map(a => bound(a, 0)),
    high: motors.map(a => bound(a, 1)),
    unit: '1',
  }
}

const WIDTHS = {
  position: { free: 7, ball: 4, slide: 1, hinge: 1 },
  velocity: { free: 6, ball: 3, slide: 1, hinge: 1 },
} as const
const widthOf = (joints: readonly JointFacts[], what: 'position' | 'velocity'): number =>
  joints.reduce((sum, { kind }) => sum + WIDTHS[what][kind], 0)

/** Numbers of several units, which only a policy may see. */
const list = (about: string, array: 'qpos' | 'qvel', width: number) => ({
  shape: [width],
  unit: '1' as Unit,
  about,
  read: slice(array, 0, width),
})

function signalsOf(names: ModelNames, joints: readonly JointFacts[]): Readouts {
  const signals: Record<string, Readout> = {}
  const add = (name: string, ending: string, readout: Readout): void => {
    const plain = identifierOf(name, '') + ending
    let free = plain
    for (let i = 2; free in signals; i++) free = plain + i
    signals[free] = readout
  }
  for (const joint of joints)
    for (const [ending, readout] of readoutsOf(joint)) add(joint.name, ending, readout)
  const places = [
    ['body', bodyPosition, names.lists.body.slice(1)],
    ['site', sitePosition, names.lists.site],
  ] as const
  for (const [kind, read, list] of places) {
    for (const name of list) {
      if (name === '') continue
      const about = `Of the ${kind} '${name}'.`
      add(name, 'Position', { shape: [3], unit: 'm', frame: 'world', about, read: read(name) })
    }
  }
  return signals
}

/** A joint's signals: what to append to its name, and the readout. */
function readoutsOf({ name, kind, position, velocity }: JointFacts): [string, Readout][] {
  const about = `Of the joint '${name}'.`
  const one = (unit: Unit, array: 'qpos' | 'qvel', first: number): Readout => ({
    shape: [],
    unit,
    about,
    read: slice(array, first),
  })
  const several = (
    unit: Unit,
    frame: 'world' | 'body',
    array: 'qpos' | 'qvel',
    first: number,
    n: number,
  ): Readout => ({
    shape: [n],
    unit,
    frame,
    about,
    read: slice(array, first, n),
  })
  if (kind === 'hinge') {
    return [
      ['Angle', one('rad', 'qpos', position)],
      ['Rate', one('rad/s', 'qvel', velocity)],
    ]
  }
  if (kind === 'slide') {
    return [
      ['Displacement', one('m', 'qpos', position)],
      ['Speed', one('m/s', 'qvel', velocity)],
    ]
  }
  const turning = (q: number, v: number): [string, Readout][] => [
    ['Orientation', several('1', 'world', 'qpos', q, 4)],
    ['AngularVelocity', several('rad/s', 'body', 'qvel', v, 3)],
  ]
  if (kind === 'ball') return turning(position, velocity)
  return [
    ['Origin', several('m', 'world', 'qpos', position, 3)],
    ['Velocity', several('m/s', 'world', 'qvel', velocity, 3)],
    ...turning(position + 3, velocity + 3),
  ]
}

/** 'front_left hip' as 'frontLeftHip', or with a joiner in lower case: 'front-left-hip'. */
function identifierOf(name: string, joiner: '' | '-'): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
  if (joiner === '-') return words.join('-').toLowerCase() || 'model'
  const joined = words.map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')
  return /^[0-9]/.test(joined) ? `_${joined}` : joined || 'unnamed'
}
