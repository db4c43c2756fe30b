/** Is an environment sound? What Gymnasium's `check_env` asks, of any environment, by playing it. */
import type { EnvDefinition, VectorEnv } from './core/env.ts'
import { Rng, STREAM } from './core/rng.ts'
import { type EnvSpec, type Fields, fieldWidth, layoutOf, UNITS } from './core/spec.ts'
import { STATE_HEAD } from './sim/rows.ts'

export interface EnvCheck {
  readonly name: string
  /** What was asked, as a sentence that holds. */
  readonly about: string
  /** What does not hold, a sentence each; empty when it is all right. */
  readonly faults: readonly string[]
  /** Advice is about comfort: an environment can be trained on without. */
  readonly kind: 'must' | 'advice'
}

export interface EnvReport {
  readonly env: string
  readonly steps: number
  readonly checks: readonly EnvCheck[]
  readonly ok: boolean
}

const ROWS = 2
const STEPS = 200

type Ask = (definition: EnvDefinition) => Promise<string[]>
const CHECKS: readonly (Pick<EnvCheck, 'name' | 'about' | 'kind'> & { readonly ask: Ask })[] = [
  { name: 'spec', about: 'It says what it gives, in units.', kind: 'must', ask: checkSpec },
  {
    name: 'determinism',
    about: 'The same seed gives the same, another something else.',
    kind: 'must',
    ask: checkSeeds,
  },
  { name: 'finite', about: 'Random play gives finite numbers.', kind: 'must', ask: checkFinite },
  { name: 'limits', about: 'Actions are clipped to their range.', kind: 'must', ask: checkLimits },
  {
    name: 'episodes',
    about: 'The clock truncates; the next call restarts.',
    kind: 'must',
    ask: checkEpisodes,
  },
  { name: 'states', about: 'A saved state goes on to the bit.', kind: 'must', ask: checkStates },
  { name: 'constants', about: 'Nothing it shows is always the same.', kind: 'advice', ask: checkConstants },
  {
    name: 'views',
    about: 'It has cameras, poses with names, and a criterion of success.',
    kind: 'advice',
    ask: checkViews,
  },
]

/** Plays the environment and says what is not as it should be. Throws CarrotError when it cannot even be made. */
export async function checkEnv(definition: EnvDefinition): Promise<EnvReport> {
  const checks: EnvCheck[] = []
  for (const { ask, ...check } of CHECKS) checks.push({ ...check, faults: await ask(definition) })
  const ok = checks.every(({ kind, faults }) => kind === 'advice' || faults.length === 0)
  return { env: definition.spec.id, steps: ROWS * STEPS, checks, ok }
}

/** Uniform actions, the same for the same step. */
function randomActions(env: VectorEnv, t: number): Float64Array {
  const { low, high } = env.spec.action
  const rng = new Rng(11, STREAM.action).seek(t * env.applied.length)
  return Float64Array.from(env.applied, (_, i) => rng.range(low[i % low.length], high[i % low.length]))
}

function play(env: VectorEnv, from: number, to: number, look: (t: number) => void = () => undefined): void {
  for (let t = from; t < to; t++) {
    env.step(randomActions(env, t))
    look(t)
  }
}

async function checkSpec({ spec, make }: EnvDefinition): Promise<string[]> {
  using env = await make(1)
  const { names, low, high } = spec.action
  const widthOf = (fields: Fields) => layoutOf(fields).width
  const faults = [
    ...fieldFaults('observation', spec.obs),
    ...fieldFaults('signal', spec.signals),
    ...names.flatMap((name, a) =>
      low[a] < high[a] ? [] : [`The action '${name}' has no range: ${low[a]} to ${high[a]}.`],
    ),
  ]
  if (!names.every((_, a) => Number.isFinite(low[a]) && Number.isFinite(high[a])))
    faults.push('An action has no finite range.')
  if (new Set(names).size !== names.length) faults.push('Two actions have the same name.')
  if (!(spec.dt > 0 && spec.maxSteps > 0))
    faults.push('Its clock does not run: dt and maxSteps must be above 0.')
  if (env.obs.length !== widthOf(spec.obs)) faults.push('Observations are not as long as their fields say.')
  if (env.signals.length !== widthOf(spec.signals))
    faults.push('Signals are not as long as their fields say.')
  return faults
}

const fieldFaults = (kind: string, fields: Fields): string[] =>
  Object.entries(fields).flatMap(([name, field]) => {
    if (!UNITS.includes(field.unit)) return [`The ${kind} '${name}' is in ${field.unit}, which is no unit.`]
    return fieldWidth(field) > 0 ? [] : [`The ${kind} '${name}' has no numbers.`]
  })

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  Array.from(a).every((value, i) => Object.is(value, b[i]))

async function checkSeeds({ make }: EnvDefinition): Promise<string[]> {
  using one = await make(ROWS)
  using two = await make(ROWS)
  one.reset(5)
  play(one, 0, 20)
  for (const env of [one, two]) env.reset(7)
  const start = [...one.obs, ...one.signals]
  const faults = same(start, [...two.obs, ...two.signals])
    ? []
    : ['Two copies reset with the same seed start differently.']
  let differs = false
  for (let t = 0; t < STEPS; t++) {
    for (const env of [one, two]) env.step(randomActions(env, t))
    differs ||= !same(one.obs, two.obs) || !same(one.signals, two.signals)
  }
  if (differs)
    faults.push('Two copies under the same seed and actions drift apart: something is drawn outside of rng.')
  two.reset(8)
  // A policy may not see the difference.
  if (same(start, [...two.obs, ...two.signals]))
    faults.push('Another seed starts the very same: start() draws nothing from its rng.')
  return faults
}

