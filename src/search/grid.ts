/** Which runs a sweep is made of. */
import { CarrotError } from '../core/errors.ts'

/** Values of settings that one cell of a sweep has in place of the others'. */
export type Cell = Readonly<Record<string, unknown>>

/** '1..5', '1,2,7' or '3' → the seeds. Throws CarrotError 'bad-argument'. */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap(part => {
    const range = /^(\d+)\.\.(\d+)$/.exec(part.trim())
    if (range === null) return [/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN]
    const [from, to] = [Number(range[1]), Number(range[2])]
    return from > to ? [Number.NaN] : Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
  if (seeds.every(Number.isInteger)) return [...new Set(seeds)]
  throw new CarrotError('bad-argument', `'${text}' are no seeds.`, 'Write --seeds 1..5 or --seeds 1,2,7.')
}

const SHORT: Readonly<Record<string, string>> = { lr: 'learningRate' }

/** Settings whose values are lists of numbers: one value of a sweep is written 64x64. */
const LISTS: readonly string[] = ['hidden']

/** 'learning-rate=1e-4,3e-4' → the setting and its values. Throws CarrotError 'bad-argument'. */
export function parseSweep(text: string): { name: string; values: unknown[] } {
  const at = text.indexOf('=')
  const name = text.slice(0, at).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const values = text.slice(at + 1).split(',')
  if (at < 1 || values.some(value => value.trim() === '')) {
    throw new CarrotError(
      'bad-argument',
      `'${text}' is no sweep.`,
      'Write a setting and its values: --sweep lr=1e-4,3e-4.',
    )
  }
  const read = LISTS.includes(name) ? (value: string) => value.split('x').map(meant) : meant
  return { name: SHORT[name] ?? name, values: values.map(read) }
}

function meant(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return Number.isNaN(Number(text)) ? text : Number(text)
}

/** Every combination of the values. */
export function cellsOf(
  sweeps: readonly { readonly name: string; readonly values: readonly unknown[] }[],
): Cell[] {
  return sweeps.reduce<Cell[]>(
    (cells, { name, values }) => cells.flatMap(cell => values.map(value => ({ ...cell, [name]: value }))),
    [{}],
  )
}

/** 'learningRate=0.0001 gamma=0.9'; '' for the only cell. */
export const cellName = (cell: Cell): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
