/**
 * Where untrusted programs run: a realm whose built-in objects are frozen, in it a compartment that sees nothing but the
 * library. Call it in a worker or process of its own only: it changes the realm for good.
 */
import 'ses'
import * as library from '../../rewards/library.ts'
import type { Watch } from '../../rewards/score.ts'
import { CarrotError, type SourcePosition } from '../core/errors.ts'
import { type RewardProgram, withFunctions } from '../core/reward.ts'
import { type Compiled, compile } from './compile.ts'
import { type Meter, makeHelpers, UNMETERED } from './meter.ts'
import { Refusal, type Refused, shown } from './refusal.ts'

/** Steps of one call of a formula, and of loading a program. */
export const CALL_STEPS = 50_000
const LOAD_STEPS = 1_000_000
/** What a program may have at most. */
const MOST = { terms: 128, memory: 4096, phrases: 200, options: 50, name: 100, text: 2000, request: 20_000 }
const SOURCE_URL = 'carrot-program'

const { getOwnPropertyDescriptor } = Object
let locked = false

/** Freezes the realm, once. */
function lock(): void {
  if (locked) return
  locked = true
  // A list becomes text by joining its parts, which may be lists: a few make more than any memory holds.
  const toText = { toString: () => '[a list]' }.toString
  Object.defineProperty(Array.prototype, 'toString', { value: toText })
  Object.defineProperty(Object.getPrototypeOf(Float64Array.prototype), 'toString', { value: toText })
  lockdown({ errorTaming: 'unsafe', stackFiltering: 'verbose', reporting: 'none', consoleTaming: 'unsafe' })
}

/** A program in its compartment. */
export interface Confined {
  /** As `defineReward` made it. Its functions are the program's own: score them with `bindWatched` and `watch`. */
  readonly program: RewardProgram
  /** The same for all else that calls its functions: they count their steps, and throw errors of ours only. */
  readonly guarded: RewardProgram
  readonly watch: Watch
  /** Called before a batch: what ran out of steps in the last one may try again. */
  begin(): void
  /** Why a term, 'combine' or 'success' failed first since `begin`. */
  faultOf(owner: string): Refused | undefined
}

/** `onEnter` hears of the term, 'combine' or 'success' whose function runs from now on. Throws `Refusal`. */
export function confine(module: string, onEnter: (owner: string) => void = () => undefined): Confined {
  lock()
  const meter: Meter = { left: UNMETERED, era: 0, tripped: undefined }
  const made = new WeakSet<object>()
  const given = harden({
    ...library,
    defineReward(definition: never): RewardProgram {
      const program = library.defineReward(definition)
      made.add(program)
      return program
    },
  })
  const compiled = compile(module, Object.keys(given))
  const compartment = new Compartment({ globals: {}, __options__: true } as never)
  Object.freeze(compartment.globalThis)
  const program = evaluate(compiled, compartment, meter, [given, makeHelpers(meter, harden)])
  if (typeof program !== 'object' || program === null || !made.has(program)) {
    throw new Refusal(
      'definition',
      `It ${program === undefined ? 'has no default export' : 'exports something else than a program'}.`,
      'End it with: export default defineReward({ … }).',
    )
  }
  checkExtent(program as RewardProgram)
  meter.era = 1
  return metered(program as RewardProgram, meter, compiled, onEnter)
}

type Instantiate = (library: unknown, helpers: unknown) => unknown

function evaluate(
  compiled: Compiled,
  compartment: Compartment,
  meter: Meter,
  [given, helpers]: readonly [unknown, object],
): unknown {
  try {
    const instantiate: Instantiate = compartment.evaluate(`${compiled.script}\n//# sourceURL=${SOURCE_URL}`)
    meter.left = LOAD_STEPS
    return instantiate(given, { ...helpers, $_meter: meter })
  } catch (error) {
    const { kind, message, hint, at } = faultOf(error, meter, compiled)
    // Mistakes that defineReward finds say what they are.
    if (error instanceof CarrotError && !(error instanceof Refusal)) {
      throw new Refusal('definition', shown(message), shown(hint), at, error.also)
    }
    throw new Refusal(kind, `It fails while it is loaded: ${message}.`, hint, at)
  } finally {
    meter.left = UNMETERED
    meter.tripped = undefined
  }
}

/** What was thrown, looked at without running anything of the program: it may have thrown anything. */
function faultOf(error: unknown, meter: Meter, compiled: Compiled): Refused {
  const at = placeOf(error, compiled)
  const placed = at === undefined ? {} : { at }
  if (meter.tripped !== undefined) return { ...meter.tripped, ...placed }
  if (error instanceof CarrotError)
    return { kind: 'throw', message: shown(error.message), hint: shown(error.hint), ...placed }
  const hint = 'Make it give a finite number for every state.'
  return { kind: 'throw', message: messageOf(error), hint, ...placed }
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return shown(error)
  if (typeof error === 'symbol') return 'a symbol'
  if ((typeof error !== 'object' || error === null) && typeof error !== 'function') return String(error)
  const message: unknown = getOwnPropertyDescriptor(error, 'message')?.value
  return typeof message === 'string' ? shown(message).replace(/\.$/, '') : 'an object'
}

