/** Matrix products, and convolutions as matrix products, in terms of sizes and strides. */
import type { Shape } from './shape.ts'
import type { Window } from './window.ts'

/** One matrix product for every index of the batch axes. */
export interface Product extends Sizes {
  /** Addresses. */
  readonly a: number
  readonly b: number
  readonly c: number
}

interface Sizes {
  readonly M: number
  readonly N: number
  readonly K: number
  /** In bytes, of rows and columns as multiplied. */
  readonly aStrides: readonly [number, number]
  readonly bStrides: readonly [number, number]
  readonly cStride: number
  readonly batch: readonly BatchAxis[]
}

interface BatchAxis {
  readonly count: number
  /** Bytes from one matrix to the next. */
  readonly a: number
  readonly b: number
  readonly c: number
}

/** From C's shape [...batch, M, N] and the strides of all three in elements, with an axis each for all of C's. */
export function productSizes(
  shape: Shape,
  K: number,
  a: readonly number[],
  b: readonly number[],
  c: readonly number[],
): Sizes {
  const bytes = (strides: readonly number[], axis: number): number => 4 * strides[axis]
  const [row, column] = [shape.length - 2, shape.length - 1]
  let M = shape[row]
  const N = shape[column]
  const aStrides: [number, number] = [bytes(a, row), bytes(a, column)]
  const bStrides: [number, number] = [bytes(b, row), bytes(b, column)]
  let cStride = bytes(c, row)
  // An axis of size 1 has no stride: choose the one that the fast paths want.
  if (K === 1) aStrides[1] = 4
  if (N === 1) bStrides[1] = 4
  const batch: BatchAxis[] = []
  for (let axis = row - 1; axis >= 0; axis--) {
    const next = { count: shape[axis], a: bytes(a, axis), b: bytes(b, axis), c: bytes(c, axis) }
    if (next.count === 1) continue
    if (M === 1 && batch.length === 0 && next.b === 0) {
      aStrides[0] = next.a
      cStride = next.c
    }
    // Matrices of rows that follow each other, times the same matrix, are one.
    const joins = batch.length === 0 && next.b === 0 && next.a === M * aStrides[0] && next.c === M * cStride
    if (joins) M *= next.count
    else batch.unshift(next)
  }
  return { M, N, K, aStrides, bStrides, cStride, batch }
}

/**
 * Shapes for a convolution of images [N, C, H, W] with kernels [O, C, h, w] to [N, O, rows, columns]. Every position of
 * the kernel is a column of a matrix with K = C·h·w rows; kernels [O, K] times that matrix are the result.
 */
export function convolutionShapes(
  [N, C, H, W]: Shape,
  [O, , h, w]: Shape,
  [, , rows, columns]: Shape,
  { pad }: Window,
) {
  const K = C * h * w
  const padded = [N, C, H + 2 * pad, W + 2 * pad]
  return {
    K,
    padded,
    /** The image's first element in the padded one. */
    inside: pad * padded[3] + pad,
    windows: [N, C, h, w, rows, columns],
    columns: [N, K, rows * columns],
    results: [N, O, rows * columns],
  }
}

/** Strides of an image as seen through windows [N, C, h, w, rows, columns]. */
export function windowStrides(
  [image, channel, row, column]: readonly number[],
  { stride, dilation }: Window,
): number[] {
  return [image, channel, dilation * row, dilation * column, stride * row, stride * column]
}
