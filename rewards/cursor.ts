/**
 * The `s` of a formula: an object whose properties read recorded columns where they lie. One serves every row: moving to a
 * row sets an offset, so a formula costs no allocation and no copy.
 */
import type { RewardProgram } from '../src/core/reward.ts'
import { type EnvSpec, type Fields, layoutOf, type Slot } from '../src/core/spec.ts'
import type { Read, View } from './define.ts'

/** A row of a column that properties read from: its first number is `data[base]`. */
export class Place {
  data: Float64Array = new Float64Array(0)
  base = 0
  private readonly copies: RowCopy[] = []

  /** A list at this place, copied when the place has moved since it was last looked at, so that indexing it is plain. */
  list({ offset, width }: Slot): () => Float64Array {
    // Numbers only: a property that a formula adds would be there at the next row.
    const copy: RowCopy = { values: Object.preventExtensions(new Float64Array(width)), from: -1 }
    this.copies.push(copy)
    return () => {
      const { values } = copy
      if (copy.from !== this.base) {
        copy.from = this.base
        const first = this.base + offset
        for (let i = 0; i < values.length; i++) values[i] = this.data[first + i]
      }
      return values
    }
  }

  /** Stands on another column; copies of the old one are void. */
  enter(data: Float64Array): void {
    this.data = data
    for (const copy of this.copies) copy.from = -1
  }
}

interface RowCopy {
  readonly values: Float64Array
  /** Base it was copied at. */
  from: number
}

/** Everything a formula can look at, and the places that say where it looks. */
export interface Cursor {
  /** Signals after the step. */
  readonly after: Place
  /** Signals before the step. */
  readonly before: Place
  readonly action: Place
  /** Control steps since the episode began, after the step; 1 when it ended with the step, else 0. */
  readonly clock: { step: number; ends: number }
  /** A `State` of the program. */
  readonly state: object
  /** The `Readings` at `before`. */
  readonly prev: object
}

const cursors = new WeakMap<Fields, WeakMap<EnvSpec, Cursor>>()

/**
 * The cursor of a program over an environment's columns; names and shapes have been checked. All bindings of a program
 * share it, each pointing it at its own columns before it scores: formulas that meet one object only are compiled for it.
 */
export function cursorOf(reads: RewardProgram['reads'], spec: EnvSpec): Cursor {
  const known = cursors.get(reads) ?? new WeakMap<EnvSpec, Cursor>()
  cursors.set(reads, known)
  const cursor = known.get(spec) ?? makeCursor(reads, spec)
  known.set(spec, cursor)
  return cursor
}

function makeCursor(reads: RewardProgram['reads'], spec: EnvSpec): Cursor {
  const { slots } = layoutOf(spec.signals)
  const after = new Place()
  const before = new Place()
  const action = new Place()
  const clock = { step: 0, ends: 0 }
  const { dt } = spec
  const prev = Object.freeze(readings(reads, slots, before))
  const state = readings(reads, slots, after)
  define(state, 'action', action.list({ offset: 0, width: spec.action.low.length }))
  define(state, 'time', () => clock.step * dt)
  define(state, 'ends', () => clock.ends)
  Object.assign(state, { prev, dt })
  return { after, before, action, clock, state: Object.freeze(state), prev }
}

const define = (object: object, name: string, get: () => unknown) =>
  Object.defineProperty(object, name, { get, enumerable: true })

/**
 * An object that accessors are put on. It has a prototype of its own: among objects of one prototype, V8 makes a slow
 * dictionary of each whose accessor differs from that which the first had under this name.
 */
const bare = (): object => Object.create(Object.freeze({}))

function readings(reads: Fields, slots: Readonly<Record<string, Slot>>, place: Place): object {
  const object = bare()
  for (const [name, field] of Object.entries(reads)) {
    const slot = slots[name]
    const get = number(place, slot.offset)
    switch (viewOf(field)) {
      case 'scalar':
        define(object, name, get)
        break
      case 'vec3':
        Object.assign(object, { [name]: tuple(place, slot.offset, ['x', 'y', 'z']) })
        break
      case 'quat':
        Object.assign(object, { [name]: tuple(place, slot.offset, ['w', 'x', 'y', 'z']) })
        break
      case 'vector':
        define(object, name, place.list(slot))
    }
  }
  return object
}

/** A field that did not come from `scalar()`, `vec3()` and the like is a number or a list. */
const viewOf = (field: Partial<Read>): View => field.view ?? (field.shape?.length ? 'vector' : 'scalar')

const number = (place: Place, offset: number) => () => place.data[place.base + offset]

function tuple(place: Place, offset: number, names: readonly string[]): object {
  const object = bare()
  names.forEach((name, i) => {
    define(object, name, number(place, offset + i))
  })
  return Object.freeze(object)
}
