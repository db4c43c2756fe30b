/** Readouts of a simulation, declared once: the spec that programs are checked against is made from the same lines. */
import { type FieldSpec, type Fields, fieldWidth } from '../core/spec.ts'
import type { Views } from './views.ts'

/** Writes a field's numbers to `out` from index `at` on. Must not allocate: it runs every step. */
export type Read = (views: Views, out: Float64Array, at: number) => void
export interface Readout extends FieldSpec {
  readonly about: string
  readonly read: Read
}
export type Readouts = Readonly<Record<string, Readout>>

/** What of it everybody may see: plain data. */
export function fieldsOf(readouts: Readouts): Fields {
  return Object.fromEntries(
    Object.entries(readouts).map(([name, { shape, unit, frame, about }]) => [
      name,
      frame === undefined ? { shape, unit, about } : { shape, unit, frame, about },
    ]),
  )
}

/** Reads all fields into one row of their concatenation. */
export class RowReader {
  readonly width: number
  private readonly reads: readonly Read[]
  private readonly offsets: readonly number[]

  constructor(readouts: Readouts) {
    const fields = Object.values(readouts)
    this.reads = fields.map(field => field.read)
    let width = 0
    this.offsets = fields.map(field => {
      const offset = width
      width += fieldWidth(field)
      return offset
    })
    this.width = width
  }

  read(views: Views, out: Float64Array, at: number): void {
    const { reads, offsets } = this
    for (let i = 0; i < reads.length; i++) reads[i](views, out, at + offsets[i])
  }
}

/** `count` numbers of an array from `first` on. */
export function slice(array: 'qpos' | 'qvel', first: number, count = 1): Read {
  return (views, out, at) => {
    const source = views[array]
    for (let i = 0; i < count; i++) out[at + i] = source[first + i]
  }
}

/** The same, each limited to [-limit, limit]. */
export function clippedSlice(array: 'qpos' | 'qvel', first: number, count: number, limit: number): Read {
  return (views, out, at) => {
    const source = views[array]
    for (let i = 0; i < count; i++) out[at + i] = Math.max(-limit, Math.min(limit, source[first + i]))
  }
}

/** Centre of a geom in the world. */
export function geomPosition(name: string): Read {
  return (views, out, at) => {
    const from = 3 * views.names.geom(name)
    for (let i = 0; i < 3; i++) out[at + i] = views.geom_xpos[from + i]
  }
}
