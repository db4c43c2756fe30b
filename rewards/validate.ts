/** What can be wrong with the definition of a reward program. It may come from JavaScript, so nothing is taken for granted. */
import type { TermKind, TermSpec } from '../src/core/reward.ts'
import { UNITS } from '../src/core/spec.ts'
import { checkKeys, type Given, wrong } from './given.ts'
import { VISION_MEMORY } from './vlm/fill.ts'
import { visionRequest } from './vlm/validate.ts'

/** Names `s` has besides the signals. */
const RESERVED = ['prev', 'action', 'time', 'dt', 'ends']
/** Names under which the engine reports failures that are no term's. */
const TAKEN = ['combine', 'success']
const DEFINITION_KEYS = [
  'name',
  'about',
  'env',
  'envOptions',
  'phrases',
  'reads',
  'terms',
  'rate',
  'combine',
  'success',
  'succeeds',
]
/** Keys of which a term has one, and the kind that makes it. */
const KINDS = {
  value: 'value',
  potential: 'potential',
  label: 'label',
  vision: 'label',
} as const satisfies Record<string, TermKind>
type Key = keyof typeof KINDS
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

/** Throws CarrotError 'bad-reward'. */
export function programName(name: unknown): void {
  if (typeof name === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return
  throw wrong(
    `A reward program is named ${JSON.stringify(name) ?? String(name)}.`,
    "Name it in lower-case words joined by hyphens, e.g. 'hop-forward'.",
  )
}

export const definitionKeys = (program: string, definition: object): void =>
  checkKeys(program, definition, DEFINITION_KEYS)

export function hasReads(program: string, reads: unknown): void {
  if (typeof reads === 'object' && reads !== null) return
  throw wrong(
    `${program} does not say what it reads.`,
    "Add reads: { height: scalar('m') } with the signals it uses.",
  )
}

export function readable(
  program: string,
  name: string,
  field: Readonly<Partial<Record<'view' | 'shape' | 'unit' | 'frame' | 'about', unknown>>>,
): void {
  if (!IDENTIFIER.test(name) || RESERVED.includes(name)) {
    throw wrong(
      `${program} reads '${name}', a name it cannot have.`,
      `Signals are plain identifiers other than ${RESERVED.join(', ')}.`,
    )
  }
  const shape = field?.shape
  if (!Array.isArray(shape) || !shape.every(d => Number.isInteger(d) && d >= 0)) {
    throw wrong(
      `${program} reads '${name}' as something that is not a signal.`,
      "Declare it with scalar('m'), vec3('m/s', 'world'), quat(), vector('rad') or flag().",
    )
  }
  checkKeys(`Signal '${name}' of ${program}`, field, ['view', 'shape', 'unit', 'frame', 'about'])
  if (![field.frame, field.about].every(text => text === undefined || typeof text === 'string')) {
    throw wrong(
      `${program} reads '${name}' in a frame that is not text.`,
      "Frames are 'world', 'body' and the like; most signals need none.",
    )
  }
  if (field.view !== undefined && !isShownAs(field.view, shape)) {
    throw wrong(
      `${program} reads '${name}', of shape [${shape.join(', ')}], as '${String(field.view)}'.`,
      "Declare it with scalar('m'), vec3('m/s', 'world'), quat(), vector('rad') or flag().",
    )
  }
  if (!(UNITS as readonly unknown[]).includes(field?.unit)) {
    throw wrong(
      `${program} reads '${name}' in ${String(field?.unit)}, which is not a unit.`,
      `Units are ${UNITS.join(', ')}.`,
    )
  }
}

/** A view looks at as many numbers as it has names. */
function isShownAs(view: unknown, shape: readonly number[]): boolean {
  const size = shape.reduce((product, d) => product * d, 1)
  const sizes: Readonly<Record<string, number>> = { scalar: 1, vec3: 3, quat: 4, vector: size }
  return typeof view === 'string' && Object.hasOwn(sizes, view) && sizes[view] === size
}

export function hasTerms(program: string, terms: unknown): void {
  if (typeof terms === 'object' && terms !== null && Object.keys(terms).length > 0) return
  throw wrong(
    `${program} has no terms.`,
    'Give it one: terms: { speed: { weight: 1, value: s => s.velocity.x } }.',
  )
}

/** What a definition may leave out. */
export function settings(program: string, given: Given): void {
  const { rate, phrases, about, env = '', envOptions, combine, success, succeeds } = given
  if (rate !== 'per-step' && rate !== 'per-second') {
    throw wrong(`${program} has rate '${String(rate)}'.`, "Use 'per-step' or 'per-second'.")
  }
  if (!Array.isArray(phrases) || ![about, env, ...phrases].every(text => typeof text === 'string')) {
    throw wrong(
      `${program} describes itself with something other than text.`,
      'env is an environment id, about is a sentence, phrases is a list of sentences.',
    )
  }
  if (envOptions !== undefined) optionsOf(program, env, envOptions)
  if (succeeds !== 'last' && succeeds !== 'ever' && !isShare(succeeds)) {
    throw wrong(
      `${program} succeeds '${String(succeeds)}'.`,
      "Use 'last', 'ever', or the share of the steps that success must hold after, e.g. 0.5.",
    )
  }
  for (const [key, formula] of Object.entries({ combine, success })) {
    if (formula !== undefined && typeof formula !== 'function') {
      throw wrong(`${key} of ${program} is not a function.`, `Write it as ${key}: s => …, or leave it out.`)
    }
  }
}

const isShare = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= 1

function optionsOf(program: string, env: unknown, envOptions: unknown): void {
  const isPlain = typeof envOptions === 'object' && envOptions !== null && !Array.isArray(envOptions)
  if (env === '' || !isPlain) {
    throw wrong(
      `${program} sets options of ${env === '' ? 'no environment' : 'its environment wrongly'}.`,
      "Write env: 'hopper', envOptions: { terminateWhenUnhealthy: false }.",
    )
  }
  for (const [name, value] of Object.entries(envOptions)) {
    if (['number', 'boolean', 'string'].includes(typeof value)) continue
    throw wrong(
      `${program} sets the option '${name}' to a ${typeof value}.`,
      'Options are numbers, true or false, or text.',
    )
  }
}

export function termSpec(program: string, name: string, term: Given): TermSpec {
  const here = `Term '${name}' of ${program}`
  if (!IDENTIFIER.test(name) || TAKEN.includes(name)) {
    throw wrong(`${here} cannot have that name.`, `Use a plain identifier other than ${TAKEN.join(' and ')}.`)
  }
  if (typeof term !== 'object' || term === null) {
    throw wrong(`${here} is not a term.`, 'Write it as { weight: 1, value: s => … }.')
  }
  const keys = Object.keys(KINDS) as Key[]
  checkKeys(here, term, ['weight', 'memory', ...keys])
  if (!Number.isFinite(term.weight)) {
    throw wrong(
      `${here} has no finite weight.`,
      'Give it one beside its formula: { weight: 1, value: s => … }.',
    )
  }
  const given = keys.filter(key => term[key] !== undefined)
  if (given.length !== 1) {
    throw wrong(
      `${here} has ${given.length === 0 ? 'no formula' : `both ${given.join(' and ')}`}.`,
      'A term has exactly one of value: s => …, potential: s => …, label({ weight, column }) and vlm({ weight, prompt }).',
    )
  }
  const [key] = given
  const kind = KINDS[key]
  const weight = term.weight as number
  if (key === 'vision') {
    memorySizes(here, kind, term.memory)
    const vision = visionRequest(here, term.vision)
    return Object.freeze({ name, kind, weight, memory: VISION_MEMORY, vision })
  }
  const wanted = kind === 'label' ? 'string' : 'function'
  if (typeof term[key] !== wanted) {
    throw wrong(
      `${here} has a ${key} that is a ${typeof term[key]}, not a ${wanted}.`,
      kind === 'label' ? 'Name the column that holds the labels.' : `Write ${key}: s => ….`,
    )
  }
  return Object.freeze({
    name,
    kind,
    weight,
    memory: memorySizes(here, kind, term.memory),
    ...(kind === 'label' ? { label: term.label as string } : { formula: term[key] as TermSpec['formula'] }),
  })
}

function memorySizes(here: string, kind: TermKind, memory: unknown): TermSpec['memory'] {
  if (kind !== 'value' && memory !== undefined) {
    throw wrong(`${here} has memory, which a ${kind} cannot have.`, 'Only value terms remember.')
  }
  for (const [name, size] of Object.entries(memory ?? {})) {
    if (!Number.isInteger(size) || size < 1) {
      throw wrong(
        `${here} asks for ${String(size)} numbers of memory '${name}'.`,
        'Ask for a whole number, at least 1.',
      )
    }
  }
  return Object.freeze({ ...(memory as TermSpec['memory']) })
}
