/**
 * A pole on a cart that is pushed to either side: Gymnasium's CartPole-v1, after Barto, Sutton and Anderson, "Neuronlike
 * adaptive elements that can solve difficult learning control problems" (1983).
 */

import { clamp } from '../../src/core/math.ts'
import type { SceneSpec } from '../../src/core/scene.ts'
import { defineKinematicEnv, type KinematicState } from '../../src/sim/defineKinematicEnv.ts'
import { flagOf } from '../../src/sim/fields.ts'
import { covered, DAY_SKY, GRASS, STEEL, textureOf, WOOD } from '../natural.ts'
import { box, fixedCamera, floor, pole, putLeaning, putUpright } from '../shapes.ts'
import { entry, TEXTURED, VARIANT } from './readouts.ts'

const GRAVITY = 9.8 // m/s²
const CART_MASS = 1 // kg
const POLE_MASS = 0.1 // kg
const TOTAL_MASS = CART_MASS + POLE_MASS
/** From the hinge to the middle of the pole, m. */
const HALF_POLE = 0.5
const POLE_MOMENT = POLE_MASS * HALF_POLE // kg·m
const PUSH = 10 // N
const DT = 0.02 // s
/** Beyond these the pole counts as dropped. */
const TRACK = 2.4 // m
const LEAN = (12 * Math.PI) / 180
/** Half width of the even noise on a start. */
const START_NOISE = 0.05

/** Places in the state: positions, velocities, and whether the pole was ever dropped: by any step, by one before the last. */
const X = 0
const ANGLE = 1
const SPEED = 2
const RATE = 3
const LOST = 4
const DROPPED = 5

const isBalanced = (s: KinematicState): boolean => Math.abs(s[X]) <= TRACK && Math.abs(s[ANGLE]) <= LEAN

/** Into [-π, π]. */
const wrapped = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))

/** Equations 1 and 2 of Florian, "Correct equations for the dynamics of the cart-pole system" (2005), without friction. */
function advance(s: KinematicState, force: number): void {
  const sin = Math.sin(s[ANGLE])
  const cos = Math.cos(s[ANGLE])
  const pushed = (force + POLE_MOMENT * (s[RATE] * s[RATE]) * sin) / TOTAL_MASS
  const turning =
    (GRAVITY * sin - cos * pushed) / (HALF_POLE * (4 / 3 - (POLE_MASS * (cos * cos)) / TOTAL_MASS))
  const driving = pushed - (POLE_MOMENT * turning * cos) / TOTAL_MASS
  // Explicit Euler: positions move with the speeds before the step.
  s[X] += DT * s[SPEED]
  s[SPEED] += DT * driving
  s[ANGLE] += DT * s[RATE]
  s[RATE] += DT * turning
}

const SCENE: SceneSpec = {
  bodies: ['world', 'cart', 'pole'],
  geoms: [
    floor(-0.6),
    box('rail', [TRACK + 0.25, 0.03, 0.02], [0.45, 0.48, 0.53, 1], { position: [0, 0, -0.12] }),
    ...[-1, 1].map(side =>
      box(side < 0 ? 'left_end' : 'right_end', [0.02, 0.08, 0.08], [0.45, 0.48, 0.53, 1], {
        position: [side * (TRACK + 0.25), 0, -0.1],
      }),
    ),
    box('cart', [0.25, 0.14, 0.1], [0.2, 0.24, 0.3, 1], { body: 1 }),
    pole('pole', 0.04, 2 * HALF_POLE, [0.83, 0.55, 0.33, 1], 2),
  ],
  cameras: [
    fixedCamera('side', [0, -6.2, 0.4], [0, 0, 0.25], 0.8),
    fixedCamera('corner', [3, -4.6, 1.8], [0, 0, 0.2], 0.8),
  ],
  extent: 3,
}

/** What is not covered with grass, by its name. */
const COVERS: Readonly<Record<string, number>> = { pole: 1, cart: 2, rail: 2, left_end: 2, right_end: 2 }
/** Made when it is asked for. */
const texturedScene = (): SceneSpec => ({
  ...SCENE,
  geoms: SCENE.geoms.map(geom => covered(geom, COVERS[geom.name] ?? 0, geom.name === 'floor' ? 0.5 : 2)),
  textures: [textureOf(GRASS, 1), textureOf(WOOD, 2), textureOf(STEEL, 3)],
  sky: DAY_SKY,
})

