/** Numbers of command-line options. */
import { InvalidArgumentError } from 'commander'

export function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('Give a whole number from 1 on.')
}
