/** Numbers that a term keeps from step to step. They live in one array, so that a checkpoint can hold them. */
import type { TermSpec } from '../src/core/reward.ts'

/** What terms remember: m numbers per environment row, [N, m] for each term, laid term after term. */
export class TermMemory {
  readonly numbers: Float64Array
  private readonly views = new Map<string, { views: object[]; forget(row: number): void }>()

  constructor(terms: readonly TermSpec[], rows: number) {
    const widths = terms.map(({ memory }) => Object.values(memory).reduce((sum, size) => sum + size, 0))
    this.numbers = new Float64Array(rows * widths.reduce((sum, width) => sum + width, 0))
    let offset = 0
    terms.forEach((term, k) => {
      const width = widths[k]
      if (width === 0) return
      const own = this.numbers.subarray(offset, offset + rows * width)
      offset += rows * width
      this.views.set(term.name, {
        views: Array.from({ length: rows }, (_, row) => named(term.memory, own.subarray(row * width))),
        forget: row => own.fill(0, row * width, (row + 1) * width),
      })
    })
  }

  /** A view per row, and how to zero one when its episode starts; nothing for a term without memory. */
  of(term: TermSpec) {
    return this.views.get(term.name)
  }
}

/** `{ airTime: 4 }` over numbers → `{ airTime: Float64Array(4) }`. */
function named(sizes: TermSpec['memory'], numbers: Float64Array): object {
  let offset = 0
  const entries = Object.entries(sizes).map(([name, size]) => {
    offset += size
    // Numbers only: a checkpoint would not have a property that a formula adds.
    return [name, Object.preventExtensions(numbers.subarray(offset - size, offset))]
  })
  return Object.freeze(Object.fromEntries(entries))
}
