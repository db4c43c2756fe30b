/** What of an author's definition everybody may see: plain data. */
import { CarrotError, closest } from '../core/errors.ts'
import type { EnvSpec } from '../core/spec.ts'
import type { Definition } from './definition.ts'
import { fieldsOf } from './fields.ts'

/** Throws CarrotError 'bad-argument' when the success criterion is no flag among the signals. */
export function specOf(definition: Definition<never>, options: EnvSpec['options']): EnvSpec {
  const { id, version, about, action, dt, maxSteps, defaultReward, success } = definition
  const signals = fieldsOf(definition.signals)
  if (success !== null && signals[success.signal]?.unit !== 'bool') {
    const flags = Object.keys(signals).filter(name => signals[name].unit === 'bool')
    const near = closest(success.signal, flags)
    throw new CarrotError(
      'bad-argument',
      `The success criterion of ${id} is '${success.signal}', which is no flag among its signals.`,
      near === undefined ? `Flags are: ${flags.join(', ') || 'none'}.` : `Did you mean '${near}'?`,
    )
  }
  const obs = fieldsOf(definition.obs)
  const { episodesPerReset } = definition.resetFree ?? {}
  return {
    ...{ id, version, about, obs, signals, action, dt, maxSteps, defaultReward, success, options },
    ...(episodesPerReset === undefined ? {} : { episodesPerReset }),
  }
}
