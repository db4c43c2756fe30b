/**
 * An arm of twenty links in a plane, among walls: the redundant arm of Loviken and Hemion (2017), with the walls, goal
 * areas and spiral start of Paolo et al., "Sparse reward exploration via novelty search and emitters" (GECCO 2021).
 */
import type { SceneSpec } from '../../src/core/scene.ts'
import { defineKinematicEnv, type KinematicState } from '../../src/sim/defineKinematicEnv.ts'
import { type GoalArea, goalSignals } from '../goals.ts'
import {
  box,
  cylinder,
  fixedCamera,
  floor,
  goalArea,
  link,
  putTurned,
  putUpright,
  topCamera,
  WALL,
} from '../shapes.ts'

const JOINTS = 20
const LINK = 1 / JOINTS // m
const ROOT = [0.5, 0.5] as const
/** A step is two updates of this long, s. */
const UPDATE = 0.01
const UPDATES = 2
/** Angles of the start run evenly from the first to the last joint, rad. */
const SPIRAL = [(4 * Math.PI) / JOINTS, Math.PI / JOINTS] as const
const GOALS: readonly GoalArea[] = [
  { x: 0.25, y: 0.25, radius: 0.05 },
  { x: 0.85, y: 0.85, radius: 0.05 },
  { x: 0.25, y: 0.9, radius: 0.05 },
]
/** A cross that is open in the middle: low corner and size of each bar, m. */
const BAR = 0.2
const THICKNESS = 0.02
const MIDDLE = 0.5 - THICKNESS / 2
const BARS = [
  { x: MIDDLE, y: 0, dx: THICKNESS, dy: BAR },
  { x: MIDDLE, y: 1 - BAR, dx: THICKNESS, dy: BAR },
  { x: 0, y: MIDDLE, dx: BAR, dy: THICKNESS },
  { x: 1 - BAR, y: MIDDLE, dx: BAR, dy: THICKNESS },
] as const
/** Two joints that are nearer, |dx| + |dy| in m, are links that touch. */
const TOUCHING = 0.95 * LINK

/** Places in the state: angles, rates, whether the last move was stopped, and joints x y from the root to the tip. */
const RATES = JOINTS
const STOPPED = 2 * JOINTS
const POINTS = STOPPED + 1
const TIP = POINTS + 2 * JOINTS
const SIZE = POINTS + 2 * (JOINTS + 1)

/** Joints of an arm with these angles, each from the link before it; the first from straight up. */
function lay(angles: ArrayLike<number>, points: Float64Array, at: number): void {
  let [x, y] = ROOT
  let heading = Math.PI / 2
  points[at] = x
  points[at + 1] = y
  for (let i = 0; i < JOINTS; i++) {
    heading += angles[i]
    x += LINK * Math.cos(heading)
    y += LINK * Math.sin(heading)
    points[at + 2 * i + 2] = x
    points[at + 2 * i + 3] = y
  }
}

/** No joint outside the square or in a wall, and no link on another. */
function isFree(points: Float64Array): boolean {
  for (let i = 0; i <= JOINTS; i++) {
    const x = points[2 * i]
    const y = points[2 * i + 1]
    if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return false
    for (const bar of BARS) {
      if (x > bar.x && x < bar.x + bar.dx && y > bar.y && y < bar.y + bar.dy) return false
    }
    for (let j = 0; j < i; j++) {
      if (Math.abs(x - points[2 * j]) + Math.abs(y - points[2 * j + 1]) < TOUCHING) return false
    }
  }
  return true
}

const angles = new Float64Array(JOINTS)
const points = new Float64Array(2 * (JOINTS + 1))

/** Accelerations of one update, or a stop before something is hit. */
function move(s: KinematicState, action: Float64Array, at: number): void {
  for (let i = 0; i < JOINTS; i++) {
    angles[i] = s[i] + UPDATE * s[RATES + i] + (action[at + i] / 2) * UPDATE * UPDATE
  }
  lay(angles, points, 0)
  if (!isFree(points)) {
    s[STOPPED] = 1
    return
  }
  for (let i = 0; i < JOINTS; i++) {
    s[RATES + i] = (angles[i] - s[i]) / UPDATE
    s[i] = angles[i]
  }
  s.set(points, POINTS)
}

/** Accelerations that bring the tip into the first goal area, found by searching. */
const TO_FIRST_GOAL = [
  -0.44, -0.34, -0.04, -0.85, -1, 1, -0.54, 0.38, -0.92, 0.34, 1, -1, -0.37, -0.91, -0.7, -0.72, 0.11, 0.89,
  1, -0.55,
]

