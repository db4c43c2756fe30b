/**
 * How a person writes a reward: named terms, each with its weight beside its formula, over named signals with units.
 * The result is plain data and pure functions; `score.ts` runs it on recorded columns.
 */
import { CarrotError, closest } from '../src/core/errors.ts'
import type { RewardProgram, TermKind, TermSpec } from '../src/core/reward.ts'
import { type FieldSpec, type Frame, UNITS, type Unit } from '../src/core/spec.ts'

/** How a signal is presented to a formula. */
export type View = 'scalar' | 'vec3' | 'quat' | 'vector'

/** A signal a program reads: the column it expects, and how formulas see it. */
export interface Read<V extends View = View> extends FieldSpec {
  readonly view: V
}
export type Reads = Readonly<Record<string, Read>>

const read = <V extends View>(view: V, shape: readonly number[], unit: Unit, frame?: Frame): Read<V> =>
  Object.freeze(frame === undefined ? { view, shape, unit } : { view, shape, unit, frame })

/** One number. */
export const scalar = (unit: Unit, frame?: Frame): Read<'scalar'> => read('scalar', [], unit, frame)
/** x y z; without a frame, any frame is accepted. */
export const vec3 = (unit: Unit, frame?: Frame): Read<'vec3'> => read('vec3', [3], unit, frame)
/** Unit quaternion w x y z. */
export const quat = (frame?: Frame): Read<'quat'> => read('quat', [4], '1', frame)
/** 0 or 1. */
export const flag = (): Read<'scalar'> => read('scalar', [], 'bool')

/** A list of numbers; `vector('rad')` takes the environment's length, `vector(6, 'rad')` insists on six. */
export function vector(unit: Unit, frame?: Frame): Read<'vector'>
export function vector(length: number, unit: Unit, frame?: Frame): Read<'vector'>
export function vector(first: number | Unit, second?: Unit | Frame, third?: Frame): Read<'vector'> {
  if (typeof first === 'number') return read('vector', [first], second as Unit, third)
  return read('vector', [0], first, second as Frame | undefined)
}

export interface Vec3 {
  readonly x: number
  readonly y: number
  readonly z: number
}
export interface Quat extends Vec3 {
  readonly w: number
}
/** Indexable numbers of one row. Valid while the formula runs; copy what should outlive it. */
export type Vector = ArrayLike<number>

interface Shown {
  readonly scalar: number
  readonly vec3: Vec3
  readonly quat: Quat
  readonly vector: Vector
}

/** The signals of one moment, under the names in `reads`. */
export type Readings<R extends Reads> = { readonly [K in keyof R]: Shown[R[K]['view']] }

/** What a term sees: the state after the action, and how it came about. */
export type State<R extends Reads> = Readings<R> & {
  /** The state before the action. */
  readonly prev: Readings<R>
  /** [A] the action as the environment executed it. */
  readonly action: Vector
  /** Seconds since the episode began. */
  readonly time: number
  /** Control period, s. */
  readonly dt: number
}

/** Numbers a term keeps from step to step, per environment row; all zero when an episode starts. */
export type Memory<M> = { readonly [K in keyof M]: Float64Array }

/** One term: its weight, and exactly one of `value`, `potential` and `label`. */
export interface Term<R extends Reads, M> {
  /** The formula returns a magnitude; the weight says how much it counts, and whether it is good or bad. */
  readonly weight: number
  /** Paid as it is. */
  readonly value?: (s: State<R>, memory: Memory<M>) => number
  /** Numbers that `value` remembers, by name, e.g. `{ airTime: 4 }`. */
  readonly memory?: M
  /** Φ(s), paid as γΦ(s′)−Φ(s): it guides learning and cannot change which behaviour is best. */
  readonly potential?: (s: Readings<R>) => number
  /** Pays a column that a slow source fills: a vision model, a person. */
  readonly label?: string
}

/** A term read from a label column; 0 in the rows that have no label. */
export const label = (options: { readonly weight: number; readonly column: string }) => ({
  weight: options.weight,
  label: options.column,
})

