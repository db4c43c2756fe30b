/** Numbers of command-line options. */
import { InvalidArgumentError } from 'commander'

export function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}

export function toShare(text: string): number {
  const share = Number(text)
  if (text.trim() !== '' && share >= 0 && share <= 1) return share
  throw new InvalidArgumentError('Give a number from 0 to 1.')
}
