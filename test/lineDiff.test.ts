import { expect, test } from 'vitest'
import { lineDiff } from '../src/lineDiff.ts'

test('what has changed, with some lines around it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']
  const after = ['a', 'B', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'k', 'l']
  expect(lineDiff(before.join('\n'), `${after.join('\n')}\n`).split('\n')).toEqual([
    '  a',
    '- b',
    '+ B',
    '  c',
    '  d',
    '  …',
    '  h',
    '  i',
    '- j',
    '  k',
    '+ l',
  ])
})

test('equal texts have no difference; others may share nothing', () => {
  expect(lineDiff('a\nb\n', 'a\nb')).toBe('')
  expect(lineDiff('a', 'b')).toBe('- a\n+ b')
})

test('of texts with more lines than anybody reads all has changed', () => {
  const lines = 'a\n'.repeat(40_000)
  expect(lineDiff(lines, lines)).toBe('')
  expect(lineDiff(lines, `b\n${lines}`).split('\n').length).toBe(80_001)
})
