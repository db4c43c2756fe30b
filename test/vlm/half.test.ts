import { expect, test } from 'vitest'
import { halfOf, valueOfHalf } from '../../src/vlm/half.ts'

test('every half is its own nearest half', () => {
  for (let half = 0; half < 65536; half++) {
    const value = valueOfHalf(half)
    if (Number.isNaN(value)) expect(halfOf(value) & 0x7e00).toBe(0x7e00)
    else if (halfOf(value) !== half) expect.fail(`${half} is ${value}, whose half is ${halfOf(value)}`)
  }
})

test('numbers between halves go to the nearer one, and from half way to the even one', () => {
  // 1 + 2^-11 lies half way between 1 and the next half, 1 + 3 · 2^-11 between that and the one after.
  expect(halfOf(1 + 2 ** -11)).toBe(0x3c00)
  expect(halfOf(1 + 3 * 2 ** -11)).toBe(0x3c02)
  expect(halfOf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01)
  expect(halfOf(-0.1)).toBe(0xae66)
  expect([65519, 65520, 1e9, -1e9].map(halfOf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00])
  expect([2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 2 ** -14 - 2 ** -26].map(halfOf)).toEqual([1, 0, 1, 0x400])
  expect(valueOfHalf(0x3555)).toBe(0.333251953125)
})
