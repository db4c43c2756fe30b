/** What a gradient step is made from: M rows, O observation, A action. */
import type { Session } from '../graph/executor.ts'

/** What a gradient step is made from; views that are filled in place. */
export interface Minibatch {
  /** [M, O] as the environment gave them. */
  readonly obs: Float32Array
  /** [M, A] */
  readonly action: Float32Array
  /** [M, 1] Σ γᵏ r over the n steps. */
  readonly reward: Float32Array
  /** [M, O] after the n steps. */
  readonly nextObs: Float32Array
  /** [M, 1] what the value of `nextObs` counts: γⁿ, or 0 after a termination. */
  readonly discount: Float32Array
  /** [M, 1] discounted rewards of the rest of the episode; UNKNOWN_RETURN while it goes on. Absent: not asked for. */
  readonly returns?: Float32Array
  /** Absent: all rows count the same. */
  readonly drawn?: Drawn
}

/** What rows are worth that were not drawn evenly, and where they came from. */
export interface Drawn {
  /** [M, 1] in 0…1: what a row counts in the loss. */
  readonly weight: Float32Array
  /** [M] where its buffer keeps the priority of a row. */
  readonly place: Int32Array
}

/** A return below any other, so that the larger of the two is always the other. */
export const UNKNOWN_RETURN = -1e30

/** The inputs of a session that a minibatch fills. */
export function minibatchOf(
  session: Session,
  { returns = false, weighted = false }: { readonly returns?: boolean; readonly weighted?: boolean } = {},
): Minibatch {
  const reward = session.input('reward')
  const drawn = (): Drawn => ({ weight: session.input('weight'), place: new Int32Array(reward.length) })
  return {
    obs: session.input('obs'),
    action: session.input('action'),
    reward,
    nextObs: session.input('nextObs'),
    discount: session.input('discount'),
    ...(returns ? { returns: session.input('returns') } : {}),
    ...(weighted ? { drawn: drawn() } : {}),
  }
}
