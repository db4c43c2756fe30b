/**
 * A car too weak to drive straight up its valley: Gymnasium's MountainCarContinuous-v0, after Moore, "Efficient
 * memory-based learning for robot control" (1990).
 */
import { clamp } from '../../src/core/math.ts'
import type { GeomSpec, SceneSpec } from '../../src/core/scene.ts'
import { defineKinematicEnv, type KinematicState } from '../../src/sim/defineKinematicEnv.ts'
import { ASPHALT, covered, DAY_SKY, EARTH, GRASS, textureOf } from '../natural.ts'
import { box, cylinder, fixedCamera, floor, putLeaning, putUpright } from '../shapes.ts'
import { entry, TEXTURED, VARIANT } from './readouts.ts'

/** Published speeds and pushes are by the step; a step takes as long as a published picture. */
const DT = 1 / 30 // s
const LEFT_END = -1.2 // m
const RIGHT_END = 0.6
const TOP_SPEED = 0.07 // m a step
const POWER = 0.0015 // m a step, each step
const GRAVITY = 0.0025
const GOAL = 0.45 // m
const START = [-0.6, -0.4] as const

/** Places in the state: along the valley, m; m a step; and whether the car has got to the goal. */
const X = 0
const STRIDE = 1
const ARRIVED = 2

/** The valley in the pictures; the dynamics have its slope. */
const height = (x: number): number => 0.45 * Math.sin(3 * x) + 0.55
const slope = (x: number): number => Math.atan(1.35 * Math.cos(3 * x))

/** In single precision, as the published car keeps its state. */
function drive(s: KinematicState, action: number): void {
  let stride = s[STRIDE] + action * POWER - GRAVITY * Math.cos(3 * s[X])
  stride = clamp(stride, -TOP_SPEED, TOP_SPEED)
  const x = clamp(s[X] + stride, LEFT_END, RIGHT_END)
  if (x === LEFT_END && stride < 0) stride = 0
  s[X] = Math.fround(x)
  s[STRIDE] = Math.fround(stride)
  // Before rounding: the goal itself is no number of single precision.
  s[ARRIVED] = isAtGoal(x, stride) ? 1 : 0
}

const isAtGoal = (x: number, stride: number): boolean => x >= GOAL && stride >= 0

const SLABS = 48
/** Lies on its back: the slab's y is up and its z toward the eye, so that its face shows a texture upright. */
const FACING = [Math.SQRT1_2, Math.SQRT1_2, 0, 0] as const
const ROAD = 0.012 // m, half its thickness

/** Slabs from the bottom up, and the road on them. */
const hill = Array.from({ length: SLABS }, (_, i) => {
  const width = (RIGHT_END - LEFT_END + 0.2) / SLABS
  const x = LEFT_END - 0.1 + (i + 0.5) * width
  const half = (height(x) - 2 * ROAD) / 2
  const tilt = slope(x)
  const length = width / Math.cos(tilt)
  const ground = box(`ground${i}`, [width / 2, half, 0.25], [0.46, 0.4, 0.33, 1], {
    position: [x, 0, half],
    quaternion: FACING,
  })
  const road = box(`road${i}`, [length / 2 + 0.004, 0.25, ROAD], [0.36, 0.37, 0.39, 1], {
    position: [x + ROAD * Math.sin(tilt), 0, height(x) - ROAD * Math.cos(tilt)],
    quaternion: [Math.cos(tilt / 2), 0, -Math.sin(tilt / 2), 0],
  })
  return { ground, road }
})

