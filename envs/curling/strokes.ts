/** The arm along given poses: round the ball, behind it, and through it. */
import type { Expert } from '../../src/core/env.ts'
import { clamp } from '../../src/core/math.ts'

/** Shoulder and elbow, rad, and how fast to go there, as a share of the fastest. */
export type Stroke = readonly [shoulder: number, elbow: number, speed: number]

/** Folded, and to the left: to get past the ball without touching it. */
const ROUND_THE_BALL: readonly Stroke[] = [
  [0, -2.6, 1],
  [1.4, -2.6, 1],
]
const NEAR = 0.1 // rad
/** From here on it slows down, rad. */
const SLOW = 0.3

/** Memory: poses reached. */
export function strokes(behind: readonly Stroke[]): Expert {
  const way = [...ROUND_THE_BALL, ...behind]
  return ({ jointAngles }, memory, action) => {
    const [shoulder, elbow, speed] = way[Math.min(memory[0], way.length - 1)]
    const dShoulder = shoulder - jointAngles[0]
    const dElbow = elbow - jointAngles[1]
    const far = Math.max(Math.abs(dShoulder), Math.abs(dElbow))
    if (far < NEAR) memory[0]++
    // Both joints arrive together.
    const scale = speed / Math.max(SLOW, far)
    action[0] = clamp(scale * dShoulder, -1, 1)
    action[1] = clamp(scale * dElbow, -1, 1)
  }
}
