/** How experts drive the mobile robot. */
import { FULL_SPEEDS } from './mobile.ts'
import { multiply, type Signals } from './steering.ts'

/** Speed asked for per error, 1/s. */
const RATE = 4

/** The angle in −π…π. */
export const wrap = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))

/** Fills the base's action so that it goes to a place on the floor, and looks along `yaw`. */
export function drive(
  s: Signals,
  x: number,
  y: number,
  yaw: number,
  height: number,
  action: Float64Array,
): void {
  const vx = RATE * (x - s.robotPosition[0])
  const vy = RATE * (y - s.robotPosition[1])
  const c = Math.cos(s.robotYaw[0])
  const sine = Math.sin(s.robotYaw[0])
  // As fast as it can, but straight.
  const limit = FULL_SPEEDS[0] / Math.max(FULL_SPEEDS[0], Math.abs(vx), Math.abs(vy))
  action[0] = (limit * (c * vx + sine * vy)) / FULL_SPEEDS[0]
  action[1] = (limit * (c * vy - sine * vx)) / FULL_SPEEDS[1]
  action[2] = (RATE * wrap(yaw - s.robotYaw[0])) / FULL_SPEEDS[2]
  action[3] = (RATE * (height - s.torsoHeight[0])) / FULL_SPEEDS[3]
}

type Quaternion = [number, number, number, number]
const about = (angle: number): Quaternion => [Math.cos(angle / 2), 0, 0, Math.sin(angle / 2)]

/** A hand that points level along `yaw`, its fingers opening sideways, or upwards when rolled by a quarter turn. */
export const pointingAlong = (yaw: number, roll = 0): Quaternion =>
  multiply(multiply(about(yaw), [0, Math.SQRT1_2, 0, Math.SQRT1_2]), about(roll))
