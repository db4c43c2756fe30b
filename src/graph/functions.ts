/** Functions made of the operations, written so that float32 neither overflows nor cancels. */
import { CarrotError } from '../core/errors.ts'
import type { Tensor } from './tensor.ts'

/** 1/(1+e⁻ˣ), from tanh, which neither overflows nor divides. */
export function sigmoid(x: Tensor): Tensor {
  return x.mul(0.5).tanh().mul(0.5).add(0.5)
}

/** log(1+eˣ). Written with |x| so that its gradient at 0 is ½. */
export function softplus(x: Tensor): Tensor {
  const size = x.abs()
  return x.add(size).mul(0.5).add(log1p(size.neg().exp()))
}

/** log(1+x), exact also where 1+x is not (Kahan): what rounding adds to x, it adds to the logarithm in the same part. */
export function log1p(x: Tensor): Tensor {
  const sum = x.add(1)
  const rounded = sum.sub(1)
  const moved = rounded.abs().greater(0)
  const plain = sum.log()
  const exact = moved.where(plain.div(moved.where(rounded, 1)), 1).mul(x)
  // The value of the one with the gradient of the other.
  return exact.stopGradient().add(plain.sub(plain.stopGradient()))
}

/** log Σ eˣ over an axis, kept with size 1. */
export function logSumExp(x: Tensor, axis: number): Tensor {
  const top = x.largest([axis], true).stopGradient()
  return x.sub(top).exp().sum([axis], true).log().add(top)
}

/** Sums to 1 along an axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  const powers = x.sub(x.largest([axis], true).stopGradient()).exp()
  return powers.div(powers.sum([axis], true))
}

/** The logarithm of softmax. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return x.sub(logSumExp(x, axis))
}

/** x·Φ(x) with the tanh form of the normal distribution function (Hendrycks and Gimpel, 2016). */
export function gelu(x: Tensor): Tensor {
  const inner = x
    .square()
    .mul(0.044715)
    .add(1)
    .mul(x)
    .mul(Math.sqrt(2 / Math.PI))
  return inner.tanh().add(1).mul(x).mul(0.5)
}

const SELU_SCALE = 1.0507009873554805
const SELU_ALPHA = 1.6732632423543772

/** λx above 0, λα(eˣ-1) below (Klambauer et al., 2017). */
export function selu(x: Tensor): Tensor {
  const below = x.min(0).exp().sub(1).mul(SELU_ALPHA)
  return x.relu().add(below).mul(SELU_SCALE)
}

/** Mean 0 and variance 1 along the last axis (Ba et al., 2016). */
export function standardised(x: Tensor, epsilon = 1e-5): Tensor {
  const centred = x.sub(x.mean([-1], true))
  return centred.div(centred.square().mean([-1], true).add(epsilon).sqrt())
}

/** Indices of any shape → [...indices, size]: 1 at the index, else 0. Indices are whole numbers. */
export function oneHot(indices: Tensor, size: number): Tensor {
  const places = indices.graph.constant(Float32Array.from({ length: size }, (_, i) => i))
  const apart = indices
    .reshape([...indices.shape, 1])
    .sub(places)
    .abs()
  return indices.graph.constant(1).sub(apart.greater(0.5))
}

/** Elements of x [B, K] at indices [B], as [B, 1]. */
export function pick(x: Tensor, indices: Tensor): Tensor {
  if (x.rank !== 2 || indices.rank !== 1 || indices.shape[0] !== x.shape[0]) {
    throw new CarrotError(
      'bad-argument',
      `Cannot pick from [${x.shape}] by [${indices.shape}].`,
      'Give [B, K] and [B].',
    )
  }
  return oneHot(indices, x.shape[1]).mul(x).sum([1], true)
}

/** The index of the largest element along the last axis, which is kept with size 1; the first of equals. No gradient. */
export function argmax(x: Tensor): Tensor {
  const size = x.shape[x.rank - 1]
  const fromEnd = x.graph.constant(Float32Array.from({ length: size }, (_, i) => size - 1 - i))
  const last = x.largest([-1], true).greater(x).where(-1, fromEnd).largest([-1], true)
  return last
    .neg()
    .add(size - 1)
    .stopGradient()
}
