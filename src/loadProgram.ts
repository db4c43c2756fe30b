/** Reward programs by id or from a file in any folder: load, reload when the file changes, and hand to the page. */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import * as library from '../rewards/index.ts'
import { CarrotError, closest, type SourcePosition } from './core/errors.ts'
import type { LoadedProgram, RewardProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { misfits } from './misfits.ts'
import {
  builtInFile,
  dataUrl,
  filesOf,
  hashOf,
  LIBRARY,
  link,
  positionInStack,
  readGraph,
  type SourceGraph,
  textGraph,
} from './programSource.ts'
import { isMarked } from './sandbox/mark.ts'
import { positionOfKey, positionOfWord } from './sourceText.ts'

export { misfits }

/**
 * A built-in program by id, or a program file by path. With `spec`, also checks that the environment gives what it reads.
 * Throws CarrotError: 'unknown-name' for an id, 'bad-reward' for a file that gives no program, 'bad-signal' for one that
 * does not fit; with file, line and column where they are known.
 */
export async function loadProgram(idOrPath: string, spec?: EnvSpec): Promise<LoadedProgram> {
  const loaded = isPath(idOrPath)
    ? await loadGraph(trustedGraph(resolve(idOrPath)))
    : loadBuiltIn([...library.programs, ...library.experts], idOrPath)
  if (spec !== undefined) for (const error of misfits(loaded, spec)) throw error
  return loaded
}

/** A program that is on no disk, run here: for texts whose author is trusted. Throws as a file's does. */
export const loadText = (name: string, source: string): Promise<LoadedProgram> =>
  loadGraph(textGraph(name, source))

/**
 * A JavaScript module for the page: imports 'carrot-rl' alone, its default export is the program.
 * The page can steer training, so it gets nothing that nobody vouches for.
 */
export const programModule = ({ module }: Pick<LoadedProgram, 'module'>): string =>
  isMarked(module) ? "throw new Error('nobody vouches for it, so it is not run in the page')" : module

export interface WatchOptions {
  /** Checked against what a new version reads. */
  readonly spec?: EnvSpec
  /** Hash of the version in use; absent: the one the file holds when watching begins. */
  readonly known?: string
}

/** How often files are looked at, ms. */
const POLL = 100

/**
 * Calls `onLoaded` whenever the program's files hold another working version, and `onError` when they hold a broken one
 * (the old version stays in use). Looks at the files themselves instead of waiting for the system's notices, which do
 * not survive the rename by which many editors save.
 */
export function watchProgram(
  file: string,
  onLoaded: (loaded: LoadedProgram) => void,
  onError: (error: Error) => void,
  options: WatchOptions = {},
): Disposable {
  const entry = resolve(file)
  /** By path, how the file looked last. One that has just become a part is looked at anew. */
  const looks = new Map<string, string | undefined>([[entry, undefined]])
  let { known } = options
  let isSettling = false
  let reads = 0
  let closed = false

  const read = async () => {
    const turn = ++reads
    try {
      const graph = readGraph(entry)
      for (const path of filesOf(graph)) if (!looks.has(path)) looks.set(path, undefined)
      const loaded = await loadGraph(graph)
      // A later change is being read already, or nothing has changed.
      if (closed || turn !== reads || loaded.hash === known) return
      if (options.spec !== undefined) for (const error of misfits(loaded, options.spec)) throw error
      const isBaseline = turn === 1 && known === undefined
      known = loaded.hash
      if (!isBaseline) onLoaded(loaded)
    } catch (error) {
      if (!closed && turn === reads) onError(error as Error)
    }
  }
  const look = () => {
    let changed = false
    for (const [path, before] of looks) {
      const now = lookOf(path)
      if (now === before) continue
      looks.set(path, now)
      changed = true
    }
    // Read when all have been quiet for one look: some editors write a file in several goes.
    if (isSettling && !changed) void read()
    isSettling = changed
  }

  look()
  isSettling = false
  void read()
  const timer = setInterval(look, POLL)
  timer.unref()
  return {
    [Symbol.dispose]() {
      closed = true
      clearInterval(timer)
    },
  }
}

/** Throws CarrotError for what a run has kept of a program that nobody vouches for. */
function trustedGraph(file: string): SourceGraph {
  const graph = readGraph(file)
  const [{ source }] = graph.values()
  if (!isMarked(source)) return graph
  throw new CarrotError(
    'bad-reward',
    `${file} was written by nobody who is vouched for.`,
    'Run it in a sandbox: --untrusted.',
    { file },
  )
}

function lookOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 'missing' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}

