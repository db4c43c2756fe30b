/**
 * How a person writes a reward: named terms, each with its weight beside its formula, over named signals with units.
 * The result is plain data and pure functions; `score.ts` runs it on recorded columns.
 */
import { CarrotError } from '../src/core/errors.ts'
import type { Vector3 } from '../src/core/math.ts'
import type { RewardProgram, TermSpec } from '../src/core/reward.ts'
import type { FieldSpec, Frame, OptionValue, SuccessOver, Unit } from '../src/core/spec.ts'
import type { VisionRequest } from '../src/core/vision.ts'
import { type Given, wrong } from './given.ts'
import * as check from './validate.ts'

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

export interface Quaternion extends Vector3 {
  readonly w: number
}
/** Indexable numbers of one row. Valid while the formula runs; copy what should outlive it. */
export type Vector = ArrayLike<number>

interface Shown {
  readonly scalar: number
  readonly vec3: Vector3
  readonly quat: Quaternion
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
  /** 1 when the episode ends with this step, by the task or by the clock; else 0. For what is paid at the end only. */
  readonly ends: number
}

/** Numbers a term keeps from step to step, per environment row; all zero when an episode starts. */
export type Memory<M> = { readonly [K in keyof M]: Float64Array }

/** One term: its weight, and exactly one of `value`, `potential`, `label` and `vision`. */
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
  /** Pays what a vision-language model sees; `vlm()` writes it. */
  readonly vision?: VisionRequest
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
  /** Values of that environment's options that the behaviour needs; what the user gives for a run wins. */
  readonly envOptions?: Readonly<Record<string, OptionValue>>
  /** Other ways to say `about`; text finds the program by them. */
  readonly phrases?: readonly string[]
  readonly reads: R
  readonly terms: { readonly [K in keyof T]: Term<R, T[K]> }
  /** Default 'per-step'; 'per-second' multiplies the sum by dt. */
  readonly rate?: 'per-step' | 'per-second'
  /** Default: the sum of the weighted terms, which are its argument. */
  readonly combine?: (weighted: { readonly [K in keyof T]: number }) => number
  /** Judged after every step, never optimised. Default: the environment's own criterion. */
  readonly success?: (s: State<R>) => boolean
  /** When an episode succeeds: `success` holds after its last step (the default), after any ('ever'), or after this share. */
  readonly succeeds?: SuccessOver
}

/**
 * Makes a reward program. Throws CarrotError 'bad-reward' when the definition cannot work, so that a mistake shows
 * when the file is loaded and not hours into a run; its `also` holds the other mistakes.
 */
export function defineReward<const R extends Reads, T>(definition: RewardDefinition<R, T>): RewardProgram {
  if (typeof definition !== 'object' || definition === null) {
    throw wrong('defineReward was called without a definition.', 'Pass an object with name, reads and terms.')
  }
  const { reads, rate = 'per-step', phrases = [], about = '', env, combine, success } = definition
  const { succeeds = 'last', envOptions } = definition
  const faults: CarrotError[] = []
  const attempt = <V>(part: () => V): V | undefined => {
    try {
      return part()
    } catch (error) {
      if (!(error instanceof CarrotError)) throw error
      faults.push(error)
      return undefined
    }
  }
  attempt(() => check.programName(definition.name))
  const name = typeof definition.name === 'string' ? definition.name : 'The program'
  attempt(() => check.definitionKeys(name, definition))
  attempt(() => check.hasReads(name, reads))
  for (const [key, field] of Object.entries(reads ?? {})) attempt(() => check.readable(name, key, field))
  attempt(() => check.hasTerms(name, definition.terms))
  const terms = Object.entries(definition.terms ?? {}).map(([key, term]) =>
    attempt(() => check.termSpec(name, key, term as Given)),
  )
  attempt(() => check.settings(name, { rate, phrases, about, env, envOptions, combine, success, succeeds }))
  const [first, ...also] = faults
  if (first !== undefined) throw new CarrotError(first.code, first.message, first.hint, undefined, also)
  return Object.freeze({
    name,
    about,
    ...(env === undefined ? {} : { env }),
    ...(envOptions === undefined ? {} : { envOptions: Object.freeze({ ...envOptions }) }),
    phrases: Object.freeze([...phrases]),
    reads: Object.freeze({ ...reads }),
    terms: Object.freeze(terms as TermSpec[]),
    rate,
    ...(combine === undefined ? {} : { combine: combine as RewardProgram['combine'] }),
    ...(success === undefined ? {} : { success: success as RewardProgram['success'] }),
    succeeds,
  })
}
