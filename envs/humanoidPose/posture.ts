/** What the goal poses are judged by: where the parts of the body are, which way they point, and how fast it moves. */
import type { Vector3 } from '../../src/core/math.ts'
import type { Views } from '../../src/sim/views.ts'

/** An arm and a leg of one side. */
export interface Side {
  /** Hip joint, knee, centre of the foot, m, world. */
  readonly hip: Vector3
  readonly knee: Vector3
  readonly foot: Vector3
  /** Elbow and centre of the hand, m, world. */
  readonly elbow: Vector3
  readonly hand: Vector3
  /** The hand as the torso sees it, m: x forward, y left, z up, from its centre. */
  readonly handFromTorso: Vector3
  /** The same of the elbow. */
  readonly elbowFromTorso: Vector3
  /** Where the waist meets the hip, m, world: hands on hips rest here. */
  readonly waist: Vector3
  /** 0 straight, rad. */
  readonly kneeBend: number
}

export interface Posture {
  /** Centres, m, world. */
  readonly head: Vector3
  readonly torso: Vector3
  readonly pelvis: Vector3
  readonly right: Side
  readonly left: Side
  /** Cosine of the torso's tilt: 1 upright. */
  readonly torsoUp: number
  /** Unit vector through the pelvis, from right to left, world. */
  readonly pelvisLeft: Vector3
  /** Speed of the centre of the torso, m/s. */
  readonly speed: number
}

/** Half of the pelvis's width and how far above its centre the hands rest, m, in its frame. */
const WAIST = { x: 0, y: 0.18, z: 0.06 } as const

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends number ? number : Mutable<T[K]> }

const point = (): Mutable<Vector3> => ({ x: 0, y: 0, z: 0 })
const side = (): Mutable<Side> => ({
  hip: point(),
  knee: point(),
  foot: point(),
  elbow: point(),
  hand: point(),
  handFromTorso: point(),
  elbowFromTorso: point(),
  waist: point(),
  kneeBend: 0,
})

/** One posture, written over by every look: a step allocates nothing. */
const scratch: Mutable<Posture> = {
  head: point(),
  torso: point(),
  pelvis: point(),
  right: side(),
  left: side(),
  torsoUp: 0,
  pelvisLeft: point(),
  speed: 0,
}

/** The posture that was looked at last: of the row whose signals are being read. */
export const posture: Posture = scratch

/** Reads the posture of a simulation, once for all signals of a step. */
export function lookAt(sim: Views): void {
  const { names, xpos, xmat, geom_xpos, qvel } = sim
  const torso = names.body('torso')
  const pelvis = names.body('pelvis')
  row(xpos, torso, scratch.torso)
  row(xpos, pelvis, scratch.pelvis)
  row(geom_xpos, names.geom('head'), scratch.head)
  column(xmat, pelvis, 1, scratch.pelvisLeft)
  scratch.torsoUp = xmat[9 * torso + 8]
  scratch.speed = Math.hypot(qvel[0], qvel[1], qvel[2])
  readSide(sim, 'right', scratch.right)
  readSide(sim, 'left', scratch.left)
}

function readSide(
  { names, xpos, xmat, geom_xpos, qpos }: Views,
  name: 'right' | 'left',
  to: Mutable<Side>,
): void {
  row(xpos, names.body(NAMES[name].thigh), to.hip)
  row(xpos, names.body(NAMES[name].shin), to.knee)
  row(geom_xpos, names.geom(NAMES[name].foot), to.foot)
  row(xpos, names.body(NAMES[name].lowerArm), to.elbow)
  row(geom_xpos, names.geom(NAMES[name].hand), to.hand)
  const torso = names.body('torso')
  into(xpos, xmat, torso, to.hand, to.handFromTorso)
  into(xpos, xmat, torso, to.elbow, to.elbowFromTorso)
  const outward = name === 'left' ? WAIST.y : -WAIST.y
  outOf(xpos, xmat, names.body('pelvis'), WAIST.x, outward, WAIST.z, to.waist)
  to.kneeBend = -qpos[names.qpos(NAMES[name].knee)]
}

/** Spelled out, so that no string is put together while stepping. */
const NAMES = {
  right: {
    thigh: 'right_thigh',
    shin: 'right_shin',
    foot: 'right_foot',
    lowerArm: 'right_lower_arm',
    hand: 'right_hand',
    knee: 'right_knee',
  },
  left: {
    thigh: 'left_thigh',
    shin: 'left_shin',
    foot: 'left_foot',
    lowerArm: 'left_lower_arm',
    hand: 'left_hand',
    knee: 'left_knee',
  },
} as const

function row(array: Float64Array, i: number, to: Mutable<Vector3>): void {
  to.x = array[3 * i]
  to.y = array[3 * i + 1]
  to.z = array[3 * i + 2]
}

/** A column of a body's rotation: where its axis points. */
function column(xmat: Float64Array, body: number, axis: number, to: Mutable<Vector3>): void {
  to.x = xmat[9 * body + axis]
  to.y = xmat[9 * body + 3 + axis]
  to.z = xmat[9 * body + 6 + axis]
}

/** A world point as a body sees it. */
function into(
  xpos: Float64Array,
  xmat: Float64Array,
  body: number,
  from: Vector3,
  to: Mutable<Vector3>,
): void {
  const x = from.x - xpos[3 * body]
  const y = from.y - xpos[3 * body + 1]
  const z = from.z - xpos[3 * body + 2]
  const m = 9 * body
  to.x = xmat[m] * x + xmat[m + 3] * y + xmat[m + 6] * z
  to.y = xmat[m + 1] * x + xmat[m + 4] * y + xmat[m + 7] * z
  to.z = xmat[m + 2] * x + xmat[m + 5] * y + xmat[m + 8] * z
}

/** A point of a body in the world. */
function outOf(
  xpos: Float64Array,
  xmat: Float64Array,
  body: number,
  x: number,
  y: number,
  z: number,
  to: Mutable<Vector3>,
): void {
  const m = 9 * body
  to.x = xpos[3 * body] + xmat[m] * x + xmat[m + 1] * y + xmat[m + 2] * z
  to.y = xpos[3 * body + 1] + xmat[m + 3] * x + xmat[m + 4] * y + xmat[m + 5] * z
  to.z = xpos[3 * body + 2] + xmat[m + 6] * x + xmat[m + 7] * y + xmat[m + 8] * z
}
