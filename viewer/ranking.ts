/** All recordings under the weights of the page: what the list is ranked by while weights are moved. */
import type { EpisodeRecord } from '../src/core/episode.ts'
import { type State, weightsOf } from './state.ts'

/** Recordings kept for the next move of a slider take at most this much; the list is scored as far as that reaches. */
const MAX_BYTES = 96e6

const NONE = new Float32Array(0)

/** Return of a recording under the program and the weights of the page; undefined when it cannot be had. */
type Score = (
  record: EpisodeRecord,
  state: State,
  weights: Readonly<Record<string, number>>,
) => number | undefined | Promise<number | undefined>

export class Ranking {
  private readonly fetch: (id: string) => Promise<EpisodeRecord>
  private readonly score: Score
  private readonly kept = new Map<string, EpisodeRecord>()
  private bytes = 0

  constructor(fetch: (id: string) => Promise<EpisodeRecord>, score: Score) {
    this.fetch = fetch
    this.score = score
  }

  /** Id and return of one episode after the other, newest first; nothing while no weight is moved. */
  async *returns(state: State): AsyncGenerator<[id: string, total: number]> {
    if (Object.keys(state.weights).length === 0) return
    for (const { id } of [...state.episodes].reverse()) {
      const record = await this.record(id)
      if (record === undefined) return
      const total = await this.score(record, state, weightsOf(state))
      if (total === undefined) return
      yield [id, total]
    }
  }

  /** Undefined when there is no room for it, or it cannot be had. */
  private async record(id: string): Promise<EpisodeRecord | undefined> {
    const known = this.kept.get(id)
    if (known !== undefined || this.bytes > MAX_BYTES) return known
    const record = await this.fetch(id).catch(() => undefined)
    if (record === undefined) return undefined
    // Scoring reads the columns alone; the poses and states are the greater part.
    const slim = { ...record, poses: NONE, obs: NONE, state: new Float64Array(0) }
    this.kept.set(id, slim)
    this.bytes += record.columns.signals.byteLength + record.columns.applied.byteLength
    return slim
  }
}
