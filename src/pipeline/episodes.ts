/** Whole episodes out of batches that cut them anywhere: statistics of all of them, full recordings of some. */
import type { RolloutBatch } from '../core/batch.ts'
import type { EpisodeRecord } from '../core/episode.ts'
import type { EpisodeSummary, ProgramInfo } from '../core/events.ts'
import { POSE_WIDTH } from '../core/scene.ts'
import type { EnvSpec, SuccessOver } from '../core/spec.ts'
import { hasSucceeded } from '../core/success.ts'

/** What statistics read of a batch. */
type Outcome = Pick<RolloutBatch, 'T' | 'N' | 'reward' | 'valid' | 'terminated' | 'truncated' | 'success'>

/** Return, length and success of the last `window` training episodes, over all rows. */
export class EpisodeStats {
  private readonly returns: Float64Array
  private readonly lengths: Float64Array
  /** Steps of the episode in progress after which the success criterion held. */
  private readonly held: Float64Array
  private recent: { return: number; length: number; success: number }[] = []
  /** Episodes that ended in the last batch, and the sum of their returns. */
  private ended = { count: 0, sum: 0 }
  private readonly window: number

  constructor(rows: number, window = 100) {
    this.returns = new Float64Array(rows)
    this.lengths = new Float64Array(rows)
    this.held = new Float64Array(rows)
    this.window = window
  }

  /** `succeeds`: steps of an episode that its success must hold in. */
  take(batch: Outcome, succeeds: SuccessOver): void {
    const { T, N, reward, valid, terminated, truncated, success } = batch
    this.ended = { count: 0, sum: 0 }
    for (let row = 0; row < T * N; row++) {
      if (valid[row] !== 1) continue
      const n = row % N
      this.returns[n] += reward[row]
      this.lengths[n]++
      this.held[n] += success[row]
      if (terminated[row] === 0 && truncated[row] === 0) continue
      const count = { length: this.lengths[n], held: this.held[n], last: success[row] === 1 }
      const succeeded = hasSucceeded(succeeds, count)
      this.ended.count++
      this.ended.sum += this.returns[n]
      this.recent.push({ return: this.returns[n], length: this.lengths[n], success: succeeded ? 1 : 0 })
      this.returns[n] = 0
      this.lengths[n] = 0
      this.held[n] = 0
    }
    if (this.recent.length > this.window) this.recent = this.recent.slice(-this.window)
  }

  /**
   * Means over the window, nothing before the first episode ended; and of the last batch's episodes how many ended, and
   * their mean return where any did, from which means over any stretch of steps can be told.
   */
  summary(): Record<string, number> {
    const count = this.recent.length
    if (count === 0) return {}
    const mean = (of: 'return' | 'length' | 'success') =>
      this.recent.reduce((sum, episode) => sum + episode[of], 0) / count
    const { count: ended, sum } = this.ended
    return {
      episodeReturn: mean('return'),
      episodeLength: mean('length'),
      episodeSuccess: mean('success'),
      episodesEnded: ended,
      ...(ended > 0 ? { endedReturn: sum / ended } : {}),
    }
  }

  save(): Float64Array {
    const recent = this.recent.flatMap(episode => [episode.return, episode.length, episode.success])
    return Float64Array.of(...this.returns, ...this.lengths, ...this.held, ...recent)
  }

  load(saved: Float64Array): void {
    const rows = this.returns.length
    this.returns.set(saved.subarray(0, rows))
    this.lengths.set(saved.subarray(rows, 2 * rows))
    this.held.set(saved.subarray(2 * rows, 3 * rows))
    const recent = saved.subarray(3 * rows)
    this.recent = Array.from({ length: recent.length / 3 }, (_, i) => ({
      return: recent[3 * i],
      length: recent[3 * i + 1],
      success: recent[3 * i + 2],
    }))
  }
}

