/** The observation stream: rollout batches, as many in flight as there are credits. */
import { Observable } from 'rxjs'
import type { RolloutBatch } from '../core/batch.ts'
import type { PolicySnapshot } from '../core/policy.ts'

/** Something that fills a free batch by acting; the actor pool is one. */
export interface RolloutSource {
  /** Buffers it owns: the most batches that can be in use at once. */
  readonly buffers: number
  /** Collects rollout number `sequence` under the given policy and hands it out with one lease. Called one at a time. */
  rollout(sequence: number, policy: PolicySnapshot): Promise<RolloutBatch>
  /** Called whenever a batch's last lease ended. */
  onFree: (() => void) | undefined
}

export interface RolloutOptions {
  /** First rollout's number; not 0 when resuming. */
  readonly from: number
  /** Rollouts up to, but not including, this one. */
  readonly to: number
  /** Batches in flight. 1 is synchronous: the next rollout starts when the last one has been learned from, which makes a run reproducible. */
  readonly credits: number
  /** Awaited before every rollout: pausing. */
  readonly gate?: () => Promise<void>
}

/**
 * Emits rollouts in order. RxJS has no back-pressure, so the source itself waits: a rollout is started only while
 * fewer than `credits` batches are leased, and no queue downstream can grow beyond that.
 */
export function rollouts(
  source: RolloutSource,
  policy: () => PolicySnapshot,
  options: RolloutOptions,
): Observable<RolloutBatch> {
  const credits = Math.min(options.credits, source.buffers)
  return new Observable(subscriber => {
    let next = options.from
    let inFlight = 0
    let collecting = false

    const pump = async (): Promise<void> => {
      if (collecting || subscriber.closed || inFlight >= credits) return
      if (next >= options.to) {
        if (inFlight === 0) subscriber.complete()
        return
      }
      collecting = true
      inFlight++
      try {
        await options.gate?.()
        if (subscriber.closed) return
        const batch = await source.rollout(next++, policy())
        if (subscriber.closed) return batch.release()
        subscriber.next(batch)
      } catch (error) {
        subscriber.error(error)
      } finally {
        collecting = false
      }
      pump()
    }

    source.onFree = () => {
      inFlight--
      // A fresh stack: the release happens deep inside whoever consumed the batch.
      queueMicrotask(pump)
    }
    pump()
    return () => {
      source.onFree = undefined
    }
  })
}
