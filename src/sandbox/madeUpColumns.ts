/** Steps of no simulation: what a program is tried on where nothing was recorded. */
import type { ScoreColumns } from '../core/batch.ts'
import { Rng, STREAM } from '../core/rng.ts'
import { type EnvSpec, type FieldSpec, fieldWidth, layoutOf } from '../core/spec.ts'

const T = 64
const N = 4
/** Steps of an episode: several begin and end. */
const EPISODE = 24

/** Signals of the shapes that the environment says, their numbers of any size. The same every time. */
export function madeUpColumns(spec: EnvSpec): ScoreColumns {
  const rng = new Rng(1, STREAM.data)
  const { width: S } = layoutOf(spec.signals)
  const { low, high } = spec.action
  const signals: number[] = []
  for (let row = 0; row < (T + 1) * N; row++)
    for (const field of Object.values(spec.signals)) signals.push(...madeUp(field, rng))
  const stepInEpisode = Int32Array.from({ length: (T + 1) * N }, (_, row) => Math.floor(row / N) % EPISODE)
  const ends = (row: number) => stepInEpisode[row + N] === 0
  return {
    T,
    N,
    signals: Float64Array.from(signals.slice(0, (T + 1) * N * S)),
    applied: Float64Array.from({ length: T * N * low.length }, (_, i) => {
      const a = i % low.length
      return low[a] + (high[a] - low[a]) * rng.uniform()
    }),
    terminated: Uint8Array.from({ length: T * N }, (_, row) => Number(ends(row) && row % 2 === 0)),
    truncated: Uint8Array.from({ length: T * N }, (_, row) => Number(ends(row) && row % 2 === 1)),
    valid: new Uint8Array(T * N).fill(1),
    stepInEpisode,
    episode: Int32Array.from({ length: (T + 1) * N }, (_, row) => Math.floor(row / N / EPISODE)),
    labels: new Map(),
    terms: new Float64Array(0),
    reward: new Float64Array(T * N),
    success: new Uint8Array(T * N),
  }
}

function madeUp(field: FieldSpec, rng: Rng): number[] {
  const width = fieldWidth(field)
  if (field.unit === 'bool') return Array.from({ length: width }, () => Number(rng.uniform() < 0.5))
  const values = Array.from({ length: width }, () => rng.normal())
  if (field.shape[0] !== 4 || field.unit !== '1') return values
  const norm = Math.hypot(...values)
  return values.map(value => value / norm)
}
