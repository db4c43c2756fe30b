import { concat, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { expect, test } from 'vitest'
import { latestMap } from '../../src/pipeline/latest.ts'

/** Runs latestMap over a subject, with inner observables that the test ends by hand. */
function harness() {
  const source = new Subject<number>()
  const started: number[] = []
  const inners: Subject<string>[] = []
  const seen: (string | number)[] = []
  const subscription = source
    .pipe(
      latestMap(value => {
        started.push(value)
        const inner = new Subject<string>()
        inners.push(inner)
        return inner
      }),
    )
    .subscribe({
      next: value => seen.push(value),
      complete: () => seen.push('end'),
      error: e => seen.push(e.message),
    })
  return { source, started, inners, seen, subscription }
}

test('runs one at a time and then the newest of those that waited', () => {
  const { source, started, inners } = harness()
  for (const value of [1, 2, 3, 4]) source.next(value)
  expect(started).toEqual([1])
  inners[0].complete()
  expect(started).toEqual([1, 4])
  inners[1].complete()
  expect(started).toEqual([1, 4])
})

test('the last value is never lost, and completion waits for it', () => {
  const { source, started, inners, seen } = harness()
  source.next(1)
  source.next(2)
  source.complete()
  expect(seen).toEqual([])
  inners[0].next('a')
  inners[0].complete()
  expect(started).toEqual([1, 2])
  inners[1].next('b')
  inners[1].complete()
  expect(seen).toEqual(['a', 'b', 'end'])
})

test('synchronous inner observables do not overflow the stack or the order', () => {
  const seen: number[] = []
  of(1, 2, 3)
    .pipe(latestMap(value => of(value, value * 10)))
    .subscribe(value => seen.push(value))
  expect(seen).toEqual([1, 10, 2, 20, 3, 30])
})

test('errors of source, inner and projection all arrive', () => {
  const { source, inners, seen } = harness()
  source.next(1)
  inners[0].error(new Error('inner'))
  expect(seen).toEqual(['inner'])
  const errors: string[] = []
  const catchInto = { error: (e: Error) => errors.push(e.message) }
  throwError(() => new Error('source'))
    .pipe(latestMap(() => NEVER))
    .subscribe(catchInto)
  of(1)
    .pipe(
      latestMap(() => {
        throw new Error('projection')
      }),
    )
    .subscribe(catchInto)
  expect(errors).toEqual(['source', 'projection'])
})

test('unsubscribing ends the inner observable too', () => {
  let open = 0
  const inner = new Observable(() => {
    open++
    return () => open--
  })
  const subscription = concat(of(1), NEVER)
    .pipe(latestMap(() => inner))
    .subscribe()
  expect(open).toBe(1)
  subscription.unsubscribe()
  expect(open).toBe(0)
})
