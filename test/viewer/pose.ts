import { POSE_WIDTH } from '../../src/core/scene.ts'

/** The largest difference of two rows of poses [bodies, 7]. A quaternion and its negative are the same rotation. */
export function poseDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let body = 0; body < a.length; body += POSE_WIDTH) {
    const apart = (from: number, to: number, sign: number): number => {
      let most = 0
      for (let i = body + from; i < body + to; i++) most = Math.max(most, Math.abs(a[i] - sign * b[i]))
      return most
    }
    largest = Math.max(largest, apart(0, 3, 1), Math.min(apart(3, 7, 1), apart(3, 7, -1)))
  }
  return largest
}
