/** Side streams that never slow training: bounded, dropping the oldest, counting what was dropped. */
import { Observable } from 'rxjs'

/** A queue between training and a slower reader. */
export class Tap<T> {
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

  /** No more items; readers finish what is queued. */
  close(): void {
    this.closed = true
    this.wake?.()
  }

  /** Items in order, one per turn of the event loop, so that training's own work goes first. One reader. */
  get items$(): Observable<T> {
    return new Observable(subscriber => {
      const drain = async (): Promise<void> => {
        while (!subscriber.closed) {
          const item = this.waiting.shift()
          if (item !== undefined) subscriber.next(item)
          else if (this.closed) return subscriber.complete()
          else {
            await new Promise<void>(resolve => {
              this.wake = resolve
            })
            this.wake = undefined
          }
          await new Promise(resolve => setImmediate(resolve))
        }
      }
      drain().catch(error => subscriber.error(error))
      return () => this.wake?.()
    })
  }
}
