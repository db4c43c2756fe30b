/** What a wrapping makes of an environment's spec. */
import { CarrotError, closest } from './errors.ts'
import { type EnvSpec, type Fields, fieldWidth } from './spec.ts'
import { FACTORS, rangeOf, type Wrapping } from './wrapping.ts'

/** The spec of a wrapped environment. Throws CarrotError 'bad-argument'. */
export function wrapSpec(spec: EnvSpec, wrapping: Wrapping): EnvSpec {
  checkWrapping(spec, wrapping)
  const { actionRepeat = 1, frameStack = 1, maxSteps = Math.ceil(spec.maxSteps / actionRepeat) } = wrapping
  return { ...spec, obs: stacked(spec.obs, frameStack), dt: spec.dt * actionRepeat, maxSteps, wrapping }
}

/** The newest observation, then the ones before it, whose names say how long ago they were. */
function stacked(obs: Fields, frames: number): Fields {
  const past = Array.from({ length: frames - 1 }, (_, i) => i + 1)
  const before = past.flatMap(ago =>
    Object.entries(obs).map(([name, field]) => [
      `${name}Ago${ago}`,
      { ...field, about: `${field.about ?? ''} ${ago} steps ago.`.trim() },
    ]),
  )
  return { ...obs, ...Object.fromEntries(before) }
}

/** Standard deviation of the noise on each number of an observation, [O]; undefined without any. */
export function obsNoiseOf(obs: Fields, noise: Wrapping['obsNoise']): Float64Array | undefined {
  if (noise === undefined || noise === 0) return undefined
  const deviations = Object.entries(obs).flatMap(([name, field]) =>
    Array(fieldWidth(field)).fill(typeof noise === 'number' ? noise : (noise[name] ?? 0)),
  )
  return Float64Array.from(deviations)
}

function checkWrapping(spec: EnvSpec, wrapping: Wrapping): void {
  const wrong = (what: string, hint: string) =>
    new CarrotError('bad-argument', `${what} around ${spec.id}.`, hint)
  const { obsNoise = 0, actionNoise = 0, delay = 0 } = wrapping
  for (const [name, least] of [
    ['maxSteps', 1],
    ['actionRepeat', 1],
    ['frameStack', 1],
  ] as const) {
    const count = wrapping[name] ?? least
    if (!Number.isInteger(count) || count < least) {
      throw wrong(`${name} is ${count}`, `Give a whole number, at least ${least}.`)
    }
  }
  const [low, high] = rangeOf(delay)
  if (!(Number.isInteger(low) && Number.isInteger(high) && 0 <= low && low <= high)) {
    throw wrong(`The delay is ${low} to ${high}`, 'Give whole control steps, e.g. 1, or 0,2 for a range.')
  }
  for (const name of typeof obsNoise === 'number' ? [] : Object.keys(obsNoise)) {
    if (name in spec.obs) continue
    const near = closest(name, Object.keys(spec.obs))
    const hint =
      near === undefined ? `It sees ${Object.keys(spec.obs).join(', ')}.` : `Did you mean '${near}'?`
    throw wrong(`There is noise on '${name}', which is no observation,`, hint)
  }
  const deviations = [actionNoise, ...(typeof obsNoise === 'number' ? [obsNoise] : Object.values(obsNoise))]
  if (!deviations.every(deviation => deviation >= 0 && Number.isFinite(deviation))) {
    throw wrong('There is negative noise', 'Give standard deviations.')
  }
  for (const factor of FACTORS) {
    const [low, high] = rangeOf(wrapping[factor] ?? 1)
    if (low > 0 && low <= high && Number.isFinite(high)) continue
    throw wrong(`The factor on ${factor} is drawn from ${low} to ${high}`, 'Give a range such as 0.8,1.2.')
  }
}