const isPath = (name: string): boolean =>
  /[\\/]|\.[cm]?[jt]s$/.test(name) || (statSync(name, { throwIfNoEntry: false })?.isFile() ?? false)

function loadBuiltIn(programs: readonly RewardProgram[], id: string): LoadedProgram {
  const program = programs.find(({ name }) => name === id)
  if (program === undefined) {
    const ids = programs.map(({ name }) => name)
    const near = closest(id, ids)
    throw new CarrotError(
      'unknown-name',
      `There is no reward program '${id}'.`,
      `${near === undefined ? `Built in are ${ids.join(', ')}.` : `Did you mean '${near}'?`} A program of your own is given by its path, e.g. ./${id}.ts.`,
    )
  }
  const graph = readGraph(builtInFile(id))
  const [{ source }] = graph.values()
  // No file: a run keeps it by its id, which is the same on every machine.
  return { program, hash: hashOf(graph), source, module: link(graph, LIBRARY, false) }
}

/** The library as a module for programs, wherever they lie: it hands over the very objects that this process runs. */
const SHARED = Symbol.for('carrot-rl/reward')
function libraryUrl(): string {
  Object.assign(globalThis, { [SHARED]: library })
  const names = Object.keys(library).join(', ')
  return dataUrl(`export const { ${names} } = globalThis[Symbol.for('carrot-rl/reward')]`)
}

async function loadGraph(graph: SourceGraph): Promise<LoadedProgram> {
  const [{ path: file, source }] = graph.values()
  // Imported through a data: URL of its own, so that no bundler or test runner takes the file for one of its modules.
  const url = dataUrl(link(graph, libraryUrl(), true))
  let exported: { readonly default?: unknown }
  try {
    exported = (await import(/* @vite-ignore */ url)) as typeof exported
  } catch (error) {
    throw atLoad(error, file, source, graph)
  }
  const program = exported.default
  if (!isProgram(program)) {
    const given = program === undefined ? 'has no default export' : 'exports something else than a program'
    throw new CarrotError(
      'bad-reward',
      `${basename(file)} ${given}.`,
      'End it with: export default defineReward({ … }).',
      positionOfWord(file, source, 'default') ?? { file, line: 1, column: 1 },
    )
  }
  return { program, hash: hashOf(graph), source, module: link(graph, LIBRARY, false), file }
}

const isProgram = (value: unknown): value is RewardProgram =>
  typeof value === 'object' &&
  value !== null &&
  'terms' in value &&
  'reads' in value &&
  Object.isFrozen(value)

/** What went wrong while the file ran. */
function atLoad(error: unknown, file: string, source: string, graph: SourceGraph): CarrotError {
  const inStack = positionInStack(error, filesOf(graph))
  if (error instanceof CarrotError) {
    const placed = ({ code, message, hint, at }: CarrotError, also: readonly CarrotError[]): CarrotError =>
      new CarrotError(code, message, hint, at ?? named(message, file, source) ?? inStack, also)
    return placed(
      error,
      error.also.map(other => placed(other, [])),
    )
  }
  const message = error instanceof Error ? error.message : String(error)
  const missing = /does not provide an export named '(\w+)'/.exec(message)?.[1]
  if (missing !== undefined) {
    const near = closest(missing, Object.keys(library))
    const holder = [...graph.values()].find(part => positionOfWord(part.path, part.js, missing) !== undefined)
    return new CarrotError(
      'bad-reward',
      `${basename(file)} imports '${missing}', which is not there.`,
      near === undefined ? notOffered(missing) : `Did you mean '${near}'?`,
      holder === undefined ? { file } : positionOfWord(holder.path, holder.js, missing),
    )
  }
  return new CarrotError(
    'bad-reward',
    `${basename(file)} failed while it was loaded: ${message}.`,
    'Correct that line; a program only defines a reward, it does nothing when it is loaded.',
    inStack ?? { file },
  )
}

/** Types are erased before the program runs, unless they are imported as if they were values. */
const notOffered = (name: string): string =>
  /^[A-Z]/.test(name)
    ? `If it is a type, write: import { type ${name} } from '${LIBRARY}'.`
    : `'${LIBRARY}' offers ${Object.keys(library).join(', ')} to programs.`

/** Position of the term or signal that an error names in quotes. */
function named(message: string, file: string, source: string): SourcePosition | undefined {
  for (const [, name] of message.matchAll(/'([\w$]+)'/g)) {
    const at = positionOfKey(file, source, message.startsWith('Term') ? 'terms' : 'reads', name)
    if (at !== undefined) return at
  }
  return undefined
}
