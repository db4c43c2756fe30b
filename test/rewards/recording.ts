/** A toy environment and recordings of it small enough to compute by hand. */
import type { ScoreColumns } from '../../src/core/batch.ts'
import { type EnvSpec, layoutOf } from '../../src/core/spec.ts'

export const spec: EnvSpec = {
  id: 'rail',
  version: 1,
  about: 'A point on a rail.',
  obs: { position: { shape: [], unit: 'm' } },
  signals: {
    position: { shape: [], unit: 'm', frame: 'world' },
    velocity: { shape: [3], unit: 'm/s', frame: 'world' },
    turn: { shape: [4], unit: '1', frame: 'world' },
    joints: { shape: [2], unit: 'rad' },
    ok: { shape: [], unit: 'bool' },
  },
  action: { names: ['push', 'pull'], low: [-1, -1], high: [1, 1], unit: '1' },
  dt: 0.5,
  maxSteps: 100,
  defaultReward: 'rail',
  success: { signal: 'ok', over: 'last' },
  options: {},
}

const { slots, width: S } = layoutOf(spec.signals)
const A = spec.action.names.length

export interface Recorded {
  /** Rows N side by side, default 1. The lists below are then laid row after row within each step. */
  readonly N?: number
  /** Signals by name, [T+1, N] of numbers or lists; what is left out is 0. */
  readonly signals: Readonly<Record<string, readonly (number | readonly number[])[]>>
  /** [T, N, A]; default 0. */
  readonly applied?: readonly (readonly number[])[]
  /** Rows of [T, N] where the task ended, the clock ended, and where the environment was only reset. */
  readonly terminated?: readonly number[]
  readonly truncated?: readonly number[]
  readonly reset?: readonly number[]
  /** [T+1, N]; default: one episode from its start. */
  readonly stepInEpisode?: readonly number[]
  readonly episode?: readonly number[]
  readonly labels?: Readonly<Record<string, readonly number[]>>
}

export function recording(recorded: Recorded): ScoreColumns {
  const { N = 1, signals, applied, labels = {} } = recorded
  const states = Object.values(signals)[0].length
  const rows = states - N
  const columns: ScoreColumns = {
    T: rows / N,
    N,
    signals: new Float64Array(states * S),
    applied: applied === undefined ? new Float64Array(rows * A) : Float64Array.from(applied.flat()),
    terminated: new Uint8Array(rows),
    truncated: new Uint8Array(rows),
    valid: new Uint8Array(rows).fill(1),
    stepInEpisode: Int32Array.from(
      recorded.stepInEpisode ?? Array.from({ length: states }, (_, i) => Math.floor(i / N)),
    ),
    episode: Int32Array.from(recorded.episode ?? Array(states).fill(0)),
    labels: new Map(Object.entries(labels).map(([name, column]) => [name, Float64Array.from(column)])),
    terms: new Float64Array(0),
    reward: new Float64Array(rows),
    success: new Uint8Array(rows),
  }
  for (const [name, column] of Object.entries(signals)) {
    column.forEach((value, state) => {
      columns.signals.set([value].flat(), state * S + slots[name].offset)
    })
  }
  for (const row of recorded.terminated ?? []) columns.terminated[row] = 1
  for (const row of recorded.truncated ?? []) columns.truncated[row] = 1
  for (const row of recorded.reset ?? []) columns.valid[row] = 0
  return columns
}

/** Raw values of term k. */
export const raw = ({ terms, T, N }: ScoreColumns, k = 0): number[] =>
  Array.from(terms.subarray(k * T * N, (k + 1) * T * N))
