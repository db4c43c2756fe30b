import { atStart, bothOf, defineReward, longTail, scalar, type Vector3, vec3 } from '../library.ts'

/** m */
const CUBE_RADIUS = 0.02
const TARGET_RADIUS = 0.05
/** A pad within this of the cube's middle is around it; a little nearer, and it grips. */
const CAGED = 0.05
const GRIPPED = CUBE_RADIUS + 0.005
const IN_PLANE = 0.01

/** The reward of Meta-World's sweep-into-v2; our gripper opens along x instead of y. Between 0 and 10. */
export default defineReward({
  name: 'sweep-into-expert',
  env: 'sweep-into',
  about: "Sweep the cube into the hole, as Meta-World's own reward has it.",
  reads: {
    tipPosition: vec3('m', 'world'),
    gripperOpening: scalar('m'),
    objectPosition: vec3('m', 'world'),
    objectToGoal: scalar('m'),
  },
  terms: {
    grasp: {
      weight: 2,
      memory: { right: 1, left: 1, plane: 1 },
      value: (s, memory) => (s.objectToGoal < TARGET_RADIUS ? 0 : grasped(s, s.prev, memory)),
    },
    sweep: {
      weight: 6,
      memory: { right: 1, left: 1, plane: 1, way: 1 },
      value: (s, memory) => {
        const way = atStart(memory.way, s.prev.objectToGoal)
        const held = grasped(s, s.prev, memory)
        if (s.objectToGoal < TARGET_RADIUS) return 0
        return bothOf(held, longTail(s.objectToGoal, TARGET_RADIUS, way))
      },
    },
    done: { weight: 10, value: s => (s.objectToGoal < TARGET_RADIUS ? 1 : 0) },
  },
})

interface Hand {
  readonly tipPosition: Vector3
  readonly gripperOpening: number
  readonly objectPosition: Vector3
}
interface Margins {
  readonly right: Float64Array
  readonly left: Float64Array
  readonly plane: Float64Array
}

/** How well the pads are around the cube, and then on it, 0…1. */
function grasped(now: Hand, before: Hand, margins: Margins): number {
  const right = atStart(margins.right, Math.abs(Math.abs(offPad(before, 1)) - CAGED))
  const left = atStart(margins.left, Math.abs(Math.abs(offPad(before, -1)) - CAGED))
  const plane = atStart(margins.plane, offPlane(before) - IN_PLANE)
  const around = (within: number) =>
    bothOf(between(offPad(now, 1), within, right), between(offPad(now, -1), within, left))
  const caged = bothOf(around(CAGED), longTail(offPlane(now), IN_PLANE, plane))
  return (caged + (caged > 0.95 ? around(GRIPPED) : 0)) / 2
}

/** How far a pad is out from the middle of the cube, on its own side, m. */
const offPad = ({ tipPosition: tip, gripperOpening, objectPosition }: Hand, side: 1 | -1): number =>
  side * (tip.x - objectPosition.x) + gripperOpening / 2

const offPlane = ({ tipPosition: tip, objectPosition: cube }: Hand): number =>
  Math.hypot(tip.y - cube.y, tip.z - cube.z)

/** 1 from the cube's side up to `within`. */
const between = (out: number, within: number, margin: number): number =>
  out < CUBE_RADIUS ? longTail(CUBE_RADIUS - out, 0, margin) : longTail(out, within, margin)
