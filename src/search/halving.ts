/** Successive halving (Jamieson and Talwalkar, 2016): all train a little, the better half goes on, and so forth. */

/** Environment steps of every rung for so many candidates: each is twice the one before, the last is `steps`. */
export function rungsFor(steps: number, candidates: number): number[] {
  const halvings = Math.min(MOST_HALVINGS, Math.ceil(Math.log2(Math.max(1, candidates))))
  return Array.from({ length: halvings + 1 }, (_, i) => Math.ceil(steps / 2 ** (halvings - i)))
}

/** A quarter of the steps shows something in most tasks; less seldom does. */
const MOST_HALVINGS = 2

/**
 * `train` takes a candidate to a rung; undefined: it failed and is out. `better` compares two at a rung: above 0 when a is. At most `parallel`
 * train at once. Calls `onStop` for those left behind. Resolves to those that reached the last rung.
 */
export async function halve<T>(
  candidates: readonly T[],
  rungs: readonly number[],
  parallel: number,
  train: (candidate: T, step: number) => Promise<T | undefined>,
  better: (a: T, b: T, step: number) => number,
  onStop: (candidate: T, step: number) => void,
): Promise<T[]> {
  let going = [...candidates]
  for (const [i, step] of rungs.entries()) {
    const trained = await concurrently(going, parallel, each => train(each, step))
    going = trained.filter(each => each !== undefined).sort((a, b) => better(b, a, step))
    if (i === rungs.length - 1) break
    const kept = Math.ceil(going.length / 2)
    for (const each of going.splice(kept)) onStop(each, step)
  }
  return going
}

/** As `Promise.all(items.map(work))`, but at most `parallel` at a time; begins no more once one has thrown. */
export async function concurrently<T, R>(
  items: readonly T[],
  parallel: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      try {
        results[index] = await work(items[index], index)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const lanes = Array.from({ length: Math.min(parallel, items.length) }, lane)
  const ended = await Promise.allSettled(lanes)
  const failed = ended.find(each => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results
}
