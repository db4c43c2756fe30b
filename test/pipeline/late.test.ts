import { expect, test } from 'vitest'
import { bindReward, defineReward, label, scalar } from '../../rewards/index.ts'
import type { RolloutBatch } from '../../src/core/batch.ts'
import type { RewardScorer } from '../../src/core/reward.ts'
import type { LabelSource } from '../../src/pipeline/label.ts'
import { LateLabels } from '../../src/pipeline/late.ts'
import { recording, spec } from '../rewards/recording.ts'

const program = defineReward({
  name: 'seen',
  reads: { position: scalar('m') },
  terms: { far: { weight: 1, value: s => s.position }, seen: label({ weight: 10, column: 'clip' }) },
  combine: ({ far, seen }) => far + seen ** 2 / 100,
})
const bound = () => bindReward(program, spec, { rows: 1, gamma: 0.9 })

/** A scored batch of two steps, as rollout `sequence`. */
function scored(sequence: number, scorer = bound()): RolloutBatch {
  const columns = recording({ signals: { position: [0, 1, 2] } })
  scorer.score(columns)
  return Object.assign(columns, { sequence }) as unknown as RolloutBatch
}
const turn = () => new Promise(resolve => setTimeout(resolve, 1))

/** A source that answers when it is told to. */
function held(column = 'clip') {
  const answers: ((...columns: Float64Array[]) => void)[] = []
  const source: LabelSource = {
    columns: [column],
    late: 'unpaid',
    label: () => new Promise(resolve => answers.push((...columns) => resolve(columns))),
  }
  return { source, answers }
}

function late(sources: LabelSource[], waiting = 2) {
  const rewards: [number, number[]][] = []
  const failures: string[] = []
  const asked = new LateLabels({
    waiting,
    timeout: 1000,
    onReward: (sequence, reward) => rewards.push([sequence, [...reward]]),
    onFailure: (column, message) => failures.push(`${column}: ${message}`),
    onTermFailure: ({ term, message }) => failures.push(`${term}: ${message}`),
  })
  const labels = {
    ask: (batch: RolloutBatch, current: () => RewardScorer) => asked.ask(batch, sources, current),
    close: () => asked.close(),
    skipped: asked.skipped,
  }
  return { labels, rewards, failures }
}

test('a label that comes late gives the reward it would have given in time, however old the batch', async () => {
  const { source, answers } = held()
  const { labels, rewards } = late([source])
  const scorer = bound()
  const batch = scored(7, scorer)
  expect([...batch.reward]).toEqual([1, 2])
  labels.ask(batch, () => scorer)
  // The batch goes on and is used again.
  batch.terms.fill(Number.NaN)
  batch.reward.fill(Number.NaN)
  answers[0](Float64Array.of(0.5, Number.NaN))
  await turn()
  const inTime = recording({ signals: { position: [0, 1, 2] }, labels: { clip: [0.5, Number.NaN] } })
  bound().score(inTime)
  expect(rewards).toEqual([[7, [...inTime.reward]]])
  expect([...inTime.reward]).toEqual([1.25, 2])
})

test('a busy source is not asked again, and what it misses is counted', async () => {
  const { source, answers } = held()
  const { labels, rewards } = late([source], 2)
  const scorer = bound()
  for (const sequence of [0, 1, 2]) labels.ask(scored(sequence, scorer), () => scorer)
  expect(answers).toHaveLength(2)
  expect(labels.skipped.get('clip')).toBe(1)
  answers[1](Float64Array.of(1, 1))
  await turn()
  labels.ask(scored(3, scorer), () => scorer)
  expect(answers).toHaveLength(3)
  expect(rewards.map(([sequence]) => sequence)).toEqual([1])
})

test('an answer for a program that is gone is thrown away; a bad answer is told', async () => {
  const { source, answers } = held()
  const { labels, rewards, failures } = late([source], 3)
  let scorer = bound()
  labels.ask(scored(0, scorer), () => scorer)
  scorer = bound()
  labels.ask(scored(1, scorer), () => scorer)
  labels.ask(scored(2, scorer), () => scorer)
  answers[0](Float64Array.of(1, 1))
  answers[1](Float64Array.of(1))
  answers[2](Float64Array.of(Number.POSITIVE_INFINITY, 1))
  await turn()
  expect(rewards).toEqual([[2, [1, 3]]])
  expect(failures.sort()).toEqual(['clip: gave 1 values for 2 rows', 'seen: The label is Infinity.'])
})

test('sources that are still asked when training ends hear of it, and that is no failure', async () => {
  let heard = false
  const source: LabelSource = {
    columns: ['clip'],
    late: 'unpaid',
    label: (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          heard = true
        })
      }),
  }
  const { labels, failures } = late([source])
  const scorer = bound()
  labels.ask(scored(0, scorer), () => scorer)
  labels.close()
  await turn()
  expect(heard).toBe(true)
  expect(failures).toEqual([])
})