/** Where the record of the episode in progress grows: one preallocated set of columns, reused. */
interface Growing {
  readonly signals: Float64Array
  readonly obs: Float32Array
  readonly state: Float64Array
  readonly poses: Float32Array
  readonly applied: Float64Array
  readonly terms: Float64Array
  readonly reward: Float64Array
  readonly success: Uint8Array
  readonly labels: Map<string, Float64Array>
  /** As in ScoreColumns. */
  offFrom: Record<string, number>
}

export interface RecorderOptions {
  readonly spec: EnvSpec
  readonly gamma: number
  /** Environment steps between the starts of recorded episodes. */
  readonly every: number
  /** Number the first recording gets in its id. */
  readonly firstId: number
  /** Environment step from which on to record. */
  readonly from: number
}

/** Mean weighted value a step of every term of a batch, as metrics `term/<name>`. */
export function termMeans(batch: RolloutBatch, program: ProgramInfo): Record<string, number> {
  const rows = batch.T * batch.N
  const taken = batch.valid.reduce((sum, valid) => sum + valid, 0)
  return Object.fromEntries(
    program.terms.map((name, k) => {
      const sum = batch.terms.subarray(k * rows, (k + 1) * rows).reduce((total, value) => total + value, 0)
      return [`term/${name}`, ((program.weights[name] ?? 0) * sum) / Math.max(1, taken)]
    }),
  )
}

const NOTHING: ReadonlySet<string> = new Set()

/** Records every so often the episode that row 0 is about to begin. */
export class EpisodeRecorder {
  private readonly options: RecorderOptions
  private growing: Growing | undefined
  private length = 0
  private recording = false
  private nextAt: number
  private nextId: number

  constructor(options: RecorderOptions) {
    this.options = options
    this.nextId = options.firstId
    this.nextAt = options.from
  }

  /** Gives up the episode in progress: its rewards would be of two programs. */
  drop(): void {
    this.recording = false
  }

  /**
   * Reads a scored batch whose first step is environment step `step`; returns the episodes that ended in it. `off`: what
   * was switched off while it was scored.
   */
  take(
    batch: RolloutBatch,
    step: number,
    program: ProgramInfo,
    off: ReadonlySet<string> = NOTHING,
  ): EpisodeRecord[] {
    const { T, N } = batch
    const ended: EpisodeRecord[] = []
    for (let t = 0; t < T; t++) {
      const row = t * N
      if (batch.valid[row] !== 1) continue
      const now = step + row
      if (!this.recording && batch.stepInEpisode[row] === 0 && now >= this.nextAt) {
        this.begin(batch)
        this.nextAt = now + this.options.every
      }
      if (!this.recording) continue
      this.append(batch, t, off)
      if (batch.terminated[row] === 1 || batch.truncated[row] === 1) {
        ended.push(this.finish(batch, t, now + N, program))
      }
    }
    return ended
  }

  private begin(batch: RolloutBatch): void {
    this.recording = true
    this.length = 0
    const steps = this.options.spec.maxSteps
    const { O, S, A, stateSize, bodies } = batch.shape
    const terms = batch.terms.length / (batch.T * batch.N)
    if (this.growing?.terms.length === steps * terms) {
      for (const column of this.growing.labels.values()) column.fill(Number.NaN)
      this.growing.offFrom = {}
      return
    }
    this.growing = {
      signals: new Float64Array((steps + 1) * S),
      obs: new Float32Array((steps + 1) * O),
      state: new Float64Array((steps + 1) * stateSize),
      poses: new Float32Array((steps + 1) * bodies * POSE_WIDTH),
      applied: new Float64Array(steps * A),
      terms: new Float64Array(steps * terms),
      reward: new Float64Array(steps),
      success: new Uint8Array(steps),
      labels: new Map(),
      offFrom: {},
    }
  }

