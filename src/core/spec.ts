/** What an environment promises: named columns with shapes and units, the action range, and the clock. */
import { CarrotError, closest } from './errors.ts'
import type { Wrapping } from './wrapping.ts'

/** SI units, radians; '1' is a pure number, 'bool' is 0 or 1. */
export const UNITS = ['m', 'm/s', 'm/s²', 'rad', 'rad/s', 'N', 'N·m', 's', 'kg', 'W', '1', 'bool'] as const
export type Unit = (typeof UNITS)[number]
export type Frame = 'world' | 'body' | 'camera'

/** One named column: its per-row shape, unit and frame. Units are checked when a program meets an environment. */
export interface FieldSpec {
  /** [] scalar, [3] vector x y z, [4] quaternion w x y z, [n] list. In what a program reads, 0 accepts any length. */
  readonly shape: readonly number[]
  readonly unit: Unit
  readonly frame?: Frame
  /** One line for `carrot list`, the editor and the page. */
  readonly about?: string
}
export type Fields = Readonly<Record<string, FieldSpec>>

/** A setting of an environment that a user may change: its default says its type. */
export interface OptionSpec {
  readonly default: OptionValue
  /** One line, ending in a full stop. */
  readonly about: string
  readonly unit?: Unit
  /** For text: what it may be. */
  readonly choices?: readonly string[]
}
export type OptionValue = number | boolean | string
export type Options = Readonly<Record<string, OptionSpec>>
/** Values of the options `O`, as an environment's author reads them. */
export type OptionValues<O extends Options = Options> = {
  readonly [K in keyof O]: O[K]['default'] extends number
    ? number
    : O[K]['default'] extends boolean
      ? boolean
      : string
}

/** Which steps of an episode must satisfy a criterion: its last one, any one, or this share of them, 0…1. */
export type SuccessOver = 'last' | 'ever' | number

/** How a policy may push; one entry per action dimension. */
export interface ActionSpec {
  readonly names: readonly string[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  /**
   * The actions a discrete policy chooses from, each one number a dimension, as cart-pole's pushes to either side.
   * Continuous policies still use the whole range. Absent: discrete policies cut the range into a grid.
   */
  readonly choices?: readonly (readonly number[])[]
  /** Unit of the action itself; '1' when it is a fraction of the actuator's gear. */
  readonly unit: Unit
}

/**
 * Where an episode ended up, to tell episodes apart by: the signal after the last step. Explorers cut the box between
 * `low` and `high` (one number each a number of the signal) into cells; what lies outside counts to the nearest cell.
 */
export interface DescriptorSpec {
  readonly signal: string
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/** The contract of an environment: everything a reward, a learner or a viewer may know of it without stepping it. */
export interface EnvSpec {
  /** Plain id, e.g. 'hopper'. */
  readonly id: string
  /** Rises when results could change. */
  readonly version: number
  readonly about: string
  /** Seen by the policy, concatenated in key order → O. */
  readonly obs: Fields
  /** May be read by rewards: physical quantities, privileged, concatenated in key order → S. */
  readonly signals: Fields
  readonly action: ActionSpec
  /** Control period, s. */
  readonly dt: number
  /** Control steps until the clock truncates the episode (it does not terminate it). */
  readonly maxSteps: number
  /** Id or file of the reward program that is trained on when none is named. */
  readonly defaultReward: string | null
  /** The task's own criterion: a 'bool' signal, judged for every program that has no criterion of its own. */
  readonly success: { readonly signal: string; readonly over: SuccessOver } | null
  /** What explorers may tell its episodes apart by, when it is known; they can do without. */
  readonly descriptor?: DescriptorSpec
  /**
   * Reset-free: one episode in so many starts from a reset, the others where the one before them ended. Left out, every
   * episode starts from a reset.
   */
  readonly episodesPerReset?: number
  /** What was put around it. */
  readonly wrapping?: Wrapping
  /** Values of its options that are in force. */
  readonly options: Readonly<Record<string, OptionValue>>
}

/** Where a field lies in a row: `width` numbers from `offset`. */
export interface Slot {
  readonly offset: number
  readonly width: number
}
export interface Layout {
  readonly width: number
  readonly slots: Readonly<Record<string, Slot>>
}

/** Numbers in one row of a field. */
export const fieldWidth = (field: FieldSpec): number => field.shape.reduce((n, d) => n * d, 1)

/** Fields laid end to end in key order. */
export function layoutOf(fields: Fields): Layout {
  const slots: Record<string, Slot> = {}
  let width = 0
  for (const [name, field] of Object.entries(fields)) {
    slots[name] = { offset: width, width: fieldWidth(field) }
    width += slots[name].width
  }
  return { width, slots }
}

/** 'm/s (world) ×3', for messages and tables. */
export function describeField(field: FieldSpec): string {
  const shape = field.shape.length === 0 ? '' : ` ×${field.shape.map(d => d || 'n').join('×')}`
  return `${field.unit}${field.frame ? ` (${field.frame})` : ''}${shape}`
}

/**
 * Throws when `wanted` cannot be read from `offered`: unknown name (with the nearest one), other unit, frame or shape.
 * A wanted field without a frame accepts any frame.
 */
export function checkReads(reader: string, wanted: Fields, envId: string, offered: Fields): void {
  for (const [name, want] of Object.entries(wanted)) {
    const have = offered[name]
    if (have === undefined) {
      const near = closest(name, Object.keys(offered))
      const suggestion =
        near === undefined
          ? `It offers: ${Object.keys(offered).join(', ')}.`
          : `It offers ${near} [${describeField(offered[near])}]. Did you mean that?`
      throw new CarrotError('bad-signal', `${reader} cannot read '${name}' from env '${envId}'.`, suggestion)
    }
    const sameFrame = want.frame === undefined || want.frame === have.frame
    const fits = fieldWidth(want) === 0 || fieldWidth(want) === fieldWidth(have)
    if (want.unit !== have.unit || !sameFrame || !fits) {
      throw new CarrotError(
        'bad-signal',
        `${reader} reads ${name} as ${describeField(want)}; '${envId}' gives it as ${describeField(have)}.`,
        `Declare it as the environment gives it, and convert inside the term.`,
      )
    }
  }
}

/**
 * The values of an environment's options: its defaults, with `given` in their place. Throws CarrotError 'bad-argument'
 * for an option it does not have (with the nearest one) or a value of another type.
 */
export function optionValues<O extends Options>(
  envId: string,
  options: O,
  given: Readonly<Record<string, OptionValue>>,
): OptionValues<O> {
  const values: Record<string, OptionValue> = {}
  for (const [name, option] of Object.entries(options)) values[name] = option.default
  for (const [name, value] of Object.entries(given)) {
    const option = options[name]
    if (option === undefined) {
      const near = closest(name, Object.keys(options))
      const all = Object.keys(options).join(', ')
      const hint = near === undefined ? `It has ${all || 'none'}.` : `Did you mean '${near}'?`
      throw new CarrotError('bad-argument', `${envId} has no option '${name}'.`, hint)
    }
    const right = typeof value === typeof option.default && !Number.isNaN(value)
    if (!right || (option.choices !== undefined && !option.choices.includes(String(value)))) {
      throw new CarrotError(
        'bad-argument',
        `The option '${name}' of ${envId} is ${JSON.stringify(value)}.`,
        option.choices === undefined
          ? `Give a ${typeof option.default}; the default is ${option.default}.`
          : `Give one of ${option.choices.join(', ')}.`,
      )
    }
    values[name] = value
  }
  return values as OptionValues<O>
}
