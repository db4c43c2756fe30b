/** Networks beside the plain perceptron: ensembles, convolutions, normalisation, embeddings and attention. */
import type { Rng } from '../core/rng.ts'
import { gelu, softmax, standardised } from './functions.ts'
import {
  type Activation,
  activate,
  type Blocks,
  filled,
  type Initialiser,
  orthogonal,
  type ParameterLayout,
} from './layers.ts'
import { type Shape, sizeOf } from './shape.ts'
import type { Tensor } from './tensor.ts'
import type { Window } from './window.ts'

/** A part of a network: declared once, applied to tensors of any graph. */
export type Part = (x: Tensor, blocks: Blocks) => Tensor

/** Normal numbers with standard deviation √(gain / inputs of an output): `inputs` says how many those are. */
function scaledNormal(inputs: (shape: Shape) => number, gain = 1): Initialiser {
  return (shape, rng: Rng) => {
    const deviation = Math.sqrt(gain / inputs(shape))
    return Float32Array.from({ length: sizeOf(shape) }, () => deviation * rng.normal())
  }
}

/** The initialiser of one member, for each of several. */
function each(one: Initialiser): Initialiser {
  return ([members, ...shape], rng) => {
    const size = sizeOf(shape)
    const all = new Float32Array(members * size)
    for (let member = 0; member < members; member++) all.set(one(shape, rng), member * size)
    return all
  }
}

/**
 * `members` perceptrons of the same sizes in one pass, as products of stacks of matrices: x [B, sizes[0]], or an input
 * for each, [members, B, sizes[0]] → [members, B, last size]. `layerNorm` standardises every hidden layer first.
 */
export function ensemble(
  layout: ParameterLayout,
  name: string,
  members: number,
  sizes: readonly number[],
  options: { activation: Activation; hiddenGain?: number; outputGain?: number; layerNorm?: boolean },
): Part {
  const { activation, hiddenGain = Math.SQRT2, outputGain = 1, layerNorm = false } = options
  const layers = sizes.slice(1).map((width, i) => {
    const last = i === sizes.length - 2
    const gain = last ? outputGain : hiddenGain
    layout.add(`${name}.${i}.weight`, [members, sizes[i], width], each(orthogonal(gain)))
    layout.add(`${name}.${i}.bias`, [members, 1, width], filled(0))
    return { weight: `${name}.${i}.weight`, bias: `${name}.${i}.bias`, last }
  })
  return (x, blocks) =>
    layers.reduce((h, { weight, bias, last }) => {
      const z = h.matmul(blocks[weight]).add(blocks[bias])
      return last ? z : activate(layerNorm ? standardised(z) : z, activation)
    }, x)
}

/** x [..., inputs] → [..., outputs]. */
export function linear(layout: ParameterLayout, name: string, inputs: number, outputs: number): Part {
  layout.add(
    `${name}.weight`,
    [inputs, outputs],
    scaledNormal(([rows]) => rows),
  )
  layout.add(`${name}.bias`, [outputs], filled(0))
  return (x, blocks) => x.matmul(blocks[`${name}.weight`]).add(blocks[`${name}.bias`])
}

export interface ConvolutionOptions extends Partial<Window> {
  readonly channels: readonly [from: number, to: number]
  readonly kernel: number
}

/** Images [N, from, H, W] → [N, to, rows, columns], with a bias for every channel. */
export function convolution(layout: ParameterLayout, name: string, options: ConvolutionOptions): Part {
  const { channels, kernel, ...window } = options
  const [from, to] = channels
  layout.add(
    `${name}.weight`,
    [to, from, kernel, kernel],
    scaledNormal(shape => sizeOf(shape.slice(1))),
  )
  layout.add(`${name}.bias`, [to, 1, 1], filled(0))
  return (x, blocks) => x.convolve(blocks[`${name}.weight`], window).add(blocks[`${name}.bias`])
}

/** The transposed convolution: images [N, from, rows, columns] → [N, to, H, W]. */
export function spreading(layout: ParameterLayout, name: string, options: ConvolutionOptions): Part {
  const { channels, kernel, ...window } = options
  const [from, to] = channels
  // An element of the result is made by this many places of the kernel.
  const places = (kernel / (window.stride ?? 1)) ** 2
  layout.add(
    `${name}.weight`,
    [from, to, kernel, kernel],
    scaledNormal(() => from * Math.max(1, places)),
  )
  layout.add(`${name}.bias`, [to, 1, 1], filled(0))
  return (x, blocks) => x.spread(blocks[`${name}.weight`], window).add(blocks[`${name}.bias`])
}

/** Layer normalisation over the last axis, of size `width`. */
export function layerNorm(layout: ParameterLayout, name: string, width: number): Part {
  layout.add(`${name}.gain`, [width], filled(1))
  layout.add(`${name}.bias`, [width], filled(0))
  return (x, blocks) => standardised(x).mul(blocks[`${name}.gain`]).add(blocks[`${name}.bias`])
}

/** A row of a table for every index: [...] → [..., width]. */
export function embedding(layout: ParameterLayout, name: string, entries: number, width: number): Part {
  layout.add(
    `${name}.table`,
    [entries, width],
    scaledNormal(() => 1, 0.02 ** 2),
  )
  return (indices, blocks) => blocks[`${name}.table`].gather(indices)
}

export interface AttentionOptions {
  readonly width: number
  /** Divides the width. */
  readonly heads: number
}

/**
 * Self-attention (Vaswani et al., 2017): x [B, T, width] → the same shape. `mask` [B, 1, 1, T], or what broadcasts to
 * [B, heads, T, T], is added to the scores: a large negative number hides a position.
 */
export function attention(
  layout: ParameterLayout,
  name: string,
  { width, heads }: AttentionOptions,
): (x: Tensor, blocks: Blocks, mask?: Tensor) => Tensor {
  const mixed = linear(layout, `${name}.in`, width, 3 * width)
  const out = linear(layout, `${name}.out`, width, width)
  const depth = width / heads
  return (x, blocks, mask) => {
    const [B, T] = x.shape
    const all = mixed(x, blocks)
    const [query, key, value] = [0, 1, 2].map(i =>
      all
        .slice(2, i * width, (i + 1) * width)
        .reshape([B, T, heads, depth])
        .transpose([0, 2, 1, 3]),
    )
    const scores = query.matmul(key, { transposeB: true }).mul(1 / Math.sqrt(depth))
    const weights = softmax(mask === undefined ? scores : scores.add(mask), 3)
    return out(weights.matmul(value).transpose([0, 2, 1, 3]).reshape([B, T, width]), blocks)
  }
}

/** One block of a transformer, normalised before each half; the hidden layer is four times as wide. */
export function transformerBlock(
  layout: ParameterLayout,
  name: string,
  options: AttentionOptions,
): (x: Tensor, blocks: Blocks, mask?: Tensor) => Tensor {
  const { width } = options
  const before = layerNorm(layout, `${name}.norm1`, width)
  const mix = attention(layout, `${name}.attention`, options)
  const between = layerNorm(layout, `${name}.norm2`, width)
  const widen = linear(layout, `${name}.widen`, width, 4 * width)
  const narrow = linear(layout, `${name}.narrow`, 4 * width, width)
  return (x, blocks, mask) => {
    const mixed = x.add(mix(before(x, blocks), blocks, mask))
    return mixed.add(narrow(gelu(widen(between(mixed, blocks), blocks)), blocks))
  }
}
