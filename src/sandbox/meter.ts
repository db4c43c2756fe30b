/** What compiled programs call while they run: counting, and the checks that the text alone cannot make. */
import { BUILT_IN, REACHING } from './dialect.ts'
import { Refusal, type RefusalKind, shown } from './refusal.ts'

export interface Meter {
  /** Steps left of the call under way. */
  left: number
  /** 0 while programs are loaded, 1 while they score. */
  era: number
  /** What ended the last call that a helper ended. */
  tripped: Trip | undefined
}
interface Trip {
  readonly kind: RefusalKind
  readonly message: string
  readonly hint: string
}

/** Steps that no trusted code uses up; as large as an integer can be that engines count fast. */
export const UNMETERED = 2 ** 30 - 1

/** `harden` freezes an object and all it leads to. */
export function makeHelpers(meter: Meter, harden: <T>(value: T) => T) {
  const trip = (kind: RefusalKind, message: string, hint: string): never => {
    meter.tripped = { kind, message, hint }
    throw new Refusal(kind, message, hint)
  }
  const out = (): never => {
    meter.left = -1
    return trip(
      'hang',
      'it takes too many steps',
      'Is there a loop that does not end? A formula may loop over what it reads, a few thousand steps in all.',
    )
  }
  const pay = (steps: number): void => {
    meter.left -= Math.min(steps, UNMETERED)
    // Written so that no number at all fails too.
    if (!(meter.left >= 0)) out()
  }
  const many = (value: unknown): unknown => {
    if (typeof value === 'number') return value
    if (typeof value === 'string') pay(value.length)
    else if (typeof value === 'object' && value !== null && isListLike(value)) {
      const { length } = value
      if (typeof length === 'number') pay(length)
      // The language would make a number of it.
      else trip('language', 'it has a length that is no number', 'Call it otherwise, or give it a number.')
    }
    return value
  }
  const still = (value: unknown): void => {
    harden(value)
    const moving = movingPart(value, new Set())
    if (moving !== undefined) {
      trip(
        'state',
        `it keeps ${moving} from call to call`,
        'A term remembers with memory: { count: 1 } and value: (s, memory) => ….',
      )
    }
  }
  const checked = new WeakSet<object>()
  return harden({
    $_out: out,
    /** Pays for all that is in a list or a text. */
    $_many: many,
    /** Pays for all names of an object too; lists may have some besides their numbers. */
    $_names(value: unknown) {
      many(value)
      if (typeof value === 'object' && value !== null) pay(Object.keys(value).length)
      return value
    },
    /** An operand of `+`: text pays for its length; objects would be turned into text. */
    $_plus(value: unknown) {
      if (typeof value === 'number') return value
      if (typeof value === 'string') pay(value.length)
      else if ((typeof value === 'object' && value !== null) || typeof value === 'function')
        trip('throw', `it adds ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`, 'Add its numbers.')
      return value
    },
    /** A computed name of a property. */
    $_key(key: unknown) {
      if (typeof key === 'number') return key
      if (typeof key === 'string') {
        pay(key.length)
        if (key === 'length' || BUILT_IN.has(key))
          trip(REACHING.has(key) ? 'escape' : 'language', `it reaches for '${shown(key)}'`, 'Use names of s.')
        return key
      }
      if (key === undefined || key === null || typeof key === 'boolean') return String(key)
      return trip('language', `it uses a ${typeof key} as a name`, 'Use a number or a text.')
    },
    /** The length of a new list. */
    $_size(size: unknown) {
      if (typeof size === 'number') pay(size)
      return size
    },
    /** What an older function holds on to. */
    $_held(values: readonly unknown[]) {
      for (const value of values) {
        if ((typeof value !== 'object' || value === null) && typeof value !== 'function') continue
        if (checked.has(value)) continue
        still(value)
        checked.add(value)
      }
    },
    $_lost(name: string) {
      trip(
        'state',
        `it changes '${name}', which all environments share`,
        'A term remembers with memory: { count: 1 } and value: (s, memory) => ….',
      )
    },
    /** What a module's names hold once it has run. */
    $_keep(values: readonly unknown[]) {
      for (const value of values) if (typeof value === 'object' || typeof value === 'function') still(value)
    },
  })
}

/** Asks a state for nothing that it does not have. */
const isListLike = (value: object): value is { readonly length: unknown } =>
  Array.isArray(value) || ArrayBuffer.isView(value) || Object.hasOwn(value, 'length')

const { getPrototypeOf, getOwnPropertyDescriptors } = Object
const STILL: readonly unknown[] = [
  null,
  Object.prototype,
  Array.prototype,
  Function.prototype,
  Error.prototype,
]

/** A part that can change though it is frozen; undefined when there is none. */
function movingPart(value: unknown, seen: Set<unknown>): string | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined
  if (seen.has(value)) return undefined
  seen.add(value)
  const prototype: unknown = getPrototypeOf(value)
  if (!STILL.includes(prototype) && !STILL.includes(value)) return 'an object that changes'
  for (const { value: part } of Object.values(getOwnPropertyDescriptors(value))) {
    const moving = movingPart(part, seen)
    if (moving !== undefined) return moving
  }
  return undefined
}
