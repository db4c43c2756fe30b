/** Changes to a text that keep account of where everything came from. */

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
  /** At one place, what closes stands before what is replaced, and that before what opens. */
  readonly rank: number
}

interface Piece {
  /** Offset in the new text, and in the source. */
  readonly at: number
  readonly from: number
}

export class Edits {
  private readonly source: string
  private readonly edits: Edit[] = []
  private head = ''
  private tail = ''
  private made: { readonly text: string; readonly pieces: readonly Piece[] } | undefined

  constructor(source: string) {
    this.source = source
  }

  /** Puts text in front of what stands at an offset; what is opened first stands outermost. */
  open(at: number, text: string): void {
    this.add({ start: at, end: at, text, rank: 2 })
  }

  /** Puts text behind what ends at an offset; what is closed first stands innermost. */
  close(at: number, text: string): void {
    this.add({ start: at, end: at, text, rank: 0 })
  }

  /** Edits inside what is replaced are void. */
  replace(start: number, end: number, text: string): void {
    this.add({ start, end, text, rank: 1 })
  }

  /** Lines stay where they are. */
  blank(start: number, end: number): void {
    this.replace(start, end, blanks(this.source.slice(start, end)))
  }

  prepend(text: string): void {
    this.head += text
  }

  append(text: string): void {
    this.tail += text
  }

  get text(): string {
    return this.apply().text
  }

  /** Where what stands at an offset of the new text came from; inside of an edit, where that was made. */
  sourceOffset(offset: number): number {
    const { pieces } = this.apply()
    let low = 0
    for (let high = pieces.length; high - low > 1; ) {
      const middle = (low + high) >> 1
      if (pieces[middle].at <= offset) low = middle
      else high = middle
    }
    const { at, from } = pieces[low]
    const next = pieces[low + 1]?.from ?? this.source.length
    return Math.min(next, Math.max(from, from + offset - at))
  }

  private add(edit: Edit): void {
    this.edits.push(edit)
    this.made = undefined
  }

  private apply() {
    if (this.made !== undefined) return this.made
    const { source } = this
    const ordered = this.edits
      .map((edit, order) => ({ ...edit, order }))
      .sort((a, b) => a.start - b.start || a.rank - b.rank || a.order - b.order)
    const pieces: Piece[] = [{ at: 0, from: 0 }]
    let text = this.head
    let from = 0
    const take = (to: number) => {
      pieces.push({ at: text.length, from })
      text += source.slice(from, to)
      from = to
    }
    for (const { start, end, text: added } of ordered) {
      if (start < from) continue
      take(start)
      pieces.push({ at: text.length, from: start })
      text += added
      from = end
    }
    take(source.length)
    this.made = { text: text + this.tail, pieces }
    return this.made
  }
}

export const blanks = (text: string): string => text.replace(/[^\n\r\u2028\u2029]/g, ' ')
