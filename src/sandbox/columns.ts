/** The columns of a batch in one shared buffer, which host and worker see as the same numbers. */
import type { ScoreColumns } from '../core/batch.ts'

export interface ColumnsShape {
  readonly T: number
  readonly N: number
  /** Signals, actions and terms of a row. */
  readonly S: number
  readonly A: number
  readonly K: number
  /** Length of every label column, by name. */
  readonly labels: readonly (readonly [name: string, length: number])[]
}

type Column = Float64Array | Int32Array | Uint8Array

export const shapeOf = ({ T, N, signals, applied, labels }: ScoreColumns, K: number): ColumnsShape => ({
  T,
  N,
  S: signals.length / ((T + 1) * N),
  A: applied.length / (T * N),
  K,
  labels: [...labels].map(([name, column]) => [name, column.length]),
})

/** Type and length of each column, widest first, so that all are aligned. */
const plan = ({ T, N, S, A, K, labels }: ColumnsShape) => ({
  signals: [Float64Array, (T + 1) * N * S] as const,
  applied: [Float64Array, T * N * A] as const,
  terms: [Float64Array, K * T * N] as const,
  reward: [Float64Array, T * N] as const,
  labels: [Float64Array, labels.reduce((sum, [, length]) => sum + length, 0)] as const,
  stepInEpisode: [Int32Array, (T + 1) * N] as const,
  episode: [Int32Array, (T + 1) * N] as const,
  terminated: [Uint8Array, T * N] as const,
  truncated: [Uint8Array, T * N] as const,
  valid: [Uint8Array, T * N] as const,
  success: [Uint8Array, T * N] as const,
})

export const bytesOf = (shape: ColumnsShape): number =>
  Object.values(plan(shape)).reduce((sum, [type, length]) => sum + length * type.BYTES_PER_ELEMENT, 8)

/** The columns as views of a buffer of at least `bytesOf` bytes. */
export function columnsIn(buffer: SharedArrayBuffer, shape: ColumnsShape): ScoreColumns {
  let offset = 0
  const views: Record<string, Column> = {}
  for (const [name, [type, length]] of Object.entries(plan(shape))) {
    views[name] = new type(buffer as ArrayBufferLike as ArrayBuffer, offset, length)
    offset += length * type.BYTES_PER_ELEMENT
  }
  const { labels: all, ...columns } = views as Record<keyof ReturnType<typeof plan>, never>
  let from = 0
  const labels = new Map<string, Float64Array>()
  for (const [name, length] of shape.labels) {
    labels.set(name, (all as Float64Array).subarray(from, from + length))
    from += length
  }
  return { T: shape.T, N: shape.N, labels, ...columns }
}

const READ = ['signals', 'applied', 'stepInEpisode', 'episode', 'terminated', 'truncated', 'valid'] as const

/** What scoring reads; with `relabel`, also what it wrote before. */
export function copyIn(from: ScoreColumns, into: ScoreColumns, relabel: boolean): void {
  for (const name of READ) (into[name] as Column).set(from[name])
  for (const [name, column] of from.labels) into.labels.get(name)?.set(column)
  if (!relabel) return
  into.terms.set(from.terms)
  into.success.set(from.success)
}

export function copyOut(from: ScoreColumns, into: ScoreColumns): void {
  if (into.terms.length !== from.terms.length) into.terms = new Float64Array(from.terms.length)
  into.terms.set(from.terms)
  into.reward.set(from.reward)
  into.success.set(from.success)
}