const WHEEL = 0.035
/** Wheels lie on their sides: about x from upright. */
const ROLLING = [Math.SQRT1_2, Math.SQRT1_2, 0, 0] as const
/** The car and the flag. */
const THINGS: readonly GeomSpec[] = [
  cylinder('flagpole', 0.008, 0.12, [0.3, 0.3, 0.32, 1], { position: [GOAL, 0, height(GOAL) + 0.12] }),
  box('flag', [0.05, 0.004, 0.03], [0.95, 0.8, 0.15, 1], {
    position: [GOAL + 0.05, 0, height(GOAL) + 0.21],
  }),
  box('chassis', [0.09, 0.05, 0.025], [0.75, 0.22, 0.2, 1], { body: 1, position: [0, 0, 2 * WHEEL] }),
  box('cabin', [0.045, 0.045, 0.02], [0.85, 0.88, 0.92, 1], {
    body: 1,
    position: [-0.01, 0, 2 * WHEEL + 0.045],
  }),
  ...[-1, 1].flatMap(end =>
    [-1, 1].map(side =>
      cylinder(
        `wheel_${end < 0 ? 'back' : 'front'}_${side < 0 ? 'right' : 'left'}`,
        WHEEL,
        0.012,
        [0.15, 0.15, 0.17, 1],
        { body: 1, position: [end * 0.055, side * 0.055, WHEEL], quaternion: ROLLING },
      ),
    ),
  ),
]
const SCENE: SceneSpec = {
  bodies: ['world', 'car'],
  geoms: [floor(), ...hill.flatMap(({ ground, road }) => [ground, road]), ...THINGS],
  cameras: [
    fixedCamera('side', [-0.3, -2.6, 0.75], [-0.3, 0, 0.6], 0.7),
    fixedCamera('corner', [0.9, -2.2, 1.7], [-0.25, 0, 0.5], 0.7),
  ],
  extent: 1.5,
}
/** Made when it is asked for. */
const texturedScene = (): SceneSpec => ({
  ...SCENE,
  geoms: [
    covered(floor(), 0, 1),
    ...hill.flatMap(({ ground, road }) => [covered(ground, 1, 2), covered(road, 2, 3)]),
    ...THINGS,
  ],
  textures: [textureOf(GRASS, 1), textureOf(EARTH, 2), textureOf(ASPHALT, 3)],
  sky: DAY_SKY,
})

/** qpos: along the valley, m. qvel: m a step, as published. */
export const mountainCar = defineKinematicEnv({ variant: VARIANT, textured: TEXTURED }, o => {
  const endless = o.variant === 'vlm-rm'
  return {
    id: 'mountain-car',
    version: 1,
    about: 'A car in a valley, too weak to drive straight up.',
    dt: DT,
    maxSteps: endless ? 200 : 999,
    defaultReward: 'mountain-car-climb',
    success: { signal: 'atGoal', over: 'last' },
    action: { names: ['throttle'], low: [-1], high: [1], unit: '1' },
    positions: 1,
    velocities: 1,
    extra: 1,
    obs: {
      carPosition: { shape: [], unit: 'm', frame: 'world', about: 'Along the valley.', read: entry(X) },
      carStride: {
        shape: [],
        unit: 'm',
        frame: 'world',
        about: 'How far it goes in a step.',
        read: entry(STRIDE),
      },
    },
    signals: {
      carPosition: { shape: [], unit: 'm', frame: 'world', about: 'Along the valley.', read: entry(X) },
      carVelocity: {
        shape: [],
        unit: 'm/s',
        frame: 'world',
        about: 'Along the valley.',
        read: entry(STRIDE, 1 / DT),
      },
      carHeight: {
        shape: [],
        unit: 'm',
        frame: 'world',
        about: 'Of the road under the car.',
        read(s, out, at) {
          out[at] = height(s[X])
        },
      },
      atGoal: {
        shape: [],
        unit: 'bool',
        about: endless
          ? 'The car has got to the flag, where it stays.'
          : 'The car is at the flag or beyond, and does not roll back.',
        read: entry(ARRIVED),
      },
    },
    start(s, rng) {
      s[X] = rng.range(START[0], START[1])
    },
    complete(s) {
      s[ARRIVED] = isAtGoal(s[X], s[STRIDE]) ? 1 : 0
    },
    step(s, action, at) {
      // The goal swallows the car.
      if (endless && s[ARRIVED] === 1) return
      drive(s, action[at])
      if (endless && s[X] >= Math.fround(GOAL)) {
        s[X] = GOAL
        s[STRIDE] = 0
        s[ARRIVED] = 1
      }
    },
    isTerminal: s => !endless && s[ARRIVED] === 1,
    expert: (s, _, action) => {
      // Rocking: always the way it rolls.
      action[0] = s.carVelocity[0] < 0 ? -1 : 1
    },
    scene: o.textured ? texturedScene() : SCENE,
    keyframes: [
      { name: 'bottom', qpos: [-0.5236], qvel: [0] },
      { name: 'slope', qpos: [0], qvel: [0] },
      { name: 'flag', qpos: [GOAL], qvel: [0] },
    ],
    poses(s, out) {
      putUpright(out, 0)
      // The nose goes up where the road does: about y, the other way round.
      putLeaning(out, 1, s[X], 0, height(s[X]), -slope(s[X]))
    },
  }
})
