/**
 * The process that meets an untrusted program first. All of it happens here, reading the file included, so that whatever
 * it does, it does to this process; the parent ends it.
 */
import { boldOptions } from '../../boldOptions.ts'
import { CarrotError } from '../../core/errors.ts'
import type { LoadedProgram } from '../../core/reward.ts'
import type { EnvSpec } from '../../core/spec.ts'
import { misfits } from '../../misfits.ts'
import { hashOf, LIBRARY, link, readGraph, textGraph } from '../../programSource.ts'
import { tryOn } from '../../tryProgram.ts'
import { outlineOf } from '../confinedScorer.ts'
import { marked } from '../mark.ts'
import { type Confined, confine } from '../realm.ts'
import { Refusal, type Refused } from '../refusal.ts'
import type { VetAnswer, VetRequest } from './vetMessages.ts'

interface Opened {
  readonly loaded: LoadedProgram
  readonly confined: Confined
  readonly spec: EnvSpec
}

/** Of all that is wrong so much is told. */
const TOLD = 20

const OUTSIDE: Refused = {
  kind: 'import',
  message: 'It imports a file outside of its own folder.',
  hint: "An untrusted program may import 'carrot-rl' and files beside it or in folders below: move them there, or read them all and leave out --untrusted.",
}

let opened: Opened | undefined

process.on('message', (request: VetRequest) => {
  process.send?.(answer(request))
})
process.on('disconnect', () => process.exit())

function answer(request: VetRequest): VetAnswer {
  try {
    return request.type === 'load' ? load(request) : attempt(request)
  } catch (error) {
    if (error instanceof CarrotError)
      return { type: 'refused', errors: [error, ...error.also].slice(0, TOLD).map(portable) }
    const { message, code } = error as NodeJS.ErrnoException
    if (code === 'ERR_ACCESS_DENIED') return { type: 'refused', errors: [OUTSIDE] }
    // Parsers give up on texts that nest too deep.
    return {
      type: 'refused',
      errors: [{ kind: 'syntax', message: `It cannot be read: ${message}.`, hint: 'Simplify it.' }],
    }
  }
}

function load({ name, source, spec }: VetRequest & { type: 'load' }): VetAnswer {
  const graph = source === undefined ? readGraph(name) : textGraph(name, source)
  const [{ source: text }] = graph.values()
  const module = marked(link(graph, LIBRARY, false))
  const confined = placed(name, () => confine(module))
  const { program } = confined
  const loaded: LoadedProgram = {
    program: confined.guarded,
    hash: hashOf(graph),
    source: text,
    module,
    file: name,
  }
  const errors = [...misfits(loaded, spec), ...boldOptions(loaded, spec)]
  if (errors.length > 0)
    return {
      type: 'refused',
      errors: errors.slice(0, TOLD).map(error => ({ ...portable(error), kind: 'signals' })),
    }
  opened = { loaded, confined, spec }
  const { hash } = loaded
  return { type: 'loaded', program: { outline: outlineOf(program), hash, source: text, module } }
}

function attempt({ columns }: VetRequest & { type: 'try' }): VetAnswer {
  if (opened === undefined) throw new Error('no program was loaded')
  const { loaded, confined, spec } = opened
  confined.begin()
  const { errors, ...figures } = tryOn(loaded, spec, columns, confined.faultOf)
  return { type: 'tried', figures, errors: errors.slice(0, TOLD).map(error => error.portable) }
}

/** Runs it with the file's name in what it says. */
function placed<T>(file: string, work: () => T): T {
  const named = (error: CarrotError): Refusal => {
    const { kind, message, hint, at } = { ...portable(error), at: error.at }
    return new Refusal(kind, message, hint, { file, ...at }, error.also.map(named))
  }
  try {
    return work()
  } catch (error) {
    throw error instanceof CarrotError ? named(error) : error
  }
}

const portable = (error: CarrotError): Refused =>
  error instanceof Refusal
    ? error.portable
    : { kind: kindOf(error), message: error.message, hint: error.hint, ...(error.at && { at: error.at }) }

/** Of what the loader says. */
function kindOf({ message }: CarrotError): Refused['kind'] {
  if (/valid TypeScript|nests too deep/.test(message)) return 'syntax'
  if (/import/.test(message)) return 'import'
  if (/variable outside/.test(message)) return 'state'
  return 'definition'
}
