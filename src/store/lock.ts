/** One writer per run: a lock file that names its process, so that a dead one's lock can be taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { CarrotError } from '../core/errors.ts'
import { temporaryName, writeError } from './files.ts'

interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process started, in the system's ticks; '' where the system does not tell. Tells a reused pid apart. */
  readonly started: string
}

const lockFile = (folder: string): string => join(folder, 'lock')
// Texts of the locks this process holds: its pid alone could be that of an earlier process.
const held = new Set<string>()

/**
 * Field 22 of Linux's /proc/<pid>/stat; the command in field 2 may hold spaces, so count from its closing bracket.
 * '' for a process that has ended and only waits for its parent to take note.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? '' : rest[18]
  } catch {
    return ''
  }
}

function running(text: string): Holder | undefined {
  let holder: Holder
  try {
    holder = JSON.parse(text)
  } catch {
    return undefined
  }
  // Another machine's processes cannot be asked about: believe the file.
  if (holder.host !== hostname()) return holder
  if (holder.pid === process.pid) return held.has(text) ? holder : undefined
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it runs, but is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return holder.started === startOf(holder.pid) ? holder : undefined
}

function read(folder: string): string | undefined {
  try {
    return readFileSync(lockFile(folder), 'utf8')
  } catch {
    return undefined
  }
}

/** True while a process is recording into this run. */
export function locked(folder: string): boolean {
  const text = read(folder)
  return text !== undefined && running(text) !== undefined
}

/** Takes the run for this process; the returned function gives it back. Throws CarrotError 'bad-run' when it is taken. */
export function lock(folder: string): () => void {
  const file = lockFile(folder)
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    taken: `${Date.now()}-${Math.random()}`,
  })
  // The text is complete before the lock is seen: linking is atomic, and fails when the lock exists.
  const draft = temporaryName(file)
  try {
    writeFileSync(draft, mine)
    for (;;) {
      try {
        place(draft, file)
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(error, 'the lock', file)
        removeStale(folder)
      }
    }
  } catch (error) {
    throw writeError(error, 'the lock', file)
  } finally {
    rmSync(draft, { force: true })
  }
  held.add(mine)
  return () => {
    held.delete(mine)
    if (read(folder) === mine) rmSync(file, { force: true })
  }
}

function place(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    // Some file systems know no links; writing is then nearly as good.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    writeFileSync(file, readFileSync(draft), { flag: 'wx' })
  }
}

function removeStale(folder: string): void {
  const text = read(folder)
  if (text === undefined) return
  const holder = running(text)
  if (holder !== undefined) throw taken(folder, holder)
  // Moved before it is removed: of two processes that found it stale, one must not remove the other's new lock.
  const aside = temporaryName(lockFile(folder))
  try {
    renameSync(lockFile(folder), aside)
  } catch {
    return
  }
  if (readFileSync(aside, 'utf8') !== text) place(aside, lockFile(folder))
  rmSync(aside, { force: true })
}

function taken(folder: string, holder: Holder): CarrotError {
  const elsewhere = holder.host !== hostname()
  return new CarrotError(
    'bad-run',
    `The run ${basename(folder)} is being recorded by process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ''}.`,
    elsewhere
      ? `Stop it first; if it is gone for certain, remove ${lockFile(folder)}.`
      : 'Stop that process first (Ctrl-C saves a checkpoint), or watch the run meanwhile: watching needs no lock.',
  )
}
