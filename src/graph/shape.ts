/** Arithmetic on shapes: row-major, [] is a scalar. */
import { CarrotError } from '../core/errors.ts'

export type Shape = readonly number[]

/** Elements of a tensor of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** NumPy's rule: aligned at the last axis, 1 stretches. Throws CarrotError 'bad-argument' when the shapes disagree. */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) {
      throw new CarrotError(
        'bad-argument',
        `Shapes [${a}] and [${b}] do not broadcast: ${x} against ${y}.`,
        'Axes are aligned at the last one; they must be equal or 1. Reshape one of the two.',
      )
    }
    return x === 1 ? y : x
  })
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]
  }
  return strides
}

/** Strides that read a tensor of `shape` as if it had the broader shape `target`: 0 along stretched axes. */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const missing = target.length - shape.length
  return target.map((size, axis) => {
    if (axis < missing) return 0
    return shape[axis - missing] === 1 && size !== 1 ? 0 : strides[axis - missing]
  })
}

/** Axis counted from the end when negative, checked. */
export function normaliseAxis(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(result) || result < 0 || result >= rank) {
    throw new CarrotError(
      'bad-argument',
      `Axis ${axis} does not exist in a tensor of rank ${rank}.`,
      'Count from 0, or from -1 backwards.',
    )
  }
  return result
}
