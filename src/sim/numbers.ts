/** Loops over columns that allocate nothing. */

/** Like `set(subarray())`, without the objects. */
export function copy(
  from: ArrayLike<number>,
  start: number,
  to: Float64Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]
}

/** 0 when all are finite, else NaN. */
export function zeroIfFinite(values: Float64Array): number {
  let zero = 0
  for (let i = 0; i < values.length; i++) zero += values[i] - values[i]
  return zero
}
