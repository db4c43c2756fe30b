/** Entries of Gymnasium's `info` dictionaries, from the terms of our default programs and from our signals. */
import type { VectorEnv } from './core/env.ts'
import { layoutOf } from './core/spec.ts'

/** Parts of the reward: the names that the term has in our programs. */
const TERMS: Readonly<Record<string, readonly string[]>> = {
  reward_survive: ['healthy', 'balance'],
  reward_forward: ['forward'],
  reward_ctrl: ['control'],
  reward_quadctrl: ['control'],
  reward_contact: ['contact'],
  reward_impact: ['impact'],
  reward_linup: ['height'],
  reward_dist: ['distance'],
  reward_near: ['near'],
  distance_penalty: ['offset'],
  velocity_penalty: ['swing'],
}

/** Steps in order: signals before and after each. */
export interface Steps {
  /** [steps + N, S]: those of step i begin in row i and end in row i + N. */
  readonly signals: Float64Array
  readonly steps: number
  readonly N: number
}

/** What it takes to read an entry of one step; all arrays are of that step's rows. */
interface Moment {
  /** A number of a signal, after the step and before it. */
  readonly after: (signal: string, i?: number) => number
  readonly before: (signal: string, i?: number) => number
  /** The same of the first keyframe, where episodes start but for the noise. */
  readonly initially: (signal: string, i?: number) => number
  /** The signal whose motion is the published speed. */
  readonly moving: string
  readonly dt: number
}

const speed =
  (i: number) =>
  ({ after, before, moving, dt }: Moment): number[] => [(after(moving, i) - before(moving, i)) / dt]

const OBSERVED: Readonly<Record<string, (moment: Moment) => number[]>> = {
  x_position: ({ after }) => [after('torsoPosition', 0)],
  y_position: ({ after }) => [after('torsoPosition', 1)],
  distance_from_origin: ({ after }) => [Math.hypot(after('torsoPosition', 0), after('torsoPosition', 1))],
  z_distance_from_origin: ({ after, initially }) => [
    after('torsoPosition', 2) - initially('torsoPosition', 2),
  ],
  x_velocity: speed(0),
  y_velocity: speed(1),
  tendon_length: ({ after }) => [after('kneeStretch', 0), after('kneeStretch', 1)],
  tendon_velocity: ({ after }) => [after('kneeStretchRate', 0), after('kneeStretchRate', 1)],
}
/** What each of them reads; an environment without it has no such entry. */
const SOURCE: Readonly<Record<string, string>> = {
  tendon_length: 'kneeStretch',
  tendon_velocity: 'kneeStretchRate',
}
/** Misspelt in some of the environments. */
const ALIASES: Readonly<Record<string, string>> = { tendon_lenght: 'tendon_length' }

/** A part of the reward under the name `info` has for it; `parts` are weighted terms by name. */
export function partOfReward(
  parts: Readonly<Record<string, Float64Array>>,
  name: string,
): Float64Array | undefined {
  const term = TERMS[name]?.find(term => parts[term] !== undefined)
  return term === undefined ? undefined : parts[term]
}

/** Any other entry, its numbers of all steps in order; undefined when nothing here corresponds to it. */
export function observed(
  env: VectorEnv,
  { signals, steps, N }: Steps,
  entry: string,
): Float64Array | undefined {
  const name = ALIASES[entry] ?? entry
  const formula = OBSERVED[name]
  const { slots, width } = layoutOf(env.spec.signals)
  if (formula === undefined || slots[SOURCE[name] ?? 'torsoPosition'] === undefined) return undefined
  const reader =
    (from: Float64Array, row: number) =>
    (signal: string, i = 0) =>
      from[row * width + slots[signal].offset + i]
  const initially = initialSignals(env)
  // Gymnasium's speeds are differences of qpos, but for the ant's torso and the humanoid's centre of mass.
  const moving = ['torsoFramePosition', 'centreOfMass', 'torsoPosition'].find(signal => slots[signal])!
  const values = Array.from({ length: steps }, (_, i) =>
    formula({
      after: reader(signals, i + N),
      before: reader(signals, i),
      initially: reader(initially, 0),
      moving,
      dt: env.spec.dt,
    }),
  )
  return Float64Array.from(values.flat())
}

/** [S] in the pose of the first keyframe. Row 0 is put there. */
function initialSignals(env: VectorEnv): Float64Array {
  const [start] = env.keyframes
  if (start === undefined) return new Float64Array(env.signals.length / env.size).fill(Number.NaN)
  env.setPose(0, start.qpos, start.qvel)
  return env.signals.slice(0, env.signals.length / env.size)
}
