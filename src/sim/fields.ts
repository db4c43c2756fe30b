/** Readouts of a simulation, declared once: the spec that programs are checked against is made from the same lines. */
import { type FieldSpec, type Fields, fieldWidth } from '../core/spec.ts'
import type { Views } from './views.ts'

/**
 * Writes a field's numbers to `out` from index `at` on. Must not allocate: it runs every step. `Sim` is what it reads
 * from: MuJoCo's arrays, or the state of dynamics of one's own.
 */
export type Read<Sim = Views> = (sim: Sim, out: Float64Array, at: number) => void
export interface Readout<Sim = Views> extends FieldSpec {
  readonly about: string
  readonly read: Read<Sim>
}
export type Readouts<Sim = Views> = Readonly<Record<string, Readout<Sim>>>

/** What of it everybody may see: plain data. */
export function fieldsOf(readouts: Readouts<never>): Fields {
  return Object.fromEntries(
    Object.entries(readouts).map(([name, { shape, unit, frame, about }]) => [
      name,
      frame === undefined ? { shape, unit, about } : { shape, unit, frame, about },
    ]),
  )
}

/** Reads all fields into one row of their concatenation. */
export class RowReader<Sim = Views> {
  readonly width: number
  private readonly reads: readonly Read<Sim>[]
  private readonly offsets: readonly number[]

  constructor(readouts: Readouts<Sim>) {
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

  read(sim: Sim, out: Float64Array, at: number): void {
    const { reads, offsets } = this
    for (let i = 0; i < reads.length; i++) reads[i](sim, out, at + offsets[i])
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

/** Origin of a body's frame in the world. */
export function bodyPosition(name: string): Read {
  return (views, out, at) => {
    const from = 3 * views.names.body(name)
    for (let i = 0; i < 3; i++) out[at + i] = views.xpos[from + i]
  }
}

/** A site in the world. */
export function sitePosition(name: string): Read {
  return (views, out, at) => {
    const from = 3 * views.names.site(name)
    for (let i = 0; i < 3; i++) out[at + i] = views.site_xpos[from + i]
  }
}

/** 1 where the condition holds, else 0. */
export function flagOf<Sim>(holds: (sim: Sim) => boolean): Read<Sim> {
  return (sim, out, at) => {
    out[at] = holds(sim) ? 1 : 0
  }
}
