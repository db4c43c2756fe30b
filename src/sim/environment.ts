/** From an author's definition, and what a user changes about it, to an environment. */
import type { EnvDefinition, PhysicsFacts, VectorEnv } from '../core/env.ts'
import { CarrotError } from '../core/errors.ts'
import { type EnvSpec, type Options, type OptionValues, optionValues } from '../core/spec.ts'
import type { Wrapping } from '../core/wrapping.ts'
import { wrapSpec } from '../core/wrapSpec.ts'
import type { Definition } from './definition.ts'
import { specOf } from './specOf.ts'

export interface Author<D> {
  readonly options: Options
  readonly build: (values: OptionValues) => D
  readonly make: (definition: D, spec: EnvSpec, size: number) => Promise<VectorEnv>
  readonly physics?: (definition: D) => PhysicsFacts
}

export function environment<D extends Definition<never>>(
  author: Author<D>,
  given: EnvSpec['options'] = {},
  wrapping?: Wrapping,
): EnvDefinition {
  const { options, build, make, physics } = author
  // The id for messages is known before the values are checked.
  const { id } = build(optionValues('', options, {}))
  const values = optionValues(id, options, given)
  const definition = build(values)
  const plain = specOf(definition, values)
  const spec = wrapping === undefined ? plain : wrapSpec(plain, wrapping)
  return {
    spec,
    options,
    expert: definition.expert,
    physics: physics?.(definition),
    configure: values => environment(author, values, wrapping),
    wrap: around => environment(author, given, around),
    async make(size) {
      if (!Number.isInteger(size) || size < 1) {
        throw new CarrotError('bad-argument', `${size} copies of ${id} were asked for.`, 'Ask for 1 or more.')
      }
      return make(definition, spec, size)
    },
  }
}
