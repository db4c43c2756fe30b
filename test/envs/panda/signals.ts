import type { VectorEnv } from '../../../src/core/env.ts'
import { layoutOf } from '../../../src/core/spec.ts'

/** Numbers of a signal of a row. */
export function signal(env: VectorEnv, name: string, row = 0): number[] {
  const { width, slots } = layoutOf(env.spec.signals)
  const { offset, width: count } = slots[name]
  const at = row * width + offset
  return Array.from(env.signals.subarray(at, at + count))
}
