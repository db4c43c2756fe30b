/** A recorded episode: the columns a program can score again, the physics state, and the poses to draw. */
import type { ScoreColumns } from './batch.ts'
import type { EpisodeSummary, ProgramInfo } from './events.ts'
import { decodeTensors, encodeTensors, type NamedTensor, type TensorData } from './safetensors.ts'
import { POSE_WIDTH } from './scene.ts'

export interface EpisodeRecord {
  readonly summary: EpisodeSummary
  /** Environment id and version it was recorded in. */
  readonly env: { readonly id: string; readonly version: number }
  /** The program whose raw terms are in `columns.terms`. */
  readonly program: ProgramInfo
  /** Control period, s. */
  readonly dt: number
  /** Discount of potential terms. */
  readonly gamma: number
  /** N = 1. */
  readonly columns: ScoreColumns
  /** [T+1, O] */
  readonly obs: Float32Array
  /** [T+1, stateSize] full physics state before each step and after the last. */
  readonly state: Float64Array
  /** [T+1, bodies, 7] x y z w x y z. */
  readonly poses: Float32Array
}

/** One safetensors file; tensors carry the column names, the rest is JSON in its metadata. */
export function encodeEpisode(episode: EpisodeRecord): Uint8Array<ArrayBuffer> {
  const { columns, obs, state, poses, ...about } = episode
  const { T } = columns
  const K = episode.program.terms.length
  const rows = (data: TensorData, count: number): NamedTensor => ({
    shape: [count, data.length / count],
    data,
  })
  const tensors: Record<string, NamedTensor> = {
    signals: rows(columns.signals, T + 1),
    applied: rows(columns.applied, T),
    terminated: { shape: [T], data: columns.terminated },
    truncated: { shape: [T], data: columns.truncated },
    terms: { shape: [K, T], data: columns.terms },
    reward: { shape: [T], data: columns.reward },
    success: { shape: [T], data: columns.success },
    obs: rows(obs, T + 1),
    state: rows(state, T + 1),
    poses: { shape: [T + 1, poses.length / (T + 1) / POSE_WIDTH, POSE_WIDTH], data: poses },
  }
  for (const [name, data] of columns.labels) tensors[`label/${name}`] = { shape: [T], data }
  return encodeTensors({
    tensors,
    metadata: { carrot: JSON.stringify({ ...about, offFrom: columns.offFrom }) },
  })
}

/** Reads `encodeEpisode`'s bytes. Throws CarrotError 'bad-file'. */
export function decodeEpisode(bytes: Uint8Array, name = 'episode'): EpisodeRecord {
  const { tensors, metadata } = decodeTensors(bytes, name)
  const { offFrom, ...about } = JSON.parse(metadata.carrot) as Pick<
    EpisodeRecord,
    'summary' | 'env' | 'program' | 'dt' | 'gamma'
  > &
    Pick<ScoreColumns, 'offFrom'>
  const T = about.summary.length
  const data = <D extends TensorData>(key: string) => tensors[key].data as D
  const labels = Object.keys(tensors).filter(key => key.startsWith('label/'))
  const columns: ScoreColumns = {
    T,
    N: 1,
    signals: data('signals'),
    applied: data('applied'),
    terminated: data('terminated'),
    truncated: data('truncated'),
    valid: new Uint8Array(T).fill(1),
    stepInEpisode: Int32Array.from({ length: T + 1 }, (_, t) => t),
    episode: new Int32Array(T + 1),
    labels: new Map(labels.map(key => [key.slice('label/'.length), data<Float64Array>(key)])),
    ...(offFrom === undefined ? {} : { offFrom }),
    terms: data('terms'),
    reward: data('reward'),
    success: data('success'),
  }
  return { ...about, columns, obs: data('obs'), state: data('state'), poses: data('poses') }
}

/** A copy of the columns with fresh outputs, for scoring the same recording again without touching it, by any program. */
export function rescoringCopy({ offFrom: _, ...columns }: ScoreColumns): ScoreColumns {
  const rows = columns.T * columns.N
  return {
    ...columns,
    terms: new Float64Array(0),
    reward: new Float64Array(rows),
    success: new Uint8Array(rows),
  }
}

/**
 * The columns of a recording, to be scored again by the program of that hash. What failed in training was off from then
 * on, and stays so under the same program; of another nothing is known to fail.
 */
export function columnsFor({ columns, program }: EpisodeRecord, hash: string): ScoreColumns {
  const copy = rescoringCopy(columns)
  return program.hash === hash ? { ...copy, offFrom: columns.offFrom } : copy
}
