/** How experts take a cube somewhere and let it go there. */
import type { Expert } from '../../src/core/env.ts'
import { carry, takeCube } from './picking.ts'
import { levelled, OPEN, type Signals, steering } from './steering.ts'

const STAGE = { lift: 0, over: 1, lower: 2, release: 3 }
/** Numbers of memory, after those of the picking: the stage, and where it was let go, x y z. */
const AT = 2
const PLACE = 3

/** How far it is lowered in a step, at most, m. */
const LOWERING = 0.02
/** Near enough to its place: sideways before it is lowered, in height before it is let go, m; and slow enough, m/s. */
const OVER = 0.004
const DOWN = 0.003
const SLOW = 0.05
/** Pads this far apart are clear of the cube, and how far the hand then rises, m. */
const WIDE = 0.06
const RETREAT = 0.1

export interface Placing {
  /** From the cube to its place, x y z, m. */
  readonly toPlace: (s: Signals) => readonly [number, number, number]
  /** How high above its place it travels, m. */
  readonly travel: number
}

/** Takes the cube, carries it over its place, lowers it, lets go and rises. */
export function placer(control: string, { toPlace, travel }: Placing): Expert {
  const steer = steering(control)
  const letGo = (s: Signals, memory: Float64Array, action: Float64Array) => {
    const [x, y, z] = memory.subarray(PLACE)
    const height = s.gripperOpening[0] > WIDE ? z + RETREAT : z
    steer(s, [x, y, height], levelled(s.tcpOrientation), OPEN, action)
  }
  return (s, memory, action) => {
    if (memory[AT] === STAGE.release) {
      letGo(s, memory, action)
      return
    }
    if (!takeCube(steer, s, memory, action)) {
      memory[AT] = STAGE.lift
      return
    }
    const [dx, dy, down] = toPlace(s)
    const [x, y, z] = s.tcpPosition
    if (memory[AT] === STAGE.lift && down + travel < 0.01) memory[AT] = STAGE.over
    if (memory[AT] === STAGE.over && Math.hypot(dx, dy) < OVER) memory[AT] = STAGE.lower
    if (memory[AT] === STAGE.lower && Math.abs(down) < DOWN && Math.abs(s.cubeVelocity[2]) < SLOW) {
      memory[AT] = STAGE.release
      memory.set([x, y, z], PLACE)
      letGo(s, memory, action)
      return
    }
    const sideways = memory[AT] === STAGE.lift ? 0 : 1
    const height = memory[AT] === STAGE.lower ? Math.max(down, -LOWERING) : down + travel
    carry(steer, s, [x + sideways * dx, y + sideways * dy, z + height], action)
  }
}
