/**
 * A Sawyer at a table with one thing to do, after Meta-World (Yu et al., CoRL 2019; version 2 of its tasks): 4 actions,
 * 500 steps at 80 Hz, the starts and the success criteria of each task. Models are our own, from primitive shapes.
 *
 * The hand follows a target that the action moves by up to a centimetre a step, as Meta-World's does. There a weld to a
 * massless body drags the hand with whatever force that takes; here a spring and damper in space pull it, with forces
 * that the torques of the joints can bring about. So pushing against something that does not give way has its limits.
 */
import type { Expert, ResetRng } from '../../src/core/env.ts'
import type { EnvSpec, Unit } from '../../src/core/spec.ts'
import type { MujocoDefinition } from '../../src/sim/definition.ts'
import { flagOf, type Readouts, sitePosition } from '../../src/sim/fields.ts'
import type { Views } from '../../src/sim/views.ts'

/** s, as in sawyer.xml. */
const TIMESTEP = 0.0125 / 3
/** Furthest the target moves in a step, m. */
export const HAND_STEP = 0.01
/** Furthest the target gets ahead of the hand, m; at full speed it is 5 cm ahead. */
const LEASH = 0.08
/** Between the insides of the open fingers, m. */
const OPEN = 0.084
/** Where Meta-World lets the target go, m. */
const LOW = [-0.5, 0.4, 0.05]
const HIGH = [0.5, 1, 0.5]

/** Places where the hand starts, m, with angles of the seven joints that put it there, gripper down. */
const STARTS = {
  centre: {
    hand: [0, 0.6, 0.2],
    joints: [-0.28072, -1.12594, 0.01475, 1.7627, -0.00697, 0.92747, 1.48386],
  },
  near: {
    hand: [0, 0.4, 0.2],
    joints: [-0.22981, -1.48277, -0.21973, 2.25502, 0.01693, 0.79992, 1.28825],
  },
  left: {
    hand: [-0.5, 0.6, 0.2],
    joints: [0.43219, -0.74427, 0.10656, 1.09891, -0.06981, 1.19897, 2.26901],
  },
} as const

/** userdata: the hand's target [3], where the hand is [3], then what a task keeps. */
const TARGET = 0
const HAND = 3
export const TASK_USERDATA = 6

export interface SawyerTask extends Pick<EnvSpec, 'id' | 'about' | 'defaultReward'> {
  readonly mjcf: URL
  readonly handStart: keyof typeof STARTS
  /** What the object is, for `about`: 'the handle of the drawer'. */
  readonly object: string
  /** Unit of the one joint the object moves on, if it is held by one. */
  readonly joint?: { readonly unit: Unit; readonly about: string }
  /** Puts furniture and goal where they are to be, and the joint; the hand is at its start already. */
  readonly place: (sim: Views, rng: ResetRng) => void
  /** Directions in which Meta-World judges the distance of object and goal; default all. */
  readonly axes?: 'x' | 'y' | 'xy'
  /** A distance up to here is its success, m. Pairs judge otherwise. */
  readonly threshold?: number
  readonly expert: Expert
  /** Physics steps per control step, default 3. */
  readonly frameSkip?: number
  /** Furthest the target moves in a step, m; default 0.01. */
  readonly step?: number
}

export function sawyerTask(task: SawyerTask): MujocoDefinition {
  const { id, about, mjcf, defaultReward, handStart, place, expert } = task
  const { axes = 'xyz', threshold = 0, frameSkip = 3, step = HAND_STEP } = task
  const distance = distanceAlong(axes)
  return {
    id,
    version: 1,
    about,
    mjcf,
    dt: frameSkip * TIMESTEP,
    frameSkip,
    maxSteps: 500,
    defaultReward,
    success: { signal: 'success', over: 'ever' },
    action: {
      names: ['x', 'y', 'z', 'grip'],
      low: [-1, -1, -1, -1],
      high: [1, 1, 1, 1],
      unit: '1',
    },
    currentPositions: true,
    obs: { ...hand, ...objectOf(task), ...goal },
    signals: {
      ...hand,
      tipPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Between the ends of the fingers.',
        read: sitePosition('tip'),
      },
      ...objectOf(task),
      ...jointOf(task),
      ...goal,
      objectToGoal: {
        shape: [],
        unit: 'm',
        about: `How far ${task.object} is from its goal${along(axes)}.`,
        read(sim, out, at) {
          out[at] = distance(sim)
        },
      },
      success: {
        shape: [],
        unit: 'bool',
        about: `It is at most ${threshold} m from its goal${along(axes)}, which is Meta-World's criterion.`,
        read: flagOf(sim => distance(sim) <= threshold),
      },
    },
    start(sim, rng) {
      const { hand, joints } = STARTS[handStart]
      sim.qpos.set(joints)
      sim.userdata.set(hand, TARGET)
      place(sim, rng)
    },
    act: (sim, action, at) => steer(sim, action, at, step),
    update({ userdata, site_xpos, names }) {
      // Kept, since actions depend on it, and positions are no part of a saved state.
      const from = 3 * names.site('hand')
      for (let i = 0; i < 3; i++) userdata[HAND + i] = site_xpos[from + i]
      // Put into a pose by hand: it is to stay there.
      if (userdata[TARGET + 1] === 0) for (let i = 0; i < 3; i++) userdata[TARGET + i] = site_xpos[from + i]
    },
    isTerminal: () => false,
    expert,
  }
}

