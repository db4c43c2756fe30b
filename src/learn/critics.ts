/** Several critics of one state and action, so that the least of them does not overestimate (Fujimoto et al., 2018). */
import type { PolicySpec } from '../core/policy.ts'
import { concat, type Tensor } from '../graph/graph.ts'
import { type Blocks, clipGlobalNorm, mlp, type ParameterLayout } from '../graph/layers.ts'

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

/** Declares two critics with the policy's hidden widths. */
export function twinCritics(
  layout: ParameterLayout,
  { obsSize, actionSize, hidden, activation }: PolicySpec,
): Critics {
  const sizes = [obsSize + actionSize, ...hidden, 1]
  const networks = [0, 1].map(i => mlp(layout, `critic${i}`, sizes, { activation }))
  const values = (obs: Tensor, action: Tensor, blocks: Blocks): Tensor[] => {
    const x = concat([obs, action], 1)
    return networks.map(network => network(x, blocks))
  }
  return {
    all: (obs, action, blocks) => concat(values(obs, action, blocks), 1),
    first: (obs, action, blocks) => networks[0](concat([obs, action], 1), blocks),
    least: (obs, action, blocks) => {
      const [first, second] = values(obs, action, blocks)
      return first.min(second)
    },
  }
}
