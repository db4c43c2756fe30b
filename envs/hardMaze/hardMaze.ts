/**
 * A robot with two wheels in a maze whose dead ends lie nearer to the goal than the way to it: the hard maze of Lehman
 * and Stanley, "Exploiting open-endedness to solve problems through the search for novelty" (2008), with the sizes, the
 * sensors and the two goal areas of Paolo et al., "Sparse reward exploration via novelty search and emitters" (2021).
 * The published map has 600 × 600 pixels with y downward; here a pixel is a centimetre, and y is up.
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
  putTurned,
  putUpright,
  topCamera,
  wall,
} from '../shapes.ts'
import { driveAlong } from './driving.ts'
import { nearestPoint, sight, type Wall } from './plan.ts'

const SIDE = 6 // m
const RADIUS = 0.1 // m, of the robot
const WHEEL_BASE = 0.2 // m
/** Fastest wheel: 4 cm a step. */
const TOP_SPEED = 0.8 // m/s
const DT = 0.05 // s
const START = { x: 0.6, y: SIDE - 4.5, heading: -Math.PI / 4 }
/** Of a laser, m. */
const RANGE = 1
const LASERS = [Math.PI / 4, 0, -Math.PI / 4] as const
const GOALS: readonly GoalArea[] = [
  { x: 0.6, y: SIDE - 0.6, radius: 0.5 },
  { x: 1, y: SIDE - 2, radius: 0.5 },
]
/** As shares of a side: the border, then the walls inside. */
const PLAN: readonly Wall[] = [
  [0, 0, 1, 0],
  [1, 0, 1, 1],
  [1, 1, 0, 1],
  [0, 1, 0, 0],
  [0.25, 0.25, 0.25, 0.75],
  [0.14, 0.45, 0, 0.65],
  [0.25, 0.75, 0, 0.8],
  [0.25, 0.75, 0.66, 0.875],
  [0.355, 0, 0.525, 0.185],
  [0.25, 0.5, 0.75, 0.215],
  [1, 0.25, 0.435, 0.55],
]
const WALLS = PLAN.map(([x1, y1, x2, y2]): Wall => [SIDE * x1, SIDE * y1, SIDE * x2, SIDE * y2])
/** Where to turn on the way to the far goal, m. */
const WAY_TO_FAR_GOAL = [
  [1.2, 0.9],
  [1.9, 1.3],
  [3.4, 1.6],
  [5.2, 0.75],
  [5.1, 1.6],
  [1.75, 3.6],
  [2.6, 4.3],
  [4.6, 4.9],
  [4, 5.55],
  [0.7, 5.4],
] as const

/** Places in the state: x, y, heading; speed, turning; which bumpers are pressed. */
const X = 0
const Y = 1
const HEADING = 2
const SPEED = 3
const TURNING = 4
const BUMPERS = 5

const touched = { x: 0, y: 0 }

/** Presses the bumpers on the sides where walls are nearer than the robot is wide; true when there are any. */
function bump(s: KinematicState, x: number, y: number): boolean {
  s[BUMPERS] = 0
  s[BUMPERS + 1] = 0
  const fx = Math.cos(s[HEADING])
  const fy = Math.sin(s[HEADING])
  for (const wall of WALLS) {
    if (nearestPoint(wall, x, y, touched) >= RADIUS) continue
    // Left of the heading is the left bumper, right the right one; dead ahead or behind is both.
    const side = fx * (touched.y - y) - fy * (touched.x - x)
    if (side >= 0) s[BUMPERS] = 1
    if (side <= 0) s[BUMPERS + 1] = 1
  }
  return s[BUMPERS] + s[BUMPERS + 1] > 0
}

function drive(s: KinematicState, left: number, right: number): void {
  const speed = (TOP_SPEED * (left + right)) / 2
  const turning = (TOP_SPEED * (right - left)) / WHEEL_BASE
  s[HEADING] += DT * turning
  const x = s[X] + DT * speed * Math.cos(s[HEADING])
  const y = s[Y] + DT * speed * Math.sin(s[HEADING])
  // Against a wall it turns on the spot.
  const blocked = bump(s, x, y)
  s[SPEED] = blocked ? 0 : speed
  s[TURNING] = turning
  if (blocked) return
  s[X] = x
  s[Y] = y
}

