/** The robot along points it is told: what its sensors do not show it. */
import type { Expert } from '../../src/core/env.ts'
import { clamp } from '../../src/core/math.ts'

const NEAR = 0.1 // m

/** Drives from point to point, x and y in m, and stays at the last one. Memory: points reached. */
export const driveAlong =
  (way: readonly (readonly [number, number])[]): Expert =>
  ({ robotPlace: [x, y], robotHeading: [heading] }, memory, action) => {
    if (memory[0] >= way.length) return
    const [nextX, nextY] = way[memory[0]]
    if (Math.hypot(nextX - x, nextY - y) < NEAR) memory[0]++
    const off = Math.atan2(nextY - y, nextX - x) - heading
    const turn = clamp(Math.atan2(Math.sin(off), Math.cos(off)), -1, 1)
    // Where it has to turn much, on the spot.
    const ahead = Math.max(0, 1 - 3 * Math.abs(turn))
    action[0] = clamp(ahead - turn, -1, 1)
    action[1] = clamp(ahead + turn, -1, 1)
  }
