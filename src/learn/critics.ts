/**
 * Several critics of one state and action, so that the least of them does not overestimate (Fujimoto et al., 2018). All
 * are computed in one pass: their weights are stacked, [critics, in, out], and products are batched.
 */
import type { PolicySpec } from '../core/policy.ts'
import { standardised } from '../graph/functions.ts'
import { concat, type Tensor } from '../graph/graph.ts'
import {
  type Blocks,
  clipGlobalNorm,
  filled,
  type Initialiser,
  orthogonal,
  type ParameterLayout,
} from '../graph/layers.ts'

const CRITICS = 2

export interface Critics {
  /** obs [B, O], action [B, A] → values [B, critics]. */
  all(obs: Tensor, action: Tensor, blocks: Blocks): Tensor
  /** The first critic's value, [B, 1]. */
  first(obs: Tensor, action: Tensor, blocks: Blocks): Tensor
  /** The least value, [B, 1]. */
  least(obs: Tensor, action: Tensor, blocks: Blocks): Tensor
}

/** A gradient no longer than the setting allows. */
export const limited = (gradient: Tensor, maxGradNorm: number | undefined): Tensor =>
  maxGradNorm === undefined ? gradient : clipGlobalNorm(gradient, maxGradNorm).gradient

/** The same for every critic, drawn anew for each: shape [critics, in, out]. */
const each =
  (initialiser: Initialiser): Initialiser =>
  ([count, ...shape], rng) =>
    Float32Array.from(Array.from({ length: count }, () => [...initialiser(shape, rng)]).flat())

/**
 * Declares two critics with the policy's hidden widths. `layerNorm` standardises what comes out of every hidden layer,
 * which keeps values of unseen actions bounded (Ball et al., 2023).
 */
export function twinCritics(
  layout: ParameterLayout,
  { obsSize, actionSize, hidden, activation }: PolicySpec,
  { layerNorm = false }: { readonly layerNorm?: boolean } = {},
): Critics {
  const sizes = [obsSize + actionSize, ...hidden, 1]
  const layers = sizes.slice(1).map((width, i) => {
    const last = i === sizes.length - 2
    const weight = `critics.${i}.weight`
    const bias = `critics.${i}.bias`
    layout.add(weight, [CRITICS, sizes[i], width], each(orthogonal(last ? 1 : Math.SQRT2)))
    layout.add(bias, [CRITICS, 1, width], filled(0))
    return { weight, bias, last }
  })
  /** [B, in] → [critics, B, 1] */
  const forward = (x: Tensor, blocks: Blocks, only?: number): Tensor =>
    layers.reduce((h, { weight, bias, last }) => {
      const of = (name: string) => (only === undefined ? blocks[name] : blocks[name].slice(0, only, only + 1))
      const z = h.matmul(of(weight)).add(of(bias))
      if (last) return z
      const scaled = layerNorm ? standardised(z) : z
      return activation === 'tanh' ? scaled.tanh() : scaled.relu()
    }, x)
  const input = (obs: Tensor, action: Tensor): Tensor => concat([obs, action], 1)
  return {
    all: (obs, action, blocks) => {
      const values = forward(input(obs, action), blocks)
      return values.reshape(values.shape.slice(0, 2)).transpose()
    },
    first: (obs, action, blocks) => {
      const values = forward(input(obs, action), blocks, 0)
      return values.reshape([values.shape[1], 1])
    },
    least: (obs, action, blocks) => {
      const values = forward(input(obs, action), blocks)
      const [count, B] = values.shape
      const critic = (i: number) => values.slice(0, i, i + 1).reshape([B, 1])
      let least = critic(0)
      for (let i = 1; i < count; i++) least = least.min(critic(i))
      return least
    },
  }
}
