/**
 * The compact view of an environment that a reward program is written against: a declaration file that narrows 'carrot-rl'
 * to what this environment gives. A language model reads it and the type checker enforces it, so both know the same.
 * How programs are written, which is the same for all environments, stands in `proof/language.ts`.
 */
import type { EnvDefinition } from './core/env.ts'
import { type EnvSpec, type FieldSpec, layoutOf } from './core/spec.ts'
import { describeOver } from './core/success.ts'
import { declaration } from './fieldText.ts'

/** A TypeScript declaration file; `start` [S] are the signals of a typical start. Equal arguments give equal text. */
export function abstractionOf(spec: EnvSpec, start?: ArrayLike<number>): string {
  return [
    ...heading(spec).map(line => `// ${inLine(line)}`),
    "declare module 'carrot-rl' {",
    '  // What a program may read. It declares what it uses as it stands here, with ( ) for < >:',
    `  // reads: { ${example(spec)} }`,
    '  interface Signals {',
    ...signalLines(spec, start).map(line => `    ${line}`),
    '  }',
    ...actionLines(spec).map(line => `  ${line}`),
    '}',
    '',
  ].join('\n')
}

/** The abstraction with the values of a start, which takes a copy of the environment. */
export async function describeEnv(definition: EnvDefinition): Promise<string> {
  using env = await definition.make(1)
  env.reset(0)
  return abstractionOf(definition.spec, env.signals)
}

function heading(spec: EnvSpec): string[] {
  const { id, about, dt, maxSteps, success, options } = spec
  const settings = Object.entries(options).map(([name, value]) => `${name} ${value}`)
  return [
    `${id}: ${about}`,
    `SI units, radians, z up. A step takes ${digits(dt)} s; the clock ends an episode after ${maxSteps} steps (${digits(dt * maxSteps)} s).`,
    success === null
      ? 'The environment judges no success of its own.'
      : `An episode succeeds when ${success.signal} is 1 ${describeOver(success.over)}.`,
    ...(settings.length === 0 ? [] : [`Settings: ${settings.join(', ')}.`]),
  ]
}

/** The first two signals, as a program declares them. */
const example = ({ signals }: EnvSpec): string =>
  Object.entries(signals)
    .slice(0, 2)
    .map(([name, field]) => `${property(name)}: ${declaration(field)}`)
    .join(', ')

function signalLines({ signals }: EnvSpec, start: ArrayLike<number> | undefined): string[] {
  const { slots } = layoutOf(signals)
  return Object.entries(signals).map(([name, field]) => {
    const { offset, width } = slots[name]
    const first = start === undefined ? [] : Array.from({ length: width }, (_, i) => round(start[offset + i]))
    const tells = width <= MOST_SHOWN && field.unit !== 'bool' && first.some(value => value !== 0)
    const comment = inLine(`${field.about ?? ''}${tells ? ` Starts at ${first.join(', ')}.` : ''}`)
    return `${property(name)}: ${signalType(field)}${comment === '' ? '' : ` // ${comment}`}`
  })
}

/** Numbers of a start that are worth their place. */
const MOST_SHOWN = 4
/** A start differs a little from episode to episode. */
const round = (value: number): number => (Math.abs(value) < 0.01 ? 0 : Number(value.toPrecision(3)))

/** "vec3<'m', 'world'>": the declaration, as a type. */
const signalType = (field: FieldSpec): string =>
  declaration(field).replace('()', '').replace('(', '<').replace(')', '>')

/** A tuple, so that the checker knows how many there are and the reader what they are called. */
function actionLines({ action: { names, low, high, unit } }: EnvSpec): string[] {
  const range = (a: number) => `${digits(low[a])} to ${digits(high[a])}`
  const isEven = names.every((_, a) => range(a) === range(0))
  const label = (name: string, a: number) => {
    const word = isWord(name) ? name : `a${a}`
    const notes = [word === name ? '' : name, isEven ? '' : range(a)].filter(note => note !== '').join(', ')
    return `${word}: number${notes === '' ? '' : ` /* ${inLine(notes.replaceAll('*/', ''))} */`}`
  }
  const of = unit === '1' ? 'a fraction of what the actuator can do' : unit
  return [
    `// What the policy did: s.action, each ${isEven ? `from ${range(0)}, ` : 'in '}${of}.`,
    `type Action = readonly [${names.map(label).join(', ')}]`,
  ]
}

const isWord = (name: string): boolean => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)
const property = (name: string): string => (isWord(name) ? name : JSON.stringify(name))
/** A comment after // ends with the line. */
const inLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
const digits = (value: number): string => String(Number(value.toPrecision(4)))
