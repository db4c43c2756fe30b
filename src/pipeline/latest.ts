/** exhaustMap that keeps the newest waiting value; RxJS has no such operator (ReactiveX/rxjs issue 6460). */
import { from, Observable, type ObservableInput, type OperatorFunction, type Subscription } from 'rxjs'

/**
 * Runs one inner observable at a time. Values that arrive meanwhile replace each other; when the inner one completes,
 * the newest waiting value is projected. Nothing queues, and the last value is never lost.
 */
export function latestMap<In, Out>(project: (value: In) => ObservableInput<Out>): OperatorFunction<In, Out> {
  return source$ =>
    new Observable(subscriber => {
      let inner: Subscription | undefined
      let waiting: { value: In } | undefined
      let sourceDone = false

      const start = (value: In): void => {
        let projected: Observable<Out>
        try {
          projected = from(project(value))
        } catch (error) {
          subscriber.error(error)
          return
        }
        let finished = false
        const subscription = projected.subscribe({
          next: out => subscriber.next(out),
          error: error => subscriber.error(error),
          complete: () => {
            finished = true
            inner = undefined
            const held = waiting
            waiting = undefined
            if (held !== undefined) start(held.value)
            else if (sourceDone) subscriber.complete()
          },
        })
        if (!finished) inner = subscription
      }

      const outer = source$.subscribe({
        next: value => {
          if (inner === undefined) start(value)
          else waiting = { value }
        },
        error: error => subscriber.error(error),
        complete: () => {
          sourceDone = true
          if (inner === undefined) subscriber.complete()
        },
      })
      return () => {
        outer.unsubscribe()
        inner?.unsubscribe()
      }
    })
}
