import { expect, test } from 'vitest'
import { Tap } from '../../src/pipeline/taps.ts'

const readAll = async <T>(tap: Tap<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of tap) items.push(item)
  return items
}

test('keeps the newest items, counts the rest, and offering never waits', async () => {
  const tap = new Tap<number>(3)
  for (let i = 0; i < 10; i++) tap.offer(i)
  tap.close()
  expect(tap.dropped).toBe(7)
  expect(await readAll(tap)).toEqual([7, 8, 9])
})

test('a reader that keeps up misses nothing', async () => {
  const tap = new Tap<number>(2)
  const read = readAll(tap)
  for (let i = 0; i < 20; i++) {
    tap.offer(i)
    await new Promise(resolve => setImmediate(resolve))
  }
  tap.close()
  expect(await read).toEqual(Array.from({ length: 20 }, (_, i) => i))
  expect(tap.dropped).toBe(0)
})

test('a slow reader gets what was newest when it came back', async () => {
  const tap = new Tap<number>(2)
  const seen: number[] = []
  const done = (async () => {
    for await (const item of tap) {
      seen.push(item)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  })()
  tap.offer(0)
  await new Promise(resolve => setTimeout(resolve, 5))
  for (let i = 1; i < 10; i++) tap.offer(i)
  tap.close()
  await done
  expect(seen).toEqual([0, 8, 9])
  expect(tap.dropped).toBe(7)
})

test('nothing is taken after close', async () => {
  const tap = new Tap<number>(2)
  tap.offer(1)
  tap.close()
  tap.offer(2)
  expect(await readAll(tap)).toEqual([1])
})
