/** Side streams that never slow training: bounded, dropping the oldest, counting what was dropped. */

/** A queue between training and one slower reader, which walks it with `for await`. */
export class Tap<T> implements AsyncIterable<T> {
  private readonly limit: number
  private readonly waiting: T[] = []
  private wake: (() => void) | undefined
  private closed = false
  /** Items lost because the reader was slower. */
  dropped = 0

  /** Holds at most `limit` items. */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Never blocks: when the queue is full the oldest item goes. */
  offer(item: T): void {
    if (this.closed) return
    if (this.waiting.length === this.limit) {
      this.waiting.shift()
      this.dropped++
    }
    this.waiting.push(item)
    this.wake?.()
  }

  /** No more items; the reader finishes what is queued. */
  close(): void {
    this.closed = true
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.waiting.shift()
      if (item !== undefined) yield item
      else if (this.closed) return
      else {
        await new Promise<void>(resolve => {
          this.wake = resolve
        })
      }
    }
  }
}
