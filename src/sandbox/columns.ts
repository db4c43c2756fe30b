/**
 * Batches where host and worker see them as the same numbers. What scoring reads stays where it is when that is shared
 * memory, as a rollout's is; the rest is copied into a buffer of the two. What scoring writes always goes there first, so
 * that a worker that was told to end cannot write into a batch any more.
 */
import type { ScoreColumns } from '../core/batch.ts'

type Column = Float64Array | Int32Array | Uint8Array

const INPUTS = ['signals', 'applied', 'stepInEpisode', 'episode', 'terminated', 'truncated', 'valid'] as const

/** Batches that a worker is told of once. A run goes round in two or three; recordings are all of another length. */
const KNOWN = 8

/** Columns in shared memory, for batches that lie in the same place or are of the same size. */
export interface Lent {
  /** Its place among those the worker knows. */
  readonly slot: number
  /** As a message it arrives as the same numbers. */
  readonly columns: ScoreColumns
  /** What has to be copied there. */
  readonly copied: readonly (typeof INPUTS)[number][]
}

/** What one worker has been lent. */
export class Lender {
  private readonly terms: number
  private buffer = new SharedArrayBuffer(0)
  private readonly known: Lent[] = []
  private count = 0

  /** `terms`: how many the program has. */
  constructor(terms: number) {
    this.terms = terms
  }

  /** Where a batch is to be scored, and whether the worker has yet to hear of it. */
  lend(columns: ScoreColumns): { readonly lent: Lent; readonly isNew: boolean } {
    const found = this.known.find(lent => serves(lent, columns))
    if (found !== undefined) return { lent: found, isNew: false }
    const slot = this.count++ % KNOWN
    const lent = this.make(columns, slot)
    this.known[slot] = lent
    return { lent, isNew: true }
  }

  private make(columns: ScoreColumns, slot: number): Lent {
    const { T, N } = columns
    const copied = INPUTS.filter(name => !isShared(columns[name]))
    const terms = new Float64Array(this.terms * T * N)
    const wanted = [terms, columns.reward, columns.success, ...columns.labels.values()]
    const bytes = [...wanted, ...copied.map(name => columns[name])].reduce(
      (sum, { byteLength }) => sum + aligned(byteLength),
      0,
    )
    if (bytes > this.buffer.byteLength) this.buffer = new SharedArrayBuffer(bytes)
    const { buffer } = this
    let offset = 0
    const place = <C extends Column>(like: C): C => {
      const Type = like.constructor as new (of: SharedArrayBuffer, from: number, length: number) => C
      const view = new Type(buffer, offset, like.length)
      offset += aligned(like.byteLength)
      return view
    }
    const own = Object.fromEntries(copied.map(name => [name, place<Column>(columns[name])]))
    const given = Object.fromEntries(
      INPUTS.map(name => [name, own[name] ?? columns[name]]),
    ) as unknown as Pick<ScoreColumns, (typeof INPUTS)[number]>
    const labels = new Map([...columns.labels].map(([name, column]) => [name, place(column)]))
    const written = { terms: place(terms), reward: place(columns.reward), success: place(columns.success) }
    return { slot, copied, columns: { T, N, ...given, labels, ...written } }
  }
}

const isShared = ({ buffer }: Column): boolean => buffer instanceof SharedArrayBuffer
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

function serves({ columns: { T, N, labels, ...known }, copied }: Lent, columns: ScoreColumns): boolean {
  if (columns.T !== T || columns.N !== N || columns.labels.size !== labels.size) return false
  for (const [name, { length }] of columns.labels) if (labels.get(name)?.length !== length) return false
  return INPUTS.every(name => {
    const from = columns[name]
    const to = known[name]
    if (from.length !== to.length || isShared(from) === copied.includes(name)) return false
    return !isShared(from) || (from.buffer === to.buffer && from.byteOffset === to.byteOffset)
  })
}

/** What scoring reads; with `relabel`, also what it wrote before. */
export function copyIn(from: ScoreColumns, { columns: into, copied }: Lent, relabel: boolean): void {
  for (const name of copied) (into[name] as Column).set(from[name])
  for (const [name, column] of from.labels) into.labels.get(name)?.set(column)
  if (!relabel) return
  into.terms.set(from.terms)
  into.success.set(from.success)
}

export function copyOut({ columns: from }: Lent, into: ScoreColumns): void {
  if (into.terms.length !== from.terms.length) into.terms = new Float64Array(from.terms.length)
  into.terms.set(from.terms)
  into.reward.set(from.reward)
  into.success.set(from.success)
}