const SCENE: SceneSpec = {
  bodies: ['world', ...Array.from({ length: JOINTS }, (_, i) => `link${i + 1}`)],
  geoms: [
    floor(),
    ...BARS.map(({ x, y, dx, dy }, i) =>
      box(`wall${i + 1}`, [dx / 2, dy / 2, 0.02], WALL, { position: [x + dx / 2, y + dy / 2, 0.02] }),
    ),
    ...[0, 1].flatMap(side => [
      box(`border_x${side}`, [0.005, 0.51, 0.02], WALL, { position: [1.01 * side - 0.005, 0.5, 0.02] }),
      box(`border_y${side}`, [0.51, 0.005, 0.02], WALL, { position: [0.5, 1.01 * side - 0.005, 0.02] }),
    ]),
    ...GOALS.map(({ x, y, radius }, i) => goalArea(`goal${i + 1}`, x, y, radius)),
    cylinder('root', 0.015, 0.02, [0.2, 0.24, 0.3, 1], { position: [...ROOT, 0.02] }),
    ...Array.from({ length: JOINTS }, (_, i) =>
      link(`link${i + 1}`, 0.008, LINK, [0.93 - 0.02 * i, 0.45 + 0.012 * i, 0.24 + 0.02 * i, 1], i + 1),
    ),
  ],
  cameras: [topCamera(0.5, 0.5, 1.04), fixedCamera('corner', [1.3, -0.7, 1.1], [0.5, 0.5, 0], 0.7)],
  extent: 1,
}

const spiral = Array.from(
  { length: JOINTS },
  (_, i) => SPIRAL[0] + ((SPIRAL[1] - SPIRAL[0]) * i) / (JOINTS - 1),
)
const bent = Array.from({ length: JOINTS }, (_, i) => (i === 0 ? -0.6 : 0.05))

/** qpos: joint angles. qvel: their rates. */
export const redundantArm = defineKinematicEnv(
  {
    startNoise: {
      default: 1e-3,
      unit: 'rad',
      about: 'Half width of the even noise on the angles of a start; published: 0.',
    },
  },
  o => ({
    id: 'redundant-arm',
    version: 1,
    about: 'An arm of twenty links in a plane, with walls about it.',
    dt: UPDATES * UPDATE,
    maxSteps: 100,
    defaultReward: 'redundant-arm-reach',
    success: { signal: 'inGoalArea', over: 'last' },
    descriptor: { signal: 'tipPlace', low: [0, 0], high: [1, 1] },
    action: {
      names: Array.from({ length: JOINTS }, (_, i) => `joint${i + 1}`),
      low: Array(JOINTS).fill(-1),
      high: Array(JOINTS).fill(1),
      // Accelerations, rad/s².
      unit: '1',
    },
    positions: JOINTS,
    velocities: JOINTS,
    extra: SIZE - 2 * JOINTS,
    obs: {
      jointAngles: {
        shape: [JOINTS],
        unit: '1',
        about: 'As shares of half a turn, from the root on.',
        read(s, out, at) {
          for (let i = 0; i < JOINTS; i++) out[at + i] = s[i] / Math.PI
        },
      },
    },
    signals: {
      tipPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Tip of the arm, x and y, each between 0 and 1.',
        read(s, out, at) {
          out[at] = s[TIP]
          out[at + 1] = s[TIP + 1]
        },
      },
      jointAngles: {
        shape: [JOINTS],
        unit: 'rad',
        about: 'Each from the link before it, from the root on.',
        read(s, out, at) {
          for (let i = 0; i < JOINTS; i++) out[at + i] = s[i]
        },
      },
      jointRates: {
        shape: [JOINTS],
        unit: 'rad/s',
        about: 'From the root on.',
        read(s, out, at) {
          for (let i = 0; i < JOINTS; i++) out[at + i] = s[RATES + i]
        },
      },
      ...goalSignals<KinematicState>(GOALS, 'the tip', (s, i) => s[TIP + i]),
      stopped: {
        shape: [],
        unit: 'bool',
        about: 'The arm would have hit a wall, the border or itself, and was stopped.',
        read(s, out, at) {
          out[at] = s[STOPPED]
        },
      },
    },
    start(s, rng) {
      for (let i = 0; i < JOINTS; i++) s[i] = spiral[i] + rng.range(-o.startNoise, o.startNoise)
      lay(s, s, POINTS)
    },
    complete: s => lay(s, s, POINTS),
    step(s, action, at) {
      for (let i = 0; i < UPDATES && s[STOPPED] === 0; i++) move(s, action, at)
    },
    // Published: hitting something is the end.
    isTerminal: s => s[STOPPED] === 1,
    expert: (_, __, action) => action.set(TO_FIRST_GOAL),
    scene: SCENE,
    keyframes: [
      { name: 'spiral', qpos: spiral, qvel: Array(JOINTS).fill(0) },
      { name: 'bent', qpos: bent, qvel: Array(JOINTS).fill(0) },
    ],
    poses(s, out) {
      putUpright(out, 0)
      let heading = Math.PI / 2
      for (let i = 0; i < JOINTS; i++) {
        heading += s[i]
        putTurned(out, i + 1, s[POINTS + 2 * i], s[POINTS + 2 * i + 1], 0.02, heading)
      }
    },
  }),
)
