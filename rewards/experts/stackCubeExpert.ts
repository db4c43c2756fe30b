import {
  defineReward,
  distance,
  flag,
  nearness,
  norm,
  type Quaternion,
  quat,
  scalar,
  vec3,
} from '../library.ts'

/** An edge of the cube, m. */
const EDGE = 0.04
/** The cube counts as on the other within these, m. */
const SIDEWAYS = 0.016
const HEIGHT = 0.005
/** The pads open this far, m. */
const OPEN = 0.08

/**
 * The reward of ManiSkill2's StackCube-v0; of the cube below it counts the velocity only, not the turning, which our
 * environment does not tell. Up to 15.
 */
export default defineReward({
  name: 'stack-cube-expert',
  env: 'stack-cube',
  about: "Put one cube on the other, as ManiSkill2's own reward has it.",
  reads: {
    tcpPosition: vec3('m', 'world'),
    tcpOrientation: quat('world'),
    cubePosition: vec3('m', 'world'),
    cubeOrientation: quat('world'),
    basePosition: vec3('m', 'world'),
    baseVelocity: vec3('m/s', 'world'),
    gripperOpening: scalar('m'),
    grasping: flag(),
    stacked: flag(),
  },
  terms: {
    turn: {
      weight: 1,
      value: s => (stage(s) === 'bring' ? 1 - Math.tanh(misturn(s.cubeOrientation, s.tcpOrientation)) : 0),
    },
    disturb: { weight: -1, value: s => (stage(s) === 'bring' ? norm(s.baseVelocity) : 0) },
    reach: {
      weight: 1,
      value: s => (stage(s) === 'bring' ? nearness(distance(s.tcpPosition, s.cubePosition), 3) : 0),
    },
    grasp: { weight: 1, value: s => (stage(s) === 'bring' ? s.grasping : 0) },
    // On the way it should be neither below its place nor more than 2 cm above it.
    raise: {
      weight: 2,
      value: s => {
        if (stage(s) !== 'bring') return 0
        const up = toPlace(s).z
        return s.grasping * nearness(Math.max(2 * up, 2 * (-0.02 - up), 0))
      },
    },
    place: {
      weight: 4,
      value: s => (stage(s) === 'bring' ? s.grasping * nearness(norm(toPlace(s))) : 0),
    },
    placed: { weight: 10, value: s => (stage(s) === 'release' ? 1 : 0) },
    release: {
      weight: 2,
      value: s => (stage(s) === 'release' ? (s.grasping === 1 ? s.gripperOpening / OPEN : 1) : 0),
    },
    done: { weight: 15, value: s => s.stacked },
  },
})

interface Cubes {
  readonly cubePosition: { readonly x: number; readonly y: number; readonly z: number }
  readonly basePosition: { readonly x: number; readonly y: number; readonly z: number }
  readonly stacked: number
}

/** From the cube to its place on the other. */
const toPlace = ({ cubePosition: cube, basePosition: base }: Cubes) => ({
  x: base.x - cube.x,
  y: base.y - cube.y,
  z: base.z + EDGE - cube.z,
})

function stage(s: Cubes): 'bring' | 'release' | 'done' {
  if (s.stacked === 1) return 'done'
  const { x, y, z } = toPlace(s)
  return Math.hypot(x, y) < SIDEWAYS && Math.abs(z) <= HEIGHT ? 'release' : 'bring'
}

/**
 * sin² of half the angle to the nearest grasp, in which the hand points down and lies along an edge of the cube. The
 * published trace of (R − R′)ᵀ(R − R′) is eight times this.
 */
function misturn(cube: Quaternion, hand: Quaternion): number {
  // x and y of the hand's turn as seen from the cube: cube⁻¹ · hand.
  const x = cube.w * hand.x - cube.x * hand.w - cube.y * hand.z + cube.z * hand.y
  const y = cube.w * hand.y + cube.x * hand.z - cube.y * hand.w - cube.z * hand.x
  const best = Math.max(x * x, y * y, ((x + y) * (x + y)) / 2, ((x - y) * (x - y)) / 2)
  return 1 - best
}
