/**
 * Several critics of one state and action, so that the least of them does not overestimate (Fujimoto et al., 2018). All
 * are computed in one pass: their weights are stacked, [critics, in, out], and products are batched.
 */
import type { PolicySpec } from '../core/policy.ts'
import { concat, type Graph, type Tensor } from '../graph/graph.ts'
import { type Blocks, clipGlobalNorm, type ParameterLayout } from '../graph/layers.ts'
import { ensemble } from '../graph/networks.ts'

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

/**
 * The losses of rows [M], each as much as it counts. Where transitions are drawn by how wrong they were, that is an input
 * `weight` [M, 1], and |δ| [M] is an output `error`, for the next draws; else all count the same.
 */
export function counted(
  g: Graph,
  { prioritised = false }: { readonly prioritised?: boolean },
  losses: Tensor,
  error: () => Tensor,
): Tensor {
  if (!prioritised) return losses
  g.output('error', error())
  return losses.mul(g.input('weight', [losses.size, 1]).reshape(losses.shape))
}

/** |δ| [M] of the critic that is more wrong, from the errors [M, critics] of all (Fujimoto et al., 2020). */
export const largestError = (errors: Tensor): Tensor => errors.abs().largest([1])

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
  /** [B, in] → [critics, B, 1] */
  const forward = ensemble(layout, 'critics', CRITICS, sizes, { activation, layerNorm })
  /** Blocks of the first critic alone: its network is the same, one member wide. */
  const onlyFirst = (blocks: Blocks): Blocks =>
    Object.fromEntries(
      Object.entries(blocks).flatMap(([name, block]) =>
        name.startsWith('critics.') ? [[name, block.slice(0, 0, 1)]] : [],
      ),
    )
  const input = (obs: Tensor, action: Tensor): Tensor => concat([obs, action], 1)
  return {
    all: (obs, action, blocks) => {
      const values = forward(input(obs, action), blocks)
      return values.reshape(values.shape.slice(0, 2)).transpose()
    },
    first: (obs, action, blocks) => {
      const values = forward(input(obs, action), onlyFirst(blocks))
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
