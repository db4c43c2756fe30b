/** What can be wrong with the definition of a reward program. It may come from JavaScript, so nothing is taken for granted. */
import { CarrotError, closest } from '../src/core/errors.ts'
import type { TermKind, TermSpec } from '../src/core/reward.ts'
import { UNITS } from '../src/core/spec.ts'

/** An object as it was written. */
export type Given = Readonly<Record<string, unknown>>

/** Names `s` has besides the signals. */
const RESERVED = ['prev', 'action', 'time', 'dt', 'ends']
/** Names under which the engine reports failures that are no term's. */
const TAKEN = ['combine', 'success']
const DEFINITION_KEYS = [
  'name',
  'about',
  'env',
  'phrases',
  'reads',
  'terms',
  'rate',
  'combine',
  'success',
  'succeeds',
]
const KINDS = ['value', 'potential', 'label'] as const satisfies readonly TermKind[]
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

export const wrong = (message: string, hint: string) => new CarrotError('bad-reward', message, hint)

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

/** A misspelt key would otherwise be left out in silence. */
function checkKeys(owner: string, given: object, known: readonly string[]): void {
  const stray = Object.keys(given).find(key => !known.includes(key))
  if (stray === undefined) return
  const near = closest(stray, known)
  throw wrong(
    `${owner} has '${stray}', which means nothing here.`,
    near === undefined ? `What it can have: ${known.join(', ')}.` : `Did you mean '${near}'?`,
  )
}

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
  field: { readonly shape?: unknown; readonly unit?: unknown },
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
  if (!(UNITS as readonly unknown[]).includes(field?.unit)) {
    throw wrong(
      `${program} reads '${name}' in ${String(field?.unit)}, which is not a unit.`,
      `Units are ${UNITS.join(', ')}.`,
    )
  }
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
  const { rate, phrases, about, env = '', combine, success, succeeds } = given
  if (rate !== 'per-step' && rate !== 'per-second') {
    throw wrong(`${program} has rate '${String(rate)}'.`, "Use 'per-step' or 'per-second'.")
  }
  if (!Array.isArray(phrases) || ![about, env, ...phrases].every(text => typeof text === 'string')) {
    throw wrong(
      `${program} describes itself with something other than text.`,
      'env is an environment id, about is a sentence, phrases is a list of sentences.',
    )
  }
  if (succeeds !== 'last' && succeeds !== 'ever' && !(Number(succeeds) > 0 && Number(succeeds) <= 1)) {
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

export function termSpec(program: string, name: string, term: Given): TermSpec {
  const here = `Term '${name}' of ${program}`
  if (!IDENTIFIER.test(name) || TAKEN.includes(name)) {
    throw wrong(`${here} cannot have that name.`, `Use a plain identifier other than ${TAKEN.join(' and ')}.`)
  }
  if (typeof term !== 'object' || term === null) {
    throw wrong(`${here} is not a term.`, 'Write it as { weight: 1, value: s => … }.')
  }
  checkKeys(here, term, ['weight', 'memory', ...KINDS])
  if (!Number.isFinite(term.weight)) {
    throw wrong(
      `${here} has no finite weight.`,
      'Give it one beside its formula: { weight: 1, value: s => … }.',
    )
  }
  const kinds = KINDS.filter(kind => term[kind] !== undefined)
  if (kinds.length !== 1) {
    throw wrong(
      `${here} has ${kinds.length === 0 ? 'no formula' : `both ${kinds.join(' and ')}`}.`,
      'A term has exactly one of value: s => …, potential: s => … or label({ weight, column }).',
    )
  }
  const [kind] = kinds
  const wanted = kind === 'label' ? 'string' : 'function'
  if (typeof term[kind] !== wanted) {
    throw wrong(
      `${here} has a ${kind} that is a ${typeof term[kind]}, not a ${wanted}.`,
      kind === 'label' ? 'Name the column that holds the labels.' : `Write ${kind}: s => ….`,
    )
  }
  return Object.freeze({
    name,
    kind,
    weight: term.weight as number,
    memory: memorySizes(here, kind, term.memory),
    ...(kind === 'label' ? { label: term.label as string } : { formula: term[kind] as TermSpec['formula'] }),
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