export interface RewardDefinition<R extends Reads, T> {
  /** Lower-case words joined by hyphens. */
  readonly name: string
  /** One sentence: the behaviour it asks for. */
  readonly about?: string
  /** Environment it is written for. */
  readonly env?: string
  /** Other ways to say `about`; text finds the program by them. */
  readonly phrases?: readonly string[]
  readonly reads: R
  readonly terms: { readonly [K in keyof T]: Term<R, T[K]> }
  /** Default 'per-step'; 'per-second' multiplies the sum by dt. */
  readonly rate?: 'per-step' | 'per-second'
  /** Default: the sum of the weighted terms, which are its argument. */
  readonly combine?: (weighted: { readonly [K in keyof T]: number }) => number
  /** Judged after every step, never optimised. */
  readonly success?: (s: State<R>) => boolean
}

/**
 * Makes a reward program. Throws CarrotError 'bad-reward' when the definition cannot work, so that a mistake shows
 * when the file is loaded and not hours into a run.
 */
export function defineReward<const R extends Reads, T>(definition: RewardDefinition<R, T>): RewardProgram {
  if (typeof definition !== 'object' || definition === null) {
    throw wrong('defineReward was called without a definition.', 'Pass an object with name, reads and terms.')
  }
  const { name, reads, terms } = definition
  checkName(name)
  checkKeys(name, definition, DEFINITION_KEYS)
  checkReadable(name, reads)
  if (typeof terms !== 'object' || terms === null || Object.keys(terms).length === 0) {
    throw wrong(
      `${name} has no terms.`,
      'Give it one: terms: { speed: { weight: 1, value: s => s.velocity.x } }.',
    )
  }
  const { rate = 'per-step', phrases = [], about = '', env, combine, success } = definition
  if (rate !== 'per-step' && rate !== 'per-second') {
    throw wrong(`${name} has rate '${rate}'.`, "Use 'per-step' or 'per-second'.")
  }
  if (!Array.isArray(phrases) || ![about, env ?? '', ...phrases].every(text => typeof text === 'string')) {
    throw wrong(
      `${name} describes itself with something other than text.`,
      'env is an environment id, about is a sentence, phrases is a list of sentences.',
    )
  }
  for (const [key, given] of Object.entries({ combine, success })) {
    if (given !== undefined && typeof given !== 'function') {
      throw wrong(`${key} of ${name} is not a function.`, `Write it as ${key}: s => …, or leave it out.`)
    }
  }
  return Object.freeze({
    name,
    about,
    ...(env === undefined ? {} : { env }),
    phrases: Object.freeze([...phrases]),
    reads: Object.freeze({ ...reads }),
    terms: Object.freeze(
      Object.entries(terms as Record<string, unknown>).map(([key, term]) =>
        termSpec(name, key, term as AnyTerm),
      ),
    ),
    rate,
    ...(combine === undefined ? {} : { combine: combine as RewardProgram['combine'] }),
    ...(success === undefined ? {} : { success: success as RewardProgram['success'] }),
  })
}

/** Names `s` has besides the signals. */
const RESERVED = ['prev', 'action', 'time', 'dt']
/** Names under which the engine reports failures that are no term's. */
const TAKEN = ['combine', 'success']
const DEFINITION_KEYS = ['name', 'about', 'env', 'phrases', 'reads', 'terms', 'rate', 'combine', 'success']
const KINDS = ['value', 'potential', 'label'] as const satisfies readonly TermKind[]
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

type AnyTerm = Term<Reads, Readonly<Record<string, number>>>

const wrong = (message: string, hint: string) => new CarrotError('bad-reward', message, hint)

