import { expect, test } from 'vitest'
import { bindReward, defineReward, scalar } from '../../rewards/index.ts'
import { raw, recording, spec } from './recording.ts'

/** The first two numbers it was ever shown, and how many steps it has seen. */
const program = defineReward({
  name: 'remembers',
  reads: { position: scalar('m') },
  terms: {
    sum: {
      weight: 1,
      memory: { sum: 1 },
      value: (s, memory) => {
        memory.sum[0] += s.position
        return memory.sum[0]
      },
    },
    plain: { weight: 1, value: s => s.position },
    steps: {
      weight: 1,
      memory: { unused: 2, steps: 1 },
      value: (_, memory) => ++memory.steps[0] + memory.unused[1],
    },
  },
})
const bind = (rows: number) => bindReward(program, spec, { rows, gamma: 1 })

test('a term remembers from step to step, and nothing when an episode starts', () => {
  const columns = recording({
    signals: { position: [0, 1, 2, 10, 20, 30] },
    reset: [2],
    terminated: [1],
    stepInEpisode: [0, 1, 2, 0, 1, 2],
    episode: [0, 0, 0, 1, 1, 1],
  })
  bind(1).score(columns)
  expect(raw(columns, 0)).toEqual([1, 3, 0, 20, 50])
  expect(raw(columns, 2)).toEqual([1, 2, 0, 1, 2])
})

test('memory is carried from batch to batch, for each row by itself', () => {
  const scorer = bind(2)
  const first = recording({ N: 2, signals: { position: [0, 0, 1, 100, 2, 200] } })
  const second = recording({
    N: 2,
    signals: { position: [2, 5, 3, 6, 4, 7] },
    // Row 1 began anew.
    stepInEpisode: [2, 0, 3, 1, 4, 2],
  })
  scorer.score(first)
  scorer.score(second)
  expect(raw(first, 0)).toEqual([1, 100, 3, 300])
  expect(raw(second, 0)).toEqual([6, 6, 10, 13])
  expect(raw(second, 2)).toEqual([3, 1, 4, 2])
})

test('what is saved continues in another scorer', () => {
  const first = recording({ signals: { position: [0, 1, 2] } })
  const second = recording({ signals: { position: [2, 3, 4] }, stepInEpisode: [2, 3, 4] })
  const one = bind(1)
  one.score(first)
  const saved = one.saveMemory()
  const other = bind(1)
  other.loadMemory(saved)
  one.score(second)
  const expected = raw(second, 0)
  expect(expected).toEqual([6, 10])
  other.score(second)
  expect(raw(second, 0)).toEqual(expected)
  expect(other.saveMemory()).toEqual(one.saveMemory())
  // A copy: what the scorer goes on to write is not in it.
  expect(saved).not.toEqual(one.saveMemory())
})

test('what is muted is saved too', () => {
  const failing = defineReward({
    name: 'fails-once',
    reads: {},
    terms: { bad: { weight: 1, value: s => (s.time > 0.9 ? Number.NaN : 1) } },
  })
  const columns = recording({ signals: { position: [0, 0, 0] } })
  const one = bindReward(failing, spec, { rows: 1, gamma: 1 })
  expect(one.score(columns)).toHaveLength(1)
  const other = bindReward(failing, spec, { rows: 1, gamma: 1 })
  other.loadMemory(one.saveMemory())
  expect([...other.muted]).toEqual(['bad'])
  expect(other.score(columns)).toEqual([])
  expect(raw(columns)).toEqual([0, 0])
})

test('memory of another program or number of rows is refused', () => {
  expect(() => bind(2).loadMemory(bind(1).saveMemory())).toThrow(
    'The saved term memory has 9 numbers; remembers keeps 13 for 2 rows.',
  )
})
