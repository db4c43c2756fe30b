/** Building blocks of learners: parameters in one flat vector, multilayer perceptrons, Adam. */
import { CarrotError } from '../core/errors.ts'
import type { Rng } from '../core/rng.ts'
import type { Graph } from './graph.ts'
import { type Shape, sizeOf } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Fills a block of a given shape with starting values. */
export type Initialiser = (shape: Shape, rng: Rng) => Float32Array

export interface ParameterBlock {
  readonly name: string
  readonly shape: Shape
  /** First element in the flat vector. */
  readonly offset: number
  readonly size: number
  readonly initialiser: Initialiser
}

/** Block tensors by name, cut from a flat parameter tensor. */
export type Blocks = Readonly<Record<string, Tensor>>

/**
 * Where every named block of parameters lies in ONE flat vector. A snapshot of a policy, its optimiser's state and its
 * gradient are then single arrays, and Adam is one pass over them.
 */
export class ParameterLayout {
  private readonly list: ParameterBlock[] = []
  private length = 0

  /** Appends a block; names are unique. */
  add(name: string, shape: Shape, initialiser: Initialiser): ParameterBlock {
    if (this.list.some(block => block.name === name)) {
      throw new CarrotError(
        'bad-argument',
        `There are two parameter blocks named '${name}'.`,
        'Name each block once.',
      )
    }
    const block = { name, shape: [...shape], offset: this.length, size: sizeOf(shape), initialiser }
    this.list.push(block)
    this.length += block.size
    return block
  }

  /** Length of the flat vector. */
  get size(): number {
    return this.length
  }
  /** In the order of their offsets. */
  get blocks(): readonly ParameterBlock[] {
    return this.list
  }

  /** Cuts the blocks out of a flat tensor [size] in a graph. */
  tensors(flat: Tensor): Blocks {
    this.check(flat.shape.length === 1 ? flat.size : -1)
    return Object.fromEntries(
      this.list.map(({ name, shape, offset, size }) => [
        name,
        flat.slice(0, offset, offset + size).reshape(shape),
      ]),
    )
  }

  /** Views of the blocks in a flat array [size]; nothing is copied. */
  views(flat: Float32Array): Readonly<Record<string, Float32Array>> {
    this.check(flat.length)
    return Object.fromEntries(
      this.list.map(({ name, offset, size }) => [name, flat.subarray(offset, offset + size)]),
    )
  }

  /** Fresh parameters [size]; the same generator state gives the same numbers. */
  initialise(rng: Rng): Float32Array {
    const flat = new Float32Array(this.length)
    for (const { shape, offset, initialiser } of this.list) flat.set(initialiser(shape, rng), offset)
    return flat
  }

  private check(length: number): void {
    if (length !== this.length) {
      throw new CarrotError(
        'bad-argument',
        `Parameters must be one vector of ${this.length} numbers.`,
        'Use the layout that the parameters were made with.',
      )
    }
  }
}

/** Every element the same. */
export function filled(value: number): Initialiser {
  return shape => new Float32Array(sizeOf(shape)).fill(value)
}

/**
 * A random matrix [rows, columns] with orthonormal rows or columns (whichever are fewer), times `gain`. Saxe et al.,
 * "Exact solutions to the nonlinear dynamics of learning" (2014); the QR factor of a normal matrix with the signs of
 * R's diagonal taken out, which makes it uniform over orthogonal matrices.
 */
export function orthogonal(gain = 1): Initialiser {
  return (shape, rng) => {
    const [rows, columns] = shape
    const long = Math.max(rows, columns)
    const short = Math.min(rows, columns)
    // Rows of `basis` are the short side's vectors, of length `long`, in float64.
    const basis = Array.from({ length: short }, () => Float64Array.from({ length: long }, () => rng.normal()))
    basis.forEach((vector, i) => {
      // Gram-Schmidt, twice: once leaves errors of the condition number, twice leaves rounding only.
      for (let pass = 0; pass < 2; pass++) {
        for (let j = 0; j < i; j++) {
          const along = vector.reduce((sum, x, k) => sum + x * basis[j][k], 0)
          for (let k = 0; k < long; k++) vector[k] -= along * basis[j][k]
        }
      }
      const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
      for (let k = 0; k < long; k++) vector[k] /= norm
    })
    return Float32Array.from({ length: rows * columns }, (_, index) => {
      const row = Math.floor(index / columns)
      const column = index % columns
      return gain * (rows <= columns ? basis[row][column] : basis[column][row])
    })
  }
}

