/** The text of a first reward program for an environment: a few terms that work, and all that it could read. */
import type { EnvSpec, FieldSpec } from './core/spec.ts'
import { describeOver } from './core/success.ts'
import { declaration } from './fieldText.ts'

/** A number that a formula can read: the signal it is in, and how to get at it. */
interface Quantity {
  readonly signal: string
  readonly expression: string
}

/** A program that passes `carrot check` as it is. */
export function starter(name: string, spec: EnvSpec): string {
  const { signals } = spec
  // What the robot itself does: random play seldom moves an object.
  const speed =
    find(signals, ({ unit }, name) => unit === 'm/s' && !name.startsWith('object')) ??
    find(signals, ({ unit }) => unit === 'rad/s') ??
    find(signals, ({ unit }) => unit !== 'bool')
  // What it takes to go on; other flags say that something is done, which random play seldom sees.
  const state = find(signals, ({ unit }, name) => unit === 'bool' && /^(healthy|upright)$/.test(name))
  const quantities = [speed, state].filter(quantity => quantity !== undefined)
  const reads = quantities.map(({ signal }) => `    ${signal}: ${declaration(signals[signal])},`)
  const makers = quantities.map(({ signal }) => declaration(signals[signal]).split('(')[0])
  const imports = [...new Set(['defineReward', 'sumSquares', ...makers])].sort()
  const success =
    state === undefined || speed === undefined
      ? undefined
      : `${state.expression} === 1 && ${speed.expression} > FAST`
  return [
    '/**',
    ` * A reward program for ${spec.id}: ${decapitalised(spec.about)}`,
    ` * See what its terms amount to: carrot check ${name}.ts`,
    ` * Train on it, also while you edit it: carrot train --reward ${name}.ts`,
    ' */',
    `import { ${imports.join(', ')} } from 'carrot-rl'`,
    '',
    ...(success === undefined
      ? []
      : [`/** ${signals[speed?.signal ?? ''].unit}; more than this is success. */`, 'const FAST = 0.5', '']),
    'export default defineReward({',
    `  name: '${name}',`,
    `  env: '${spec.id}',`,
    '  // One sentence: lists and the page show it.',
    `  about: '${about(speed, state)}',`,
    `  // What the formulas use of all that ${spec.id} gives. To read more, copy a line:`,
    ...Object.entries(signals).map(([signal, field]) => `  //   ${describe(signal, field)}`),
    '  reads: {',
    ...reads,
    '  },',
    '  // A number a step, from the state after the action. The weight says how much it counts, and whether it is good',
    '  // or bad. Besides the signals there are s.prev (those before the action), s.action, s.time (s), s.dt (s)',
    '  // and s.ends (1 in the last step of the episode).',
    '  terms: {',
    ...(speed === undefined ? [] : [`    speed: { weight: 1, value: s => ${speed.expression} },`]),
    ...(state === undefined ? [] : [`    ${state.signal}: { weight: 1, value: s => ${state.expression} },`]),
    '    effort: { weight: -1e-3, value: s => sumSquares(s.action) },',
    '    // A potential guides learning and leaves the best behaviour what it is:',
    '    //   near: { weight: 1, potential: s => -distanceToTheGoal },',
    '    // A term with memory keeps numbers of its own for each environment, zero when an episode starts:',
    '    //   patience: { weight: 1, memory: { steps: 1 }, value: (s, memory) => ++memory.steps[0] },',
    '  },',
    '  // Judged after every step and reported, never optimised: it shows when a reward pays for something else.',
    ...(success === undefined ? ownCriterion(spec) : [`  success: s => ${success},`]),
    '})',
    '',
  ].join('\n')
}

const decapitalised = (text: string): string => text[0].toLowerCase() + text.slice(1)

/** The first signal like that; of several numbers, the first. */
function find(
  signals: EnvSpec['signals'],
  wanted: (field: FieldSpec, name: string) => boolean,
): Quantity | undefined {
  const found = Object.entries(signals).find(([name, field]) => wanted(field, name))
  if (found === undefined) return undefined
  const [signal, field] = found
  const form = declaration(field).split('(')[0]
  const part = form === 'vec3' || form === 'quat' ? '.x' : form === 'vector' ? '[0]' : ''
  return { signal, expression: `s.${signal}${part}` }
}

/** Why the program needs no criterion of its own. */
const ownCriterion = ({ success }: EnvSpec): string[] =>
  success === null
    ? ['  //   success: s => …,']
    : [
        `  // Without one the environment's own judges: ${success.signal} ${describeOver(success.over)}.`,
        '  //   success: s => …,',
      ]

const about = (speed?: Quantity, state?: Quantity): string =>
  `Move forward${state === undefined ? '' : ` and stay ${state.signal}`}${speed === undefined ? ' with little effort' : ''}.`

function describe(signal: string, field: FieldSpec): string {
  const declared = `${signal}: ${declaration(field)},`
  return field.about === undefined ? declared : `${declared} // ${field.about}`
}
