/** Numbers of a vision term that can be changed at any time, and what they may be. */
import { CarrotError } from '../../src/core/errors.ts'
import type { TermSpec } from '../../src/core/reward.ts'

const RANGES: Readonly<Record<string, { readonly isIn: (x: number) => boolean; readonly say: string }>> = {
  alpha: { isIn: x => x >= 0 && x <= 1, say: 'from 0 to 1' },
  temperature: { isIn: x => x > 0, say: 'above 0' },
  threshold: { isIn: () => true, say: '' },
  mean: { isIn: () => true, say: '' },
  std: { isIn: x => x > 0, say: 'above 0' },
}

/** Throws CarrotError 'bad-argument' for a number the dial cannot stand at. `where` begins the sentence. */
export function checkDial(where: string, dial: string, value: unknown): void {
  const range = RANGES[dial]
  if (typeof value === 'number' && Number.isFinite(value) && range?.isIn(value)) return
  throw new CarrotError(
    'bad-argument',
    `${where} ${dial} is ${String(value)}.`,
    `Give a number${range === undefined || range.say === '' ? '' : ` ${range.say}`}.`,
  )
}

/** By `<term>.<dial>`: what the program says. */
export const dialsOf = (terms: readonly TermSpec[]): Record<string, number> =>
  Object.fromEntries(
    terms.flatMap(({ name, vision }) =>
      Object.entries(vision?.dials ?? {}).map(([dial, value]) => [`${name}.${dial}`, value]),
    ),
  )