async function checkFinite({ spec, make }: EnvDefinition): Promise<string[]> {
  using env = await make(ROWS)
  const strange = new Set<string>()
  play(env, 0, STEPS, () => {
    for (const [kind, fields, column] of columnsOf(spec, env)) {
      const { width, slots } = layoutOf(fields)
      column.forEach((value, i) => {
        if (!Number.isFinite(value)) strange.add(`The ${kind} '${nameAt(slots, i % width)}' became ${value}.`)
      })
    }
  })
  const diverged = env.diverged.reduce((sum, count) => sum + count, 0)
  if (diverged > 0) strange.add(`The physics diverged ${diverged} times within ${ROWS * STEPS} random steps.`)
  return [...strange]
}

const columnsOf = (spec: EnvSpec, env: VectorEnv) =>
  [
    ['observation', spec.obs, env.obs],
    ['signal', spec.signals, env.signals],
  ] as const

const nameAt = (slots: ReturnType<typeof layoutOf>['slots'], i: number): string =>
  Object.keys(slots).find(name => i >= slots[name].offset && i < slots[name].offset + slots[name].width) ??
  '?'

async function checkLimits({ spec, make }: EnvDefinition): Promise<string[]> {
  const { high, low } = spec.action
  // Noise and delays change what is done, and not what may be done.
  using wild = await make(1)
  using tame = await make(1)
  for (const env of [wild, tame]) env.reset(3)
  wild.step(Float64Array.from(high, x => x + 10 * (1 + Math.abs(x))))
  tame.step(Float64Array.from(high))
  const inside = Array.from(wild.applied).every((x, a) => x >= low[a] && x <= high[a])
  if (!inside) return ['An action beyond its range was executed as it is.']
  return same(wild.obs, tame.obs)
    ? []
    : ['An action beyond its range does not do the same as one at its end.']
}

async function checkEpisodes({ spec, make }: EnvDefinition): Promise<string[]> {
  using env = await make(1)
  env.reset(2)
  const state = new Float64Array(env.stateSize)
  env.getState(0, state)
  state[STATE_HEAD.indexOf('stepInEpisode')] = spec.maxSteps - 1
  env.setState(0, state)
  const faults: string[] = []
  const idle = new Float64Array(env.applied.length)
  env.step(idle)
  if (env.truncated[0] !== 1) faults.push(`It is not truncated after ${spec.maxSteps} steps.`)
  const last = env.obs.slice()
  env.step(idle)
  if (env.restarted[0] !== 1 || env.stepInEpisode[0] !== 0 || env.episode[0] !== 1)
    faults.push('The call after the end of an episode does not start the next one.')
  if (same(last, env.obs)) faults.push('A restart leaves what the policy sees as it was.')
  return faults
}

async function checkStates({ make }: EnvDefinition): Promise<string[]> {
  using env = await make(1)
  using other = await make(1)
  for (const each of [env, other]) each.reset(4)
  play(env, 0, 10)
  const state = new Float64Array(env.stateSize)
  env.getState(0, state)
  other.setState(0, state)
  let equal = true
  for (let t = 10; t < 40; t++) {
    for (const each of [env, other]) each.step(randomActions(each, t))
    equal &&= same(env.obs, other.obs) && same(env.signals, other.signals)
  }
  return equal
    ? []
    : ['What goes on from a saved state differs: something it depends on is not in the simulation.']
}

async function checkConstants({ spec, make }: EnvDefinition): Promise<string[]> {
  const starts = 8
  using env = await make(starts)
  env.reset(9)
  const first = [env.obs.slice(), env.signals.slice()]
  const moved = [new Uint8Array(layoutOf(spec.obs).width), new Uint8Array(layoutOf(spec.signals).width)]
  const look = () => {
    columnsOf(spec, env).forEach(([, , column], c) => {
      const width = moved[c].length
      // Against the first row's start: goals differ between episodes, and not within one.
      column.forEach((value, i) => {
        if (value !== first[c][i % width]) moved[c][i % width] = 1
      })
    })
  }
  look()
  play(env, 0, STEPS / 2, look)
  return columnsOf(spec, env).flatMap(([kind, fields], c) =>
    Object.entries(layoutOf(fields).slots).flatMap(([name, { offset, width }]) =>
      // Flags may well stay as they are.
      fields[name].unit === 'bool' || moved[c].subarray(offset, offset + width).includes(1)
        ? []
        : [`The ${kind} '${name}' never changes.`],
    ),
  )
}

async function checkViews({ spec, make }: EnvDefinition): Promise<string[]> {
  using env = await make(1)
  const faults: string[] = []
  if (env.scene.cameras.length < 2) faults.push('It has fewer than two cameras.')
  if (env.keyframes.length === 0) faults.push('It has no keyframe: no pose with a name.')
  if (spec.success === null) faults.push('It has no success criterion, so runs on it are not judged by it.')
  if (spec.defaultReward === null) faults.push('It has no reward program of its own: give one with --reward.')
  const silent = [...Object.entries(spec.obs), ...Object.entries(spec.signals)].filter(
    ([, { about }]) => !about,
  )
  for (const [name] of silent) faults.push(`'${name}' does not say what it is (about).`)
  return faults
}
