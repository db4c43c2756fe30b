import { expect, test } from 'vitest'
import { cellName, cellsOf, parseSeeds, parseSweep } from '../../src/search/grid.ts'

test('seeds are ranges and lists', () => {
  expect(parseSeeds('1..4')).toEqual([1, 2, 3, 4])
  expect(parseSeeds('7,1,1')).toEqual([7, 1])
  expect(parseSeeds('0,3..4')).toEqual([0, 3, 4])
  for (const wrong of ['', '4..1', 'x', '1.5', '-1'])
    expect(() => parseSeeds(wrong), wrong).toThrow(/are no seeds/)
})

test('a sweep names a setting as a flag does, and every combination is a cell', () => {
  expect(parseSweep('lr=1e-4,3e-4')).toEqual({ name: 'learningRate', values: [1e-4, 3e-4] })
  expect(parseSweep('normalize-obs=true,false')).toEqual({ name: 'normalizeObs', values: [true, false] })
  expect(parseSweep('algorithm=ppo,sac').values).toEqual(['ppo', 'sac'])
  expect(parseSweep('hidden=32,64x64').values).toEqual([[32], [64, 64]])
  for (const wrong of ['lr', 'lr=', '=3', 'lr=1,,2'])
    expect(() => parseSweep(wrong), wrong).toThrow(/is no sweep/)
  const cells = cellsOf([parseSweep('lr=1,2'), parseSweep('gamma=0.9,0.99')])
  expect(cells.map(cellName)).toEqual([
    'learningRate=1 gamma=0.9',
    'learningRate=1 gamma=0.99',
    'learningRate=2 gamma=0.9',
    'learningRate=2 gamma=0.99',
  ])
  expect(cellsOf([])).toEqual([{}])
})
