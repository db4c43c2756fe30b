/**
 * Three links that swim in a viscous fluid: Gymnasium's Swimmer-v5, after Coulom, "Reinforcement Learning Using Neural
 * Networks, with Applications to Motor Control" (PhD thesis, 2002).
 */
import type { Expert } from '../../src/core/env.ts'
import { defineEnv } from '../../src/sim/defineEnv.ts'
import { bodyPosition, flagOf, geomPosition, type Read, slice } from '../../src/sim/fields.ts'
import { addUniform, controlPeriod, excludeCurrentPositions, frameSkip, resetNoise } from '../options.ts'

/** Faster is swimming, m/s: half of the published good speed of 0.36 m/s and more than a drift. */
const SWIMMING_SPEED = 0.15
const HINGES = 'Front hinge, then back hinge.'

/** rad, rad a control step of 0.04 s, rad: a wave that runs from the front to the back. */
const [AMPLITUDE, FREQUENCY, LAG] = [0.6, 0.16, 1]

/** Follows a travelling wave with both hinges, bent a little against any turn off course. Its memory counts steps. */
const undulate: Expert = ({ jointAngles, heading }, memory, action) => {
  const phase = FREQUENCY * memory[0]++
  const course = Math.max(-0.5, Math.min(0.5, 0.15 * (heading[0] + jointAngles[0])))
  action[0] = 4 * (AMPLITUDE * Math.sin(phase) + course - jointAngles[0])
  action[1] = 4 * (AMPLITUDE * Math.sin(phase - LAG) + course - jointAngles[1])
}

/** x and y of an array that begins with them, in the plane of the water. */
const inPlane =
  (array: 'qpos' | 'qvel'): Read =>
  (sim, out, at) => {
    out[at] = sim[array][0]
    out[at + 1] = sim[array][1]
    out[at + 2] = 0
  }

/** qpos: x, y, heading of the front link, and the two hinges. */
export const swimmer = defineEnv(
  {
    frameSkip: frameSkip(4),
    resetNoise: resetNoise(0.1, 'Half width of the even noise on the initial positions and velocities.'),
    excludeCurrentPositions,
  },
  o => ({
    id: 'swimmer',
    version: 1,
    about: 'Three links in a row that swim in a plane of viscous fluid.',
    mjcf: new URL('./swimmer.xml', import.meta.url),
    dt: controlPeriod(o.frameSkip, 0.01),
    frameSkip: o.frameSkip,
    maxSteps: 1000,
    defaultReward: 'swimmer-forward',
    success: { signal: 'swimming', over: 0.5 },
    action: { names: ['front_hinge', 'back_hinge'], low: [-1, -1], high: [1, 1], unit: '1' },
    currentPositions: true,
    obs: {
      ...(!o.excludeCurrentPositions && {
        torsoPlace: {
          shape: [2],
          unit: 'm',
          frame: 'world',
          about: 'Of the swimmer in the plane, x and y.',
          read: slice('qpos', 0, 2),
        },
      }),
      heading: { shape: [], unit: 'rad', about: 'Of the front link, 0 along x.', read: slice('qpos', 2) },
      jointAngles: { shape: [2], unit: 'rad', about: HINGES, read: slice('qpos', 3, 2) },
      torsoVelocity: {
        shape: [2],
        unit: 'm/s',
        frame: 'world',
        about: 'Of the front link, x and y.',
        read: slice('qvel', 0, 2),
      },
      headingRate: { shape: [], unit: 'rad/s', about: 'Of the front link.', read: slice('qvel', 2) },
      jointRates: { shape: [2], unit: 'rad/s', about: HINGES, read: slice('qvel', 3, 2) },
    },
    signals: {
      torsoPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Origin of the front link, half a metre behind the front hinge; it moves in the plane z = 0.',
        read: inPlane('qpos'),
      },
      torsoVelocity: {
        shape: [3],
        unit: 'm/s',
        frame: 'world',
        about: 'Of the origin of the front link.',
        read: inPlane('qvel'),
      },
      heading: { shape: [], unit: 'rad', about: 'Of the front link, 0 along x.', read: slice('qpos', 2) },
      headingRate: { shape: [], unit: 'rad/s', about: 'Of the front link.', read: slice('qvel', 2) },
      jointAngles: { shape: [2], unit: 'rad', about: HINGES, read: slice('qpos', 3, 2) },
      jointRates: { shape: [2], unit: 'rad/s', about: HINGES, read: slice('qvel', 3, 2) },
      frontPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the front link.',
        read: geomPosition('front'),
      },
      middlePosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the middle link.',
        read: geomPosition('middle'),
      },
      backPosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Middle of the back link.',
        read: geomPosition('back'),
      },
      backHingePosition: {
        shape: [3],
        unit: 'm',
        frame: 'world',
        about: 'Hinge between the middle and the back link.',
        read: bodyPosition('back'),
      },
      swimming: {
        shape: [],
        unit: 'bool',
        about: `It moves forward faster than ${SWIMMING_SPEED} m/s.`,
        read: flagOf(({ qvel }) => qvel[0] > SWIMMING_SPEED),
      },
    },
    start({ qpos, qvel }, rng) {
      addUniform(qpos, rng, o.resetNoise)
      addUniform(qvel, rng, o.resetNoise)
    },
    expert: undulate,
    isTerminal: () => false,
  }),
)
