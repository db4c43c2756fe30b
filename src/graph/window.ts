/** Sizes of images under kernels that move over them. */
import { CarrotError } from '../core/errors.ts'
import type { Shape } from './shape.ts'

/** How a kernel moves over images; the same along both axes. */
export interface Window {
  readonly stride: number
  /** Rows and columns of zeros around the image. */
  readonly pad: number
  /** Distance between neighbours in the kernel. */
  readonly dilation: number
}

interface Shaped {
  readonly shape: Shape
}

/** How far a kernel reaches along one axis. */
const reach = (kernel: number, { dilation }: Window): number => (kernel - 1) * dilation + 1

/** Images [N, C, H, W] and kernels [O, C, h, w] → [N, O, rows, columns]. */
export function convolvedShape(images: Shaped, kernels: Shaped, window: Window): number[] {
  const [N, C, H, W] = images.shape
  const [O, depth, h, w] = kernels.shape
  const rows = Math.floor((H + 2 * window.pad - reach(h, window)) / window.stride) + 1
  const columns = Math.floor((W + 2 * window.pad - reach(w, window)) / window.stride) + 1
  if (images.shape.length !== 4 || kernels.shape.length !== 4 || C !== depth || rows < 1 || columns < 1) {
    throw new CarrotError(
      'bad-argument',
      `Cannot convolve [${images.shape}] with [${kernels.shape}].`,
      'Images are [N, C, H, W] and kernels [O, C, h, w] that fit into the padded image.',
    )
  }
  return [N, O, rows, columns]
}

/** Images [N, O, rows, columns] and kernels [O, C, h, w] → [N, C, H, W]. */
export function spreadShape(
  images: Shaped,
  kernels: Shaped,
  window: Window,
  size?: readonly [number, number],
): number[] {
  const [N, O, rows, columns] = images.shape
  const [depth, C, h, w] = kernels.shape
  const least = (count: number, kernel: number) =>
    (count - 1) * window.stride + reach(kernel, window) - 2 * window.pad
  const [H, W] = size ?? [least(rows, h), least(columns, w)]
  // Rows and columns past the last kernel position hold zeros; there are fewer of them than a stride.
  const fits = (length: number, count: number, kernel: number) =>
    length >= Math.max(1, least(count, kernel)) && length < least(count, kernel) + window.stride
  const ranks = images.shape.length === 4 && kernels.shape.length === 4
  if (!ranks || O !== depth || !fits(H, rows, h) || !fits(W, columns, w)) {
    throw new CarrotError(
      'bad-argument',
      `Cannot spread [${images.shape}] by [${kernels.shape}]${size ? ` over ${H}×${W}` : ''}.`,
      'Images are [N, O, rows, columns], kernels [O, C, h, w]; the size must convolve to that many rows and columns.',
    )
  }
  return [N, C, H, W]
}
