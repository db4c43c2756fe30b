import { expect, test } from 'vitest'
import { bindReward, defineReward, scalar, termTable } from '../../rewards/index.ts'
import { type Recorded, recording, spec } from './recording.ts'

const program = defineReward({
  name: 'two',
  reads: { position: scalar('m') },
  terms: {
    here: { weight: 2, value: s => s.position },
    same: { weight: 5, value: () => 7 },
    square: { weight: -1, value: s => s.position ** 2 },
  },
})
function scored(recorded: Recorded) {
  const columns = recording(recorded)
  const scorer = bindReward(program, spec, { rows: 1, gamma: 1 })
  scorer.score(columns)
  return { columns, scorer }
}

test('each term has the moments of its raw values, and its share of the weighted variance', () => {
  const { columns, scorer } = scored({ signals: { position: [0, 1, 2, 3] } })
  const [here, same, square] = termTable(columns, scorer)
  // 1 2 3, and 1 4 9.
  const hereVariance = 2 / 3
  const squareVariance = (1 + 16 + 81) / 3 - (14 / 3) ** 2
  const weighted = 4 * hereVariance + squareVariance
  expect(here).toMatchObject({ name: 'here', weight: 2, mean: 2, min: 1, max: 3 })
  expect(here.std).toBeCloseTo(Math.sqrt(hereVariance), 12)
  expect(here.share).toBeCloseTo((4 * hereVariance) / weighted, 12)
  expect(same).toEqual({ name: 'same', weight: 5, mean: 7, std: 0, min: 7, max: 7, share: 0 })
  expect(square.mean).toBeCloseTo(14 / 3, 12)
  expect(square.share).toBeCloseTo(squareVariance / weighted, 12)
})

test('several recordings count together, and rows that were only reset not at all', () => {
  const one = scored({ signals: { position: [0, 1, 2, 3] } })
  const { columns: first } = scored({ signals: { position: [0, 1] } })
  const { columns: second } = scored({ signals: { position: [0, 2, 1000, 3] }, reset: [1] })
  expect(termTable([first, second], one.scorer)).toEqual(termTable(one.columns, one.scorer))
})

test('the weights are those of the scorer', () => {
  const { columns, scorer } = scored({ signals: { position: [0, 1, 2, 3] } })
  const [here] = termTable(columns, {
    ...scorer,
    termNames: scorer.termNames,
    weights: { here: 1, same: 0, square: 0 },
  })
  expect(here).toMatchObject({ weight: 1, share: 1 })
})

test('the spread of large values is not lost', () => {
  const { columns, scorer } = scored({ signals: { position: [0, 1e9 + 1, 1e9 + 2, 1e9 + 3] } })
  expect(termTable(columns, scorer)[0].std).toBeCloseTo(Math.sqrt(2 / 3), 6)
})

test('nothing recorded is nothing, and no share of it', () => {
  const { columns, scorer } = scored({ signals: { position: [0, 1] }, reset: [0] })
  for (const row of termTable(columns, scorer)) {
    expect(row).toMatchObject({ mean: 0, std: 0, min: 0, max: 0, share: 0 })
  }
})
