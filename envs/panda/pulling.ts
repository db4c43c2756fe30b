/** How experts take hold of a handle and pull it. */
import type { Expert } from '../../src/core/env.ts'
import { drive, pointingAlong } from './driving.ts'
import { BASE_ACTIONS } from './mobile.ts'
import { CLOSED, OPEN, type Signals, steering } from './steering.ts'

const PHASE = { drive: 0, approach: 1, close: 2, pull: 3 }
/** Numbers of memory: the phase, steps in it, and where the handle was when it was gripped, x and y. */
const STEPS = 1
const GRIPPED = 2

/** The gripper waits this far in front of the handle, m. */
const WAIT = 0.12
/** Near enough: base, gripper, m. */
const ARRIVED = 0.03
const REACHED = 0.012
const CLOSING = 8
/** Opened a little further than the tasks ask for. */
const ENOUGH = 0.94

/** Where the base stood when the handle was gripped, x and y, and how far along x the handle was, m. */
export interface Stand {
  readonly x: number
  readonly y: number
  readonly along: number
}
export interface Grip {
  /** Turns the gripper to lie across the handle, rad. */
  readonly roll: number
  /** From the middle of the base to the handle it holds, m: the lower the handle, the further, or the wrist gets stuck. */
  readonly standoff: number
}
type Reach = (position: readonly number[], orientation: readonly number[]) => void
/** Drives and reaches once the handle is held. */
type Pull = (s: Signals, base: Stand, reach: Reach, action: Float64Array) => void

/** The handle is in front of the robot, which looks along x. */
export function pullHandle(control: string, { roll, standoff }: Grip, pull: Pull): Expert {
  const steer = steering(control, s => s.robotYaw[0])
  return (s, memory, action) => {
    const reach = (grip: number) => (position: readonly number[], orientation: readonly number[]) =>
      steer(s, position, orientation, grip, action, BASE_ACTIONS.length)
    const [x, y, z] = s.handlePosition
    const wait = memory[0] === PHASE.drive ? WAIT : 0
    const away = Math.hypot(x - standoff - wait - s.robotPosition[0], y - s.robotPosition[1])
    const gap = Math.hypot(...s.tcpToHandle)
    if (memory[0] === PHASE.drive && away < ARRIVED && gap < WAIT + REACHED) memory[0] = PHASE.approach
    if (memory[0] === PHASE.approach && gap < REACHED) memory[0] = PHASE.close
    if (memory[0] === PHASE.close && ++memory[STEPS] > CLOSING) {
      memory[0] = PHASE.pull
      memory[GRIPPED] = x
      memory[GRIPPED + 1] = y
    }
    // Opened: whatever is held is held still.
    if (s.openness[0] > ENOUGH) {
      action[action.length - 1] = CLOSED
      return
    }
    if (memory[0] === PHASE.pull) {
      const along = memory[GRIPPED]
      pull(s, { x: along - standoff, y: memory[GRIPPED + 1], along }, reach(CLOSED), action)
      return
    }
    drive(s, x - standoff - wait, y, 0, 0, action)
    if (memory[0] === PHASE.drive) {
      // In front of the robot, wherever it is by now.
      const [px, py] = s.robotPosition
      const ahead = [px + standoff * Math.cos(s.robotYaw[0]), py + standoff * Math.sin(s.robotYaw[0]), z]
      reach(OPEN)(ahead, pointingAlong(s.robotYaw[0], roll))
    } else {
      reach(memory[0] === PHASE.close ? CLOSED : OPEN)([x, y, z], pointingAlong(0, roll))
    }
  }
}
