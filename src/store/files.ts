/** Files that a kill or a full disk cannot leave half-written. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CarrotError } from '../core/errors.ts'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code

/** A failed write as an error for the person at the keyboard; `what` names what was to be written. */
export function writeError(error: unknown, what: string, file: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new CarrotError(
        'no-space',
        `There was no space left to write ${what} (${file}).`,
        'Everything recorded before is intact: free some space, or set CARROT_RUNS to a folder on another disk for new runs, then resume the run.',
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CarrotError(
        'bad-run',
        `${what[0].toUpperCase()}${what.slice(1)} could not be written to ${file}: permission denied.`,
        'Set CARROT_RUNS to a folder you may write to, or change the permissions of this one.',
      )
    case 'ENOENT':
    case 'ENOTDIR':
      return new CarrotError(
        'bad-run',
        `${what[0].toUpperCase()}${what.slice(1)} could not be written to ${file}: there is no such folder, and none can be made there.`,
        'Set CARROT_RUNS to a folder on a disk you may write to; what has been moved away has to come back before its run can go on.',
      )
    default:
      return error
  }
}

// A reader never looks at names of this form, and the next writer of the folder sweeps them away.
const TEMPORARY = /^\..*\.tmp$/
/** The name something has until it is complete, in the same folder so that renaming it is atomic. */
export const temporaryName = (file: string): string =>
  join(dirname(file), `.${basename(file)}.${process.pid}-${randomBytes(3).toString('hex')}.tmp`)

/** Removes what writers that were killed have left in a folder. */
export function sweep(folder: string): void {
  for (const name of readdirSync(folder))
    if (TEMPORARY.test(name)) rmSync(join(folder, name), { force: true })
}

/** Makes a folder and those above it. Node's own way never returns where a system answers ENOENT whatever is there, as /proc does. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process may have been faster.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Writes a file that is seen whole or not at all. Throws CarrotError 'no-space' or 'bad-run'. */
export async function writeWhole(file: string, bytes: Uint8Array, what: string): Promise<void> {
  const temporary = temporaryName(file)
  try {
    await writeFile(temporary, bytes, { flush: true })
    await rename(temporary, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError(error, what, file)
  }
}

/** `writeWhole` for small files that must be there before the caller goes on. */
export function writeWholeSync(file: string, content: string | Uint8Array, what: string): void {
  const temporary = temporaryName(file)
  try {
    writeFileSync(temporary, content, { flush: true })
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writeError(error, what, file)
  }
}

/** Makes a rename survive a power cut. Windows cannot open folders, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file that only grows, by whole records: an append that fails leaves it as it was. One writer. */
export class AppendFile {
  private readonly file: string
  private readonly what: string
  private readonly fd: number
  private size: number

  /** Creates the file when it is missing, and goes on after the first `keep` bytes, all by default. */
  constructor(file: string, what: string, keep?: number) {
    this.file = file
    this.what = what
    try {
      closeSync(openSync(file, 'a'))
      // Not opened for appending: Windows could not truncate it then.
      this.fd = openSync(file, 'r+')
      this.size = keep ?? fstatSync(this.fd).size
      if (keep !== undefined) ftruncateSync(this.fd, keep)
    } catch (error) {
      throw writeError(error, what, file)
    }
  }

  /** Throws CarrotError 'no-space' with the file as it was before. */
  append(bytes: Uint8Array): void {
    let done = 0
    try {
      while (done < bytes.length) {
        done += writeSync(this.fd, bytes, done, bytes.length - done, this.size + done)
      }
    } catch (error) {
      ftruncateSync(this.fd, this.size)
      throw writeError(error, this.what, this.file)
    }
    this.size += bytes.length
  }

  /** Closes it, on the disk and not just handed to the system. */
  close(): void {
    fsyncSync(this.fd)
    closeSync(this.fd)
  }
}
