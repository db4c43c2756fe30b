/**
 * From a network's last layer to an action. Shapes: B rows, A action, K choices.
 */
import { CarrotError } from '../core/errors.ts'
import type { PolicyHead, PolicySpec } from '../core/policy.ts'
import type { ActionSpec } from '../core/spec.ts'
import { concat, type Graph, type Tensor } from '../graph/graph.ts'
import { type Blocks, filled, mlp, type ParameterLayout } from '../graph/layers.ts'

export type Module = (x: Tensor, blocks: Blocks) => Tensor

/** Bounds of the log standard deviation that a squashed head gives: as wide as the action range, or hardly any. */
const LOG_STD_MIN = -5
const LOG_STD_MAX = 2

/** Numbers the last layer gives. */
function outputSize({ head, actionSize, choices }: PolicySpec): number {
  if (head === 'discrete') return choices!.length
  return head === 'squashed' ? 2 * actionSize : actionSize
}

/**
 * Declares the policy's network: obs [B, O] (normalised) → [B, outputs]. The last layer of an actor starts small, so
 * that the first policy is nearly the same everywhere; a discrete head gives values, and starts as a critic does.
 */
export function policyNetwork(layout: ParameterLayout, spec: PolicySpec): Module {
  const { obsSize, hidden, activation, head } = spec
  const outputGain = head === 'discrete' ? 1 : 0.01
  const network = mlp(layout, 'actor', [obsSize, ...hidden, outputSize(spec)], { activation, outputGain })
  if (head === 'gaussian') layout.add('logStd', [spec.actionSize], filled(0))
  return network
}

/** Middle and half-width of the action range, [A] each. */
export function actionRange({ low, high }: PolicySpec): { centre: Float32Array; half: Float32Array } {
  const bounded = low.map((bound, i) => Number.isFinite(bound) && Number.isFinite(high[i]))
  return {
    centre: Float32Array.from(low, (bound, i) => (bounded[i] ? (bound + high[i]) / 2 : 0)),
    half: Float32Array.from(low, (bound, i) => (bounded[i] ? (high[i] - bound) / 2 : 1)),
  }
}

/** True where the range is −1 to 1 already. */
export const isUnitRange = ({ low, high }: PolicySpec): boolean =>
  low.every(bound => bound === -1) && high.every(bound => bound === 1)

/** [B, A] in −1…1 → the action range. */
function scale(g: Graph, unit: Tensor, spec: PolicySpec): Tensor {
  if (isUnitRange(spec)) return unit
  const { centre, half } = actionRange(spec)
  return unit.mul(g.constant(half)).add(g.constant(centre))
}

/** Mean and log standard deviation [B, A] before squashing. */
export function squashedParts(output: Tensor): { mean: Tensor; logStd: Tensor } {
  const A = output.shape[1] / 2
  const spread = output.slice(1, A, 2 * A).tanh()
  return {
    mean: output.slice(1, 0, A),
    logStd: spread.mul((LOG_STD_MAX - LOG_STD_MIN) / 2).add((LOG_STD_MAX + LOG_STD_MIN) / 2),
  }
}

/** What belongs to the choice of the largest value, the first of equals: values [B, K ≥ 2], `of` gives that of choice k. */
export function atBestChoice(values: Tensor, of: (k: number) => Tensor): Tensor {
  let best = values.slice(1, 0, 1)
  let found = of(0)
  for (let k = 1; k < values.shape[1]; k++) {
    const value = values.slice(1, k, k + 1)
    found = value.greater(best).where(of(k), found)
    best = best.max(value)
  }
  return found
}

const bestAction = (g: Graph, values: Tensor, { choices, actionSize }: PolicySpec): Tensor =>
  atBestChoice(values, k => g.constant(Float32Array.from(choices![k]), [1, actionSize]))

/** The choices [K, A] in units where the action range is −1 to 1. */
export function unitChoices(spec: PolicySpec): Float32Array {
  const { centre, half } = actionRange(spec)
  const A = spec.actionSize
  return Float32Array.from(spec.choices!.flat(), (value, i) => (value - centre[i % A]) / half[i % A])
}

/** Most choices a discretised range may have. */
const MOST_CHOICES = 256

/** The actions a discrete policy chooses from: those the environment declares, or `bins` a dimension of its range. */
export function choicesOf({ low, high, choices }: ActionSpec, bins: number): readonly (readonly number[])[] {
  if (choices !== undefined) return choices
  if (bins ** low.length > MOST_CHOICES) {
    throw new CarrotError(
      'unsupported',
      `${bins} choices in each of ${low.length} action dimensions make ${bins ** low.length} choices, too many for dqn.`,
      'Use an algorithm for continuous actions (ppo, sac, td3), or fewer --bins.',
    )
  }
  return low.reduce<number[][]>(
    (sofar, bound, i) =>
      sofar.flatMap(start =>
        Array.from({ length: bins }, (_, k) => [...start, bound + ((high[i] - bound) * k) / (bins - 1)]),
      ),
    [[]],
  )
}

/** What each head does without exploration: output [B, outputs] → action [B, A], before clipping to the range. */
const ACTIONS: { readonly [H in PolicyHead]: (g: Graph, output: Tensor, spec: PolicySpec) => Tensor } = {
  gaussian: (g, output, spec) => scale(g, output, spec),
  squashed: (g, output, spec) => scale(g, squashedParts(output).mean.tanh(), spec),
  deterministic: (g, output, spec) => scale(g, output.tanh(), spec),
  discrete: bestAction,
}

export const headAction = (g: Graph, output: Tensor, spec: PolicySpec): Tensor =>
  ACTIONS[spec.head](g, output, spec)

/** Share of valid rows whose action [rows, A] is outside of the range, and so was clipped; rounding apart. */
export function clippedShare(action: Float32Array, valid: Uint8Array, { low, high }: PolicySpec): number {
  const A = low.length
  let clipped = 0
  let rows = 0
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] !== 1) continue
    rows++
    for (let a = 0; a < A; a++) {
      const margin = 1e-6 * (high[a] - low[a])
      const value = action[row * A + a]
      if (value >= low[a] - margin && value <= high[a] + margin) continue
      clipped++
      break
    }
  }
  return clipped / Math.max(1, rows)
}

/** [B, A] kept inside the action range. */
export function clipToRange(action: Tensor, { low, high }: PolicySpec): Tensor {
  const columns = low.map((bound, i) => action.slice(1, i, i + 1).clip(bound, high[i]))
  const same = low.every(bound => bound === low[0]) && high.every(bound => bound === high[0])
  return same ? action.clip(low[0], high[0]) : concat(columns, 1)
}