export type Activation = 'tanh' | 'relu'

export function activate(x: Tensor, activation: Activation): Tensor {
  return activation === 'tanh' ? x.tanh() : x.relu()
}

/**
 * Declares a multilayer perceptron's parameters in `layout` (`<name>.<layer>.weight` [in, out] and `<name>.<layer>.bias`
 * [out], biases 0, weights orthogonal) and returns what applies it: x [B, sizes[0]] → [B, last size], the last layer
 * linear.
 */
export function mlp(
  layout: ParameterLayout,
  name: string,
  sizes: readonly number[],
  options: { activation: Activation; hiddenGain?: number; outputGain?: number },
): (x: Tensor, blocks: Blocks) => Tensor {
  const { activation, hiddenGain = Math.SQRT2, outputGain = 1 } = options
  const layers = sizes.slice(1).map((width, i) => {
    const last = i === sizes.length - 2
    const weight = layout.add(
      `${name}.${i}.weight`,
      [sizes[i], width],
      orthogonal(last ? outputGain : hiddenGain),
    )
    const bias = layout.add(`${name}.${i}.bias`, [width], filled(0))
    return { weight: weight.name, bias: bias.name, last }
  })
  return (x, blocks) =>
    layers.reduce((h, { weight, bias, last }) => {
      const z = h.matmul(blocks[weight]).add(blocks[bias])
      return last ? z : activate(z, activation)
    }, x)
}

/** A gradient scaled down to Euclidean norm `limit` where it is longer, as PyTorch's clip_grad_norm_; and its norm before. */
export function clipGlobalNorm(gradient: Tensor, limit: number): { gradient: Tensor; norm: Tensor } {
  const norm = gradient.square().sum().sqrt()
  const scale = gradient.graph.constant(limit).div(norm.add(1e-6)).min(1)
  return { gradient: gradient.mul(scale), norm }
}

export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  /** Added after the square root and the bias correction, as PyTorch does. */
  readonly epsilon?: number
  /** Share of themselves, times the step size, that parameters lose in a step: AdamW (Loshchilov and Hutter, 2019). */
  readonly decay?: number
  /** Prefix of the states `<name>/m` [P], `<name>/v` [P] (moments) and `<name>/t` [1] (steps taken). */
  readonly name?: string
}

/**
 * Adam (Kingma and Ba, 2015) on one flat state [P], its gradient [P], and a step size of one element. Appends the
 * assignments of the parameters and of its own states to the graph; returns the new parameters.
 */
export function adam(
  graph: Graph,
  params: Tensor,
  gradient: Tensor,
  learningRate: Tensor,
  options: AdamOptions = {},
): Tensor {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0, name = 'adam' } = options
  const m = graph.state(`${name}/m`, params.shape)
  const v = graph.state(`${name}/v`, params.shape)
  const t = graph.state(`${name}/t`, [1])

  const nextT = t.add(1)
  const nextM = m.mul(beta1).add(gradient.mul(1 - beta1))
  const nextV = v.mul(beta2).add(gradient.square().mul(1 - beta2))
  const root = oneMinusPower(beta2, nextT).sqrt()
  // lr · m/c1 / (√v/√c2 + ε), with the scalars gathered so that the vector is passed over less often.
  const rate = learningRate.reshape([1]).mul(root).div(oneMinusPower(beta1, nextT))
  const kept = decay === 0 ? params : params.sub(params.mul(learningRate.reshape([1]).mul(decay)))
  const nextParams = kept.sub(nextM.mul(rate).div(nextV.sqrt().add(root.mul(epsilon))))

  graph.assign(t, nextT)
  graph.assign(m, nextM)
  graph.assign(v, nextV)
  graph.assign(params, nextParams)
  return nextParams
}

/** 1 - base^exponent without cancellation in float32: with h = tanh(exponent·ln(base)/2) it is -2h/(1-h). */
function oneMinusPower(base: number, exponent: Tensor): Tensor {
  const h = exponent.mul(Math.log(base) / 2).tanh()
  return h.mul(-2).div(h.neg().add(1))
}
