/** A trot for the ant, in any direction, while it faces along x. */
import type { Expert } from '../../src/core/env.ts'
import { clamp } from '../../src/core/math.ts'

/** Found by searching for the fastest in the slowest of four directions: 1.25 m/s and more. */
const GAIT = {
  /** Hz */
  frequency: 1.51,
  /** Of the hips to either side, rad; their stops are at 0.52. */
  swing: 0.82,
  /** Bend of the ankles with the foot down and in the air, rad. */
  down: 0.75,
  up: 1.24,
  /** By how much the feet rise ahead of the swing, rad. */
  lead: 2.17,
  /** Of the joints, as shares of the motors: per rad and per rad/s. */
  stiffness: 2.25,
  damping: 0.164,
  /** Swing given up to face along x, per rad off it. */
  turn: 0.7,
} as const

/** Bearings of the legs in the order of the joints: front left, back left, back right, front right; and who steps with whom. */
const LEGS = [
  { bearing: Math.PI / 4, ankle: 1, beat: 0 },
  { bearing: (3 * Math.PI) / 4, ankle: -1, beat: Math.PI },
  { bearing: (-3 * Math.PI) / 4, ankle: -1, beat: 0 },
  { bearing: -Math.PI / 4, ankle: 1, beat: Math.PI },
] as const
/** The motors begin with the front right leg. */
const motorOf = (leg: number): number => 2 * ((leg + 1) % 4)
const DT = 0.05 // s

/** Walks from point to point, x and y in m, and about the last one. Memory: steps, and the points reached. */
export const walkAlong =
  (way: readonly (readonly [number, number])[]): Expert =>
  (s, memory, action) => {
    const [x, y] = s.torsoPosition
    const next = way[Math.min(memory[1], way.length - 1)]
    if (Math.hypot(next[0] - x, next[1] - y) < 1 && memory[1] < way.length - 1) memory[1]++
    const [w, qx, qy, qz] = s.torsoOrientation
    const yaw = Math.atan2(2 * (w * qz + qx * qy), 1 - 2 * (qy * qy + qz * qz))
    const going = Math.atan2(next[1] - y, next[0] - x) - yaw
    const g = GAIT
    const phase = 2 * Math.PI * g.frequency * DT * memory[0]++
    for (let leg = 0; leg < 4; leg++) {
      const { bearing, ankle, beat } = LEGS[leg]
      // Turning the hip to the left moves the foot at right angles to its bearing.
      const across = Math.sin(going - bearing)
      const hip = clamp(g.swing * (across - g.turn * yaw) * Math.cos(phase + beat), -0.5, 0.5)
      const lift = 0.5 - 0.5 * Math.sin(phase + beat + g.lead)
      const bend = ankle * (g.down + (g.up - g.down) * lift)
      const motor = motorOf(leg)
      action[motor] = clamp(
        g.stiffness * (hip - s.jointAngles[2 * leg]) - g.damping * s.jointRates[2 * leg],
        -1,
        1,
      )
      action[motor + 1] = clamp(
        g.stiffness * (bend - s.jointAngles[2 * leg + 1]) - g.damping * s.jointRates[2 * leg + 1],
        -1,
        1,
      )
    }
  }
