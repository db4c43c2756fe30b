/** How the experts of the tasks move: they put the hand's target where they want it, step by step. */

import { HAND_STEP } from './sawyer.ts'

export type Signals = Readonly<Record<string, Float64Array>>

/** Steers the target to a point; `step` is what a full action moves it, m. */
export function moveTo(
  { handTarget }: Signals,
  action: Float64Array,
  x: number,
  y: number,
  z: number,
  step = HAND_STEP,
): void {
  action[0] = clip((x - handTarget[0]) / step)
  action[1] = clip((y - handTarget[1]) / step)
  action[2] = clip((z - handTarget[2]) / step)
}

/** Distance of the hand from a point, m. */
export const handFrom = ({ handPosition: [hx, hy, hz] }: Signals, x: number, y: number, z: number): number =>
  Math.hypot(hx - x, hy - y, hz - z)

const clip = (x: number): number => Math.min(1, Math.max(-1, x))