function checkName(name: unknown): void {
  if (typeof name === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return
  throw wrong(
    `A reward program is named ${JSON.stringify(name) ?? String(name)}.`,
    "Name it in lower-case words joined by hyphens, e.g. 'hop-forward'.",
  )
}

/** A misspelt key would otherwise be left out in silence. */
function checkKeys(owner: string, given: object, known: readonly string[]): void {
  const stray = Object.keys(given).find(key => !known.includes(key))
  if (stray === undefined) return
  const near = closest(stray, known)
  throw wrong(
    `${owner} has '${stray}', which means nothing here.`,
    near === undefined ? `What it can have: ${known.join(', ')}.` : `Did you mean '${near}'?`,
  )
}

function checkReadable(program: string, reads: unknown): void {
  if (typeof reads !== 'object' || reads === null) {
    throw wrong(
      `${program} does not say what it reads.`,
      "Add reads: { height: scalar('m') } with the signals it uses.",
    )
  }
  for (const [name, field] of Object.entries(reads as Record<string, Partial<Read> | undefined>)) {
    if (!IDENTIFIER.test(name) || RESERVED.includes(name)) {
      throw wrong(
        `${program} reads '${name}', a name it cannot have.`,
        `Signals are plain identifiers other than ${RESERVED.join(', ')}.`,
      )
    }
    const shape = field?.shape
    if (!Array.isArray(shape) || !shape.every(d => Number.isInteger(d) && d >= 0)) {
      throw wrong(
        `${program} reads '${name}' as something that is not a signal.`,
        "Declare it with scalar('m'), vec3('m/s', 'world'), quat(), vector('rad') or flag().",
      )
    }
    if (!(UNITS as readonly unknown[]).includes(field?.unit)) {
      throw wrong(
        `${program} reads '${name}' in ${String(field?.unit)}, which is not a unit.`,
        `Units are ${UNITS.join(', ')}.`,
      )
    }
  }
}

function termSpec(program: string, name: string, term: AnyTerm): TermSpec {
  const here = `Term '${name}' of ${program}`
  if (!IDENTIFIER.test(name) || TAKEN.includes(name)) {
    throw wrong(`${here} cannot have that name.`, `Use a plain identifier other than ${TAKEN.join(' and ')}.`)
  }
  if (typeof term !== 'object' || term === null) {
    throw wrong(`${here} is not a term.`, 'Write it as { weight: 1, value: s => … }.')
  }
  checkKeys(here, term, ['weight', 'memory', ...KINDS])
  if (!Number.isFinite(term.weight)) {
    throw wrong(
      `${here} has no finite weight.`,
      'Give it one beside its formula: { weight: 1, value: s => … }.',
    )
  }
  const kinds = KINDS.filter(kind => term[kind] !== undefined)
  if (kinds.length !== 1) {
    throw wrong(
      `${here} has ${kinds.length === 0 ? 'no formula' : `both ${kinds.join(' and ')}`}.`,
      'A term has exactly one of value: s => …, potential: s => … or label({ weight, column }).',
    )
  }
  const [kind] = kinds
  const wanted = kind === 'label' ? 'string' : 'function'
  if (typeof term[kind] !== wanted) {
    throw wrong(
      `${here} has a ${kind} that is a ${typeof term[kind]}, not a ${wanted}.`,
      kind === 'label' ? 'Name the column that holds the labels.' : `Write ${kind}: s => ….`,
    )
  }
  return Object.freeze({
    name,
    kind,
    weight: term.weight,
    memory: memorySizes(here, kind, term.memory),
    ...(kind === 'label' ? { label: term.label } : { formula: term[kind] as TermSpec['formula'] }),
  })
}

function memorySizes(here: string, kind: TermKind, memory: AnyTerm['memory']): TermSpec['memory'] {
  if (kind !== 'value' && memory !== undefined) {
    throw wrong(`${here} has memory, which a ${kind} cannot have.`, 'Only value terms remember.')
  }
  for (const [name, size] of Object.entries(memory ?? {})) {
    if (!Number.isInteger(size) || size < 1) {
      throw wrong(
        `${here} asks for ${String(size)} numbers of memory '${name}'.`,
        'Ask for a whole number, at least 1.',
      )
    }
  }
  return Object.freeze({ ...memory })
}