/** qpos: cart, pole. qvel: theirs. */
export const cartPole = defineKinematicEnv({ variant: VARIANT, textured: TEXTURED }, o => {
  const endless = o.variant === 'vlm-rm'
  return {
    id: 'cartpole',
    version: 1,
    about: 'A cart that is pushed to either side to balance a pole.',
    dt: DT,
    maxSteps: endless ? 200 : 500,
    defaultReward: 'cartpole-balance',
    success: { signal: 'balanced', over: 'last' },
    action: {
      names: ['push'],
      low: [-1],
      high: [1],
      // Only its sign counts, as there are but two pushes; 0 pushes left.
      choices: [[-1], [1]],
      unit: '1',
    },
    positions: 2,
    velocities: 2,
    extra: 2,
    // Gymnasium's order.
    obs: {
      cartPosition: { shape: [], unit: 'm', frame: 'world', about: 'Along the rail.', read: entry(X) },
      cartVelocity: { shape: [], unit: 'm/s', frame: 'world', about: 'Along the rail.', read: entry(SPEED) },
      poleAngle: { shape: [], unit: 'rad', about: '0 upright, above 0 to the right.', read: entry(ANGLE) },
      poleRate: { shape: [], unit: 'rad/s', about: 'Of the pole.', read: entry(RATE) },
    },
    signals: {
      cartPosition: { shape: [], unit: 'm', frame: 'world', about: 'Along the rail.', read: entry(X) },
      cartVelocity: { shape: [], unit: 'm/s', frame: 'world', about: 'Along the rail.', read: entry(SPEED) },
      poleAngle: { shape: [], unit: 'rad', about: '0 upright, above 0 to the right.', read: entry(ANGLE) },
      poleRate: { shape: [], unit: 'rad/s', about: 'Of the pole.', read: entry(RATE) },
      tipHeight: {
        shape: [],
        unit: 'm',
        frame: 'world',
        about: 'End of the pole above its hinge.',
        read(s, out, at) {
          out[at] = 2 * HALF_POLE * Math.cos(s[ANGLE])
        },
      },
      balanced: {
        shape: [],
        unit: 'bool',
        about: 'The pole leans by 12° at most and the cart is within 2.4 m of the middle.',
        read: flagOf(isBalanced),
      },
      dropped: {
        shape: [],
        unit: 'bool',
        about: 'It was not balanced after some step before the last one.',
        read: entry(DROPPED),
      },
    },
    start(s, rng) {
      for (let i = X; i <= RATE; i++) s[i] = rng.range(-START_NOISE, START_NOISE)
    },
    step(s, action, at) {
      s[DROPPED] = s[LOST]
      advance(s, action[at] > 0 ? PUSH : -PUSH)
      if (endless) {
        s[X] = clamp(s[X], -TRACK, TRACK)
        s[ANGLE] = wrapped(s[ANGLE])
      }
      if (!isBalanced(s)) s[LOST] = 1
    },
    isTerminal: s => !endless && !isBalanced(s),
    expert: (s, _, action) => {
      // The cart is driven under where the pole falls to, and back to the middle of the rail.
      const lean = s.poleAngle[0] + 0.5 * s.poleRate[0] + 0.05 * s.cartPosition[0] + 0.1 * s.cartVelocity[0]
      action[0] = lean > 0 ? 1 : -1
    },
    scene: o.textured ? texturedScene() : SCENE,
    keyframes: [
      { name: 'upright', qpos: [0, 0], qvel: [0, 0] },
      { name: 'leaning', qpos: [0, 0.2], qvel: [0, 0] },
      { name: 'hanging', qpos: [0, Math.PI], qvel: [0, 0] },
    ],
    poses(s, out) {
      putUpright(out, 0)
      putUpright(out, 1, s[X])
      putLeaning(out, 2, s[X], 0, 0, s[ANGLE])
    },
  }
})