function placeOf(error: unknown, compiled: Compiled): SourcePosition | undefined {
  // Only the engine puts a stack on what it makes itself; a program has no accessors.
  const stack: unknown = error instanceof Error ? error.stack : undefined
  if (typeof stack !== 'string') return undefined
  for (const [, line, column] of stack.slice(0, 5000).matchAll(/carrot-program:(\d+):(\d+)/g)) {
    const at = compiled.locate(Number(line), Number(column))
    if (at !== undefined) return at
  }
  return undefined
}

/** A definition that is sound may still ask for too much. */
function checkExtent({ name, about, env = '', envOptions = {}, phrases, reads, terms }: RewardProgram): void {
  const refuse = (message: string, hint: string): never => {
    throw new Refusal('definition', message, hint)
  }
  const texts = [...phrases, about]
  if (name.length > MOST.name || env.length > MOST.name || texts.some(({ length }) => length > MOST.text))
    refuse('It describes itself at too great a length.', `The most is ${MOST.text} characters a text.`)
  const options = Object.entries(envOptions).flat()
  if (options.length > 2 * MOST.options || options.some(value => String(value).length > MOST.name))
    refuse('It sets too many options, or to too long texts.', `The most is ${MOST.options}.`)
  if (phrases.length > MOST.phrases) refuse('It has too many phrases.', `The most is ${MOST.phrases}.`)
  if (terms.length > MOST.terms) refuse(`It has ${terms.length} terms.`, `The most is ${MOST.terms}.`)
  const numbers = terms.reduce(
    (sum, { memory }) => sum + Object.values(memory).reduce((all, size) => all + size, 0),
    0,
  )
  if (!(numbers <= MOST.memory))
    refuse(`Its terms remember ${numbers} numbers.`, `The most is ${MOST.memory} for each environment.`)
  // A folder is the business of who runs the program.
  for (const { vision } of terms) {
    if (vision === undefined) continue
    if (!/^[\w.-]+$/.test(vision.model))
      refuse(`It asks for the model '${shown(vision.model)}'.`, 'Name a model by its id.')
    if (textsIn(vision).reduce((sum, { length }) => sum + length, 0) > MOST.request)
      refuse('It asks for pictures at too great a length.', `The most is ${MOST.request} characters.`)
  }
  for (const key of [...Object.keys(reads), ...terms.map(term => term.name)]) {
    if (key.length > MOST.name || key in Object.prototype)
      refuse(`It names something '${shown(key)}'.`, 'Choose another name.')
  }
  const odd = textsIn({ texts, env, envOptions, terms }).find(text => UNSEEN.test(text))
  if (odd !== undefined)
    refuse(`It has characters that nobody sees in '${shown(odd)}'.`, 'Write it in plain text.')
}

/** What steers a terminal, or turns the direction of text. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u

/** All texts and names in data that has been checked, which is a few lists deep. Nothing of the program runs. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsIn(part)])
}

/** The engine's own way of ending it, which takes longer than counting does; in the words of V8 and Firefox. */
const isTooDeep = (error: unknown): boolean =>
  error instanceof Error && /^(Maximum call stack size exceeded|too much recursion)/.test(messageOf(error))
const TOO_DEEP = {
  kind: 'hang',
  message: 'it calls itself too often',
  hint: 'Write a loop over what it reads.',
} as const

function metered(
  program: RewardProgram,
  meter: Meter,
  compiled: Compiled,
  onEnter: (owner: string) => void,
): Confined {
  const faults = new Map<string, Refused>()
  /** Functions that ran out of steps: they would, row after row. */
  const spent = new Set<string>()
  const watch: Watch = {
    meter,
    steps: CALL_STEPS,
    enter(owner) {
      watch.steps = spent.has(owner) ? 0 : CALL_STEPS
      onEnter(owner)
    },
    explain(owner, error) {
      if (isTooDeep(error)) meter.tripped = TOO_DEEP
      const fault = faults.get(owner) ?? faultOf(error, meter, compiled)
      faults.set(owner, fault)
      if (meter.left < 0 || isTooDeep(error)) {
        spent.add(owner)
        watch.steps = 0
      }
      meter.left = UNMETERED
      meter.tripped = undefined
      return `It threw: ${fault.message}.`
    },
  }
  return {
    program,
    guarded: withFunctions(program, (owner, formula) => (first, second) => {
      watch.enter(owner)
      meter.left = watch.steps
      try {
        return formula(first, second)
      } catch (error) {
        watch.explain(owner, error)
        throw new Error(faults.get(owner)?.message)
      }
    }),
    watch,
    begin() {
      faults.clear()
      spent.clear()
    },
    faultOf: owner => faults.get(owner),
  }
}
