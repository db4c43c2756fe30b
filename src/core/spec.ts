/** What an environment promises: named columns with shapes and units, the action range, and the clock. */
import { CarrotError, closest } from './errors.ts'

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

/** How a policy may push; one entry per action dimension. */
export interface ActionSpec {
  readonly names: readonly string[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  /** Unit of the action itself; '1' when it is a fraction of the actuator's gear. */
  readonly unit: Unit
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
  /** Id of the reward program the environment is published with; its return is the native return. */
  readonly defaultReward: string
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
