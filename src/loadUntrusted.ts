/** Programs that nobody vouches for, as `LoadedProgram`s without functions. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ScoreColumns } from './core/batch.ts'
import { CarrotError } from './core/errors.ts'
import type { LoadedProgram } from './core/reward.ts'
import type { EnvSpec } from './core/spec.ts'
import { loadProgram } from './loadProgram.ts'
import { isMarked, openSandbox, Refusal, refusalOf, type VetText, vet } from './sandbox/index.ts'
import type { StoredRun } from './store/index.ts'

/** Vets a file, or a text. Throws `Refusal` with all that is wrong. */
export async function loadUntrusted(
  from: string | VetText,
  spec: EnvSpec,
  columns?: ScoreColumns,
): Promise<LoadedProgram> {
  const named = typeof from === 'string' ? { name: resolve(from) } : from
  const vetted = await vet(named, spec, columns && { columns })
  if (vetted.ok) return vetted.loaded
  const [{ kind, message, hint, at }, ...also] = vetted.errors
  throw new Refusal(kind, message, hint, at, also.map(refusalOf))
}

/**
 * A program that was in force in a run, by default the last: it stays in its sandbox if it was in one. Throws CarrotError
 * when it is not there or does not fit.
 */
export async function loadStored(
  run: StoredRun,
  spec: EnvSpec,
  hash = run.program.hash,
): Promise<LoadedProgram> {
  const file = run.programFile(hash)
  if (!isStoredUntrusted(run, hash)) return loadProgram(file, spec)
  const module = readFileSync(file, 'utf8')
  const source = run.programSource(hash)
  // It was vetted when the run began.
  await using sandbox = await openSandbox(module, spec, { rows: 1, gamma: 1 })
  return {
    program: sandbox.program,
    hash,
    source: source === undefined ? module : readFileSync(source, 'utf8'),
    module,
    untrusted: true,
  }
}

/** False, too, when it has not been kept. */
export function isStoredUntrusted(run: StoredRun, hash: string): boolean {
  try {
    return isMarked(readFileSync(run.programFile(hash), 'utf8'))
  } catch (error) {
    if (error instanceof CarrotError) return false
    throw error
  }
}