const laser = (s: KinematicState, i: number): number =>
  sight(WALLS, s[X], s[Y], Math.cos(s[HEADING] + LASERS[i]), Math.sin(s[HEADING] + LASERS[i]), RANGE)

const SCENE: SceneSpec = {
  bodies: ['world', 'robot'],
  geoms: [
    floor(),
    ...WALLS.map((line, i) => wall(i < 4 ? `border${i + 1}` : `wall${i - 3}`, line, 0.05, 0.25)),
    ...GOALS.map(({ x, y, radius }, i) => goalArea(`goal${i + 1}`, x, y, radius)),
    cylinder('robot', RADIUS, 0.06, [0.93, 0.53, 0.24, 1], { body: 1, position: [0, 0, 0.06] }),
    box('nose', [0.03, 0.03, 0.02], [0.2, 0.24, 0.3, 1], { body: 1, position: [0.07, 0, 0.13] }),
  ],
  cameras: [
    topCamera(SIDE / 2, SIDE / 2, SIDE + 0.2),
    fixedCamera('corner', [8, -3.5, 6], [SIDE / 2, SIDE / 2, 0], 0.7),
  ],
  extent: SIDE,
}

/** qpos: x, y, heading. qvel: forward, turning. */
export const hardMaze = defineKinematicEnv(
  {
    startNoise: {
      default: 1e-3,
      about: 'Half width of the even noise on the place (m) and heading (rad) of a start; published: 0.',
    },
  },
  o => ({
    id: 'hard-maze',
    version: 1,
    about: 'A robot with two wheels in a maze of dead ends.',
    dt: DT,
    maxSteps: 2000,
    defaultReward: 'hard-maze-reach',
    success: { signal: 'inGoalArea', over: 'last' },
    descriptor: { signal: 'robotPlace', low: [0, 0], high: [SIDE, SIDE] },
    action: { names: ['left_wheel', 'right_wheel'], low: [-1, -1], high: [1, 1], unit: '1' },
    positions: 3,
    velocities: 2,
    extra: 2,
    obs: {
      lasers: {
        shape: [3],
        unit: 'm',
        about: 'To the wall at 45° left, ahead and 45° right, up to 1 m.',
        read(s, out, at) {
          for (let i = 0; i < 3; i++) out[at + i] = laser(s, i)
        },
      },
      bumpers: {
        shape: [2],
        unit: 'bool',
        about: 'Left and right: pressed.',
        read(s, out, at) {
          for (let i = 0; i < 2; i++) out[at + i] = s[BUMPERS + i]
        },
      },
    },
    signals: {
      robotPlace: {
        shape: [2],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the robot, x and y, each between 0 and 6.',
        read(s, out, at) {
          out[at] = s[X]
          out[at + 1] = s[Y]
        },
      },
      robotHeading: {
        shape: [],
        unit: 'rad',
        frame: 'world',
        about: '0 along x, turning left; it counts whole turns.',
        read(s, out, at) {
          out[at] = s[HEADING]
        },
      },
      robotSpeed: {
        shape: [],
        unit: 'm/s',
        frame: 'body',
        about: 'Forward; 0 against a wall.',
        read(s, out, at) {
          out[at] = s[SPEED]
        },
      },
      ...goalSignals<KinematicState>(GOALS, 'the robot', (s, i) => s[X + i]),
      blocked: {
        shape: [],
        unit: 'bool',
        about: 'A bumper is pressed.',
        read(s, out, at) {
          out[at] = Math.max(s[BUMPERS], s[BUMPERS + 1])
        },
      },
    },
    start(s, rng) {
      const { startNoise } = o
      s[X] = START.x + rng.range(-startNoise, startNoise)
      s[Y] = START.y + rng.range(-startNoise, startNoise)
      s[HEADING] = START.heading + rng.range(-startNoise, startNoise)
    },
    complete: s => {
      bump(s, s[X], s[Y])
    },
    step: (s, action, at) => drive(s, action[at], action[at + 1]),
    isTerminal: () => false,
    expert: driveAlong(WAY_TO_FAR_GOAL),
    scene: SCENE,
    keyframes: [
      { name: 'start', qpos: [START.x, START.y, START.heading], qvel: [0, 0] },
      { name: 'far_goal', qpos: [GOALS[0].x, GOALS[0].y, 0], qvel: [0, 0] },
    ],
    poses(s, out) {
      putUpright(out, 0)
      putTurned(out, 1, s[X], s[Y], 0, s[HEADING])
    },
  }),
)
