/** How experts take hold of a cube from above. */
import { CLOSED, levelled, multiply, OPEN, pointingDown, type Signals, type Steer } from './steering.ts'

/** Of an expert's memory, the first number is the phase, and the second the steps in it. */
const PHASE = { above: 0, down: 1, close: 2, held: 3 }

/** Where the gripper waits above the cube, m. */
const HOVER = 0.08
/** Near enough: horizontally while hovering, vertically while going down, m, and about the vertical, rad. */
const OVER = 0.008
const REACHED = 0.006
const ALIGNED = 0.08
/** Steps that closing takes. */
const CLOSING = 6
/** Further than this from the gripper the cube has been lost, m. */
const LOST = 0.03

/**
 * Goes for the cube whose pose the signals `position` and `orientation` are. True once it is held: the action is then
 * left to the caller. When the cube is lost it starts again.
 */
export function takeCube(
  steer: Steer,
  s: Signals,
  memory: Float64Array,
  action: Float64Array,
  position = s.cubePosition,
  orientation = s.cubeOrientation,
): boolean {
  const { tcpPosition: tcp, tcpOrientation: hand } = s
  const [x, y, z] = position
  const away = Math.hypot(x - tcp[0], y - tcp[1])
  const down = gripYaw(orientation, hand)
  const enter = (phase: number) => {
    memory[0] = phase
    memory[1] = 0
  }
  if (memory[0] === PHASE.held && Math.hypot(away, z - tcp[2]) > LOST) enter(PHASE.above)
  if (memory[0] === PHASE.above && away < OVER && Math.abs(down.turn) < ALIGNED) enter(PHASE.down)
  if (memory[0] === PHASE.down && Math.abs(z - tcp[2]) < REACHED) enter(PHASE.close)
  if (memory[0] === PHASE.close && ++memory[1] > CLOSING) enter(PHASE.held)
  if (memory[0] === PHASE.held) return true
  const height = memory[0] === PHASE.above ? z + HOVER : z
  const grip = memory[0] === PHASE.close ? CLOSED : OPEN
  steer(s, [x, y, height], pointingDown(down.yaw), grip, action)
  return false
}

/** Moves what is held to a place; the hand stays upright. */
export function carry(steer: Steer, s: Signals, place: ArrayLike<number>, action: Float64Array): void {
  steer(s, place, levelled(s.tcpOrientation), CLOSED, action)
}

/** The yaw nearest to the hand's at which the pads lie flat on a cube's sides, and how far that is, rad. */
function gripYaw(cube: ArrayLike<number>, hand: ArrayLike<number>): { yaw: number; turn: number } {
  // Any edge of the cube that lies flat will do: it may have tumbled.
  let best = [1, 0, 0]
  for (const axis of [
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ]) {
    const [, x, y, z] = multiply(multiply(cube, axis), [cube[0], -cube[1], -cube[2], -cube[3]])
    if (axis[1] === 1 || Math.abs(z) < Math.abs(best[2])) best = [x, y, z]
  }
  const now = 2 * Math.atan2(hand[2], hand[1])
  const quarter = Math.PI / 2
  const off = Math.atan2(best[1], best[0]) - now
  const turn = off - quarter * Math.round(off / quarter)
  return { yaw: now + turn, turn }
}
