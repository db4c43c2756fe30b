/** Signals as they are declared in a program's `reads`. */
import { type FieldSpec, fieldWidth } from './core/spec.ts'

/** "vec3('m/s', 'world')" and the like: the declaration that fits the field. */
export function declaration(field: FieldSpec): string {
  const { shape, unit, frame } = field
  const width = fieldWidth(field)
  const quoted = [unit, frame].filter(part => part !== undefined).map(part => `'${part}'`)
  if (shape.length === 0) return unit === 'bool' ? 'flag()' : `scalar(${quoted.join(', ')})`
  if (width === 4 && unit === '1') return `quat(${quoted.slice(1).join()})`
  // Three numbers are x y z when they are told in a frame; three joint angles are a list.
  if (width === 3 && frame !== undefined) return `vec3(${quoted.join(', ')})`
  return `vector(${[width, ...quoted].join(', ')})`
}
