/** Options and starts that Gymnasium's MuJoCo environments share. */
import type { ResetRng } from '../src/core/env.ts'
import { CarrotError } from '../src/core/errors.ts'

export const frameSkip = (steps: number) =>
  ({ default: steps, unit: '1', about: 'Physics steps per control step; dt follows.' }) as const
export const resetNoise = (scale: number, about: string) => ({ default: scale, about }) as const
export const excludeCurrentPositions = {
  default: true,
  about: 'The policy does not see how far along the ground it is.',
} as const
export const terminateWhenUnhealthy = {
  default: true,
  about: 'The episode ends when the robot is not healthy.',
} as const

/** dt in s, from the model's timestep. Throws CarrotError 'bad-argument'. */
export function controlPeriod(frameSkip: number, timestep: number): number {
  if (Number.isInteger(frameSkip) && frameSkip >= 1) return frameSkip * timestep
  throw new CarrotError(
    'bad-argument',
    `frameSkip is ${frameSkip}.`,
    'Give a whole number of physics steps, 1 or more.',
  )
}

/** Even noise of this half width on every number. */
export function addUniform(values: Float64Array, rng: ResetRng, halfWidth: number): void {
  for (let i = 0; i < values.length; i++) values[i] += rng.range(-halfWidth, halfWidth)
}

/** Normal noise of this spread on every number. */
export function addNormal(values: Float64Array, rng: ResetRng, spread: number): void {
  for (let i = 0; i < values.length; i++) values[i] += spread * rng.normal()
}