/** Moves the target, within bounds and not far from the hand, and sets the effort of the gripper. */
function steer(sim: Views, action: Float64Array, at: number, step: number): void {
  const { userdata, ctrl } = sim
  for (let i = 0; i < 3; i++) {
    const wanted = userdata[TARGET + i] + step * action[at + i]
    const bounded = Math.min(HIGH[i], Math.max(LOW[i], wanted))
    const is = userdata[HAND + i]
    const target = Math.min(is + LEASH, Math.max(is - LEASH, bounded))
    userdata[TARGET + i] = target
    ctrl[i] = target
  }
  ctrl[6] = action[at + 3]
  ctrl[7] = action[at + 3]
}

const hand = {
  handPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Of the hand, 4.5 cm above the ends of the fingers.',
    read: sitePosition('hand'),
  },
  handVelocity: {
    shape: [3],
    unit: 'm/s',
    frame: 'world',
    about: 'Of the hand.',
    read: sensor('handVelocity'),
  },
  handTarget: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Where the hand is being pulled; actions move it.',
    read({ userdata }, out, at) {
      for (let i = 0; i < 3; i++) out[at + i] = userdata[TARGET + i]
    },
  },
  gripperOpening: {
    shape: [],
    unit: 'm',
    about: 'Between the insides of the fingers, up to 0.084.',
    read({ qpos }, out, at) {
      out[at] = OPEN - qpos[7] - qpos[8]
    },
  },
} as const satisfies Readouts

const goal = {
  goalPosition: {
    shape: [3],
    unit: 'm',
    frame: 'world',
    about: 'Where the object is to be.',
    read({ mocap_pos, names }, out, at) {
      const from = 3 * names.mocap('goal')
      for (let i = 0; i < 3; i++) out[at + i] = mocap_pos[from + i]
    },
  },
} as const satisfies Readouts

function objectOf({ object, joint }: SawyerTask): Readouts {
  return {
    objectPosition: {
      shape: [3],
      unit: 'm',
      frame: 'world',
      about: `Of ${object}.`,
      read: sitePosition('object'),
    },
    // What slides does not turn.
    ...(joint?.unit === 'm' ? {} : orientationOf(object)),
    objectVelocity: {
      shape: [3],
      unit: 'm/s',
      frame: 'world',
      about: `Of ${object}.`,
      read: sensor('objectVelocity'),
    },
  }
}

const orientationOf = (object: string): Readouts => ({
  objectOrientation: {
    shape: [4],
    unit: '1',
    frame: 'world',
    about: `Of ${object}, unit quaternion w x y z.`,
    read({ xquat, names }, out, at) {
      const from = 4 * names.body('part')
      for (let i = 0; i < 4; i++) out[at + i] = xquat[from + i]
    },
  },
})

function jointOf({ joint }: SawyerTask): Readouts {
  if (joint === undefined) return {}
  const { unit, about } = joint
  return {
    jointPosition: {
      shape: [],
      unit,
      about,
      read({ qpos, names }, out, at) {
        out[at] = qpos[names.qpos('part')]
      },
    },
  }
}

function sensor(name: string): Readouts[string]['read'] {
  return ({ sensordata, names }, out, at) => {
    const from = names.sensor(name)
    for (let i = 0; i < 3; i++) out[at + i] = sensordata[from + i]
  }
}

/** Puts a body that nothing moves: furniture, the goal. */
export function put({ mocap_pos, names }: Views, body: string, x: number, y: number, z: number): void {
  const at = 3 * names.mocap(body)
  mocap_pos[at] = x
  mocap_pos[at + 1] = y
  mocap_pos[at + 2] = z
}

const along = (axes: string): string => (axes === 'xyz' ? '' : ` along ${axes.split('').join(' and ')}`)

/** Distance of object and goal in these directions, m. */
function distanceAlong(axes: string): (sim: Views) => number {
  const [x, y, z] = ['x', 'y', 'z'].map(axis => (axes.includes(axis) ? 1 : 0))
  return ({ site_xpos, mocap_pos, names }) => {
    const object = 3 * names.site('object')
    const goal = 3 * names.mocap('goal')
    return Math.hypot(
      x * (site_xpos[object] - mocap_pos[goal]),
      y * (site_xpos[object + 1] - mocap_pos[goal + 1]),
      z * (site_xpos[object + 2] - mocap_pos[goal + 2]),
    )
  }
}