  private append(batch: RolloutBatch, t: number, off: ReadonlySet<string>): void {
    const into = this.growing as Growing
    const { T, N } = batch
    const { O, S, A, R, stateSize, bodies } = batch.shape
    const at = this.length++
    for (const name of off) into.offFrom[name] ??= at
    const poses = bodies * POSE_WIDTH
    // The row after the step is written too; the next step overwrites it with the same numbers.
    for (const ahead of [0, 1]) {
      const state = t + ahead
      const to = at + ahead
      into.signals.set(batch.signals.subarray(state * N * S, state * N * S + S), to * S)
      into.obs.set(batch.obs.subarray(state * N * O, state * N * O + O), to * O)
      into.state.set(batch.state.subarray(state * R * stateSize, (state * R + 1) * stateSize), to * stateSize)
      into.poses.set(batch.poses.subarray(state * R * poses, (state * R + 1) * poses), to * poses)
    }
    const row = t * N
    into.applied.set(batch.applied.subarray(row * A, row * A + A), at * A)
    const terms = batch.terms.length / (T * N)
    for (let k = 0; k < terms; k++) into.terms[at * terms + k] = batch.terms[k * T * N + row]
    into.reward[at] = batch.reward[row]
    into.success[at] = batch.success[row]
    for (const [name, column] of batch.labels) {
      let kept = into.labels.get(name)
      if (kept === undefined) {
        kept = new Float64Array(into.reward.length).fill(Number.NaN)
        into.labels.set(name, kept)
      }
      kept[at] = column[row]
    }
  }

  private finish(batch: RolloutBatch, t: number, atStep: number, program: ProgramInfo): EpisodeRecord {
    this.recording = false
    const { spec, gamma } = this.options
    const { O, S, A, stateSize, bodies } = batch.shape
    const from = this.growing as Growing
    const T = this.length
    const K = program.terms.length
    const terms = new Float64Array(K * T)
    for (let k = 0; k < K; k++) for (let i = 0; i < T; i++) terms[k * T + i] = from.terms[i * K + k]
    const terminated = new Uint8Array(T)
    const truncated = new Uint8Array(T)
    terminated[T - 1] = batch.terminated[t * batch.N]
    truncated[T - 1] = batch.truncated[t * batch.N]
    const columns: EpisodeRecord['columns'] = {
      T,
      N: 1,
      signals: from.signals.slice(0, (T + 1) * S),
      applied: from.applied.slice(0, T * A),
      terminated,
      truncated,
      valid: new Uint8Array(T).fill(1),
      stepInEpisode: Int32Array.from({ length: T + 1 }, (_, i) => i),
      episode: new Int32Array(T + 1),
      labels: new Map([...from.labels].map(([name, column]) => [name, column.slice(0, T)])),
      ...(Object.keys(from.offFrom).length === 0 ? {} : { offFrom: from.offFrom }),
      terms,
      reward: from.reward.slice(0, T),
      success: from.success.slice(0, T),
    }
    const summary: EpisodeSummary = {
      id: `e${String(this.nextId++).padStart(6, '0')}`,
      atStep,
      length: T,
      seconds: T * spec.dt,
      return: columns.reward.reduce((sum, r) => sum + r, 0),
      parts: Object.fromEntries(
        program.terms.map((name, k) => [
          name,
          (program.weights[name] ?? 0) *
            terms.subarray(k * T, (k + 1) * T).reduce((sum, value) => sum + value, 0),
        ]),
      ),
      success: hasSucceeded(program.succeeds, {
        length: T,
        held: columns.success.reduce((sum, holds) => sum + holds, 0),
        last: columns.success[T - 1] === 1,
      }),
      terminated: terminated[T - 1] === 1,
      policyVersion: batch.policyVersion,
      programHash: program.hash,
    }
    return {
      summary,
      env: { id: spec.id, version: spec.version },
      program,
      dt: spec.dt,
      gamma,
      columns,
      obs: from.obs.slice(0, (T + 1) * O),
      state: from.state.slice(0, (T + 1) * stateSize),
      poses: from.poses.slice(0, (T + 1) * bodies * POSE_WIDTH),
    }
  }
}
