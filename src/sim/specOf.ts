/** What of an author's definition everybody may see: plain data. */
import { CarrotError, closest } from '../core/errors.ts'
import { type DescriptorSpec, type EnvSpec, type Fields, fieldWidth } from '../core/spec.ts'
import type { Definition } from './definition.ts'
import { fieldsOf } from './fields.ts'

/** Throws CarrotError 'bad-argument' when the success criterion is no flag among the signals, or the descriptor none of them. */
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
  const { descriptor } = definition
  if (descriptor !== undefined) checkDescriptor(id, descriptor, signals)
  const obs = fieldsOf(definition.obs)
  const { episodesPerReset } = definition.resetFree ?? {}
  return {
    ...{ id, version, about, obs, signals, action, dt, maxSteps, defaultReward, success, options },
    ...(descriptor === undefined ? {} : { descriptor }),
    ...(episodesPerReset === undefined ? {} : { episodesPerReset }),
  }
}

function checkDescriptor(id: string, { signal, low, high }: DescriptorSpec, signals: Fields): void {
  const field = signals[signal]
  const width = field === undefined ? 0 : fieldWidth(field)
  if (width > 0 && low.length === width && high.length === width && low.every((x, i) => x < high[i])) return
  throw new CarrotError(
    'bad-argument',
    `The descriptor of ${id} does not fit its signal '${signal}'.`,
    field === undefined
      ? `Name one of ${Object.keys(signals).join(', ')}.`
      : `Give ${width} numbers as low and ${width} greater ones as high.`,
  )
}
