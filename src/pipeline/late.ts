/** Labels that training does not wait for: the reward they change is filled in where it is remembered. */
import type { RolloutBatch, ScoreColumns } from '../core/batch.ts'
import type { BatchScorer, TermFailure } from '../core/reward.ts'
import { answerOf, fillLabels, type LabelSource, sourceName } from './label.ts'

export interface LateOptions {
  /** Batches that one source may be asked about at a time; further ones go without its label. */
  readonly waiting: number
  /** A source that takes longer has failed for that batch, ms. */
  readonly timeout: number
  /** The rewards [T, N] of a rollout, with the label. */
  readonly onReward: (sequence: number, reward: Float64Array) => void
  readonly onFailure: (column: string, message: string) => void
  /** What the label made a term do. */
  readonly onTermFailure: (failure: TermFailure) => void
}

/** What scoring labels again needs of a batch that has gone on. */
function copyOf(batch: RolloutBatch): ScoreColumns {
  const { T, N, valid, stepInEpisode, episode, terms, reward, success } = batch
  return {
    T,
    N,
    signals: new Float64Array(0),
    applied: new Float64Array(0),
    terminated: new Uint8Array(0),
    truncated: new Uint8Array(0),
    valid: valid.slice(),
    stepInEpisode: stepInEpisode.slice(),
    episode: episode.slice(),
    labels: new Map(batch.labels),
    terms: terms.slice(),
    reward: reward.slice(),
    success: success.slice(),
  }
}

/**
 * Asks sources about scored batches. A source takes what it needs of a batch before its first `await`: the batch goes on
 * and is used again. Until the answer its label terms pay nothing.
 */
export class LateLabels {
  private readonly options: LateOptions
  private readonly asked = new Map<LabelSource, number>()
  private readonly end = new AbortController()
  /** Batches that went without labels because their source was busy, by its first column. */
  readonly skipped = new Map<string, number>()

  constructor(options: LateOptions) {
    this.options = options
  }

  /** Returns at once. `current` is asked again when an answer comes: under another program it is no longer of use. */
  ask(batch: RolloutBatch, sources: readonly LabelSource[], current: () => BatchScorer): void {
    if (sources.length === 0) return
    const { sequence } = batch
    const columns = copyOf(batch)
    const scorer = current()
    for (const source of sources) {
      const busy = this.asked.get(source) ?? 0
      if (busy >= this.options.waiting) {
        this.skipped.set(sourceName(source), (this.skipped.get(sourceName(source)) ?? 0) + 1)
        continue
      }
      this.asked.set(source, busy + 1)
      answerOf(source, batch, this.options.timeout, this.end.signal)
        .then(async answer => {
          if (scorer !== current()) return
          fillLabels(columns, source, answer)
          for (const failure of await scorer.relabel(columns)) this.options.onTermFailure(failure)
          this.options.onReward(sequence, columns.reward.slice())
        })
        .catch(error => {
          if (!this.end.signal.aborted)
            this.options.onFailure(sourceName(source), String(error?.message ?? error))
        })
        .finally(() => this.asked.set(source, this.asked.get(source)! - 1))
    }
  }

  /** Sources hear that nobody waits any more. */
  close(): void {
    this.end.abort()
  }
}
