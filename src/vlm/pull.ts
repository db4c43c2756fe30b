/** Fetches a model into the cache, only when asked to: `carrot models pull`. What was begun is gone on with. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CarrotError } from '../core/errors.ts'
import { makeFolder } from '../store/files.ts'
import { MARK, MODEL_ID, modelsRoot } from './cache.ts'
import {
  defaultHost,
  fileUrl,
  get,
  type HubFile,
  type HubModel,
  hubModel,
  neededFiles,
  offline,
  refused,
} from './hub.ts'
import type { Precision } from './precision.ts'

export interface PullOptions {
  /** Base address of the hub. */
  readonly host?: string
  readonly revision?: string
  /** By default the most exact that there is. */
  readonly precision?: Precision
  /** Hears once how much there is, and then of every piece. */
  readonly onProgress?: (progress: PullProgress) => void
}

/** Bytes that are here, of all that are needed. */
export interface PullProgress {
  readonly file: string
  readonly done: number
  readonly total: number
}

export interface PulledModel {
  readonly id: string
  readonly folder: string
  readonly revision: string
  readonly bytes: number
  readonly files: readonly string[]
}

/** Connections that break are taken up again, until so many in a row have brought nothing. */
const ATTEMPTS = 3
/** Before the second attempt, and twice that before the third, ms. */
const PAUSE = 300

/** Throws CarrotError 'unknown-name', 'bad-file', 'no-space' or 'offline'. */
export async function pullModel(id: string, options: PullOptions = {}): Promise<PulledModel> {
  if (!MODEL_ID.test(id)) {
    throw new CarrotError(
      'bad-argument',
      `${id} is no id of a model on a hub.`,
      'Ids are like owner/name, e.g. Xenova/clip-vit-base-patch32.',
    )
  }
  const host = (options.host ?? defaultHost()).replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(host)) {
    throw new CarrotError(
      'bad-argument',
      `${host} is no address of a hub.`,
      'Give one like https://huggingface.co.',
    )
  }
  const model = await hubModel(host, id, options.revision ?? 'main')
  const files = neededFiles(model, options.precision)
  const folder = join(modelsRoot(), id)
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const missing = new Set<HubFile>()
  for (const file of files) if (!(await isWhole(join(folder, file.path), file))) missing.add(file)
  // Files of two revisions are no model: without this one, nobody takes them for it.
  if ([...missing].some(({ path }) => existsSync(join(folder, path)))) {
    rmSync(join(folder, MARK), { force: true })
    missing.add(files.find(({ path }) => path === MARK)!)
  }
  let before = 0
  for (const file of files) {
    const tell = (bytes: number) => options.onProgress?.({ file: file.path, done: before + bytes, total })
    tell(0)
    if (missing.has(file)) await fetchFile(host, model, file, folder, tell)
    tell(file.bytes)
    before += file.bytes
  }
  return { id, folder, revision: model.revision, bytes: total, files: files.map(({ path }) => path) }
}

async function fetchFile(
  host: string,
  model: HubModel,
  file: HubFile,
  folder: string,
  tell: (bytes: number) => void,
): Promise<void> {
  const target = join(folder, file.path)
  // Named after what it will be, so that a part of something else is never gone on with.
  const part = `${target}.${file.hash.hex.slice(0, 12)}.part`
  try {
    makeFolder(dirname(target))
    await fetchPart(fileUrl(host, model, file.path), part, file, tell)
    if (!(await isWhole(part, file))) {
      rmSync(part)
      throw new CarrotError(
        'bad-file',
        `${file.path} of ${model.id} came with other bytes than ${host} says it has.`,
        'Pull it again; when that happens twice, the hub or what lies between is at fault.',
      )
    }
    renameSync(part, target)
  } catch (error) {
    throw writeRefusal(error, target)
  }
}

/** Fetches until a part is as long as its file. */
async function fetchPart(
  url: string,
  part: string,
  file: HubFile,
  tell: (bytes: number) => void,
): Promise<void> {
  for (let failures = 0; ; ) {
    const before = sizeOf(part)
    try {
      return await fetchRest(url, part, file, tell)
    } catch (error) {
      if (!(error instanceof CarrotError) || error.code !== 'offline') throw error
      failures = sizeOf(part) > before ? 0 : failures + 1
      if (failures === ATTEMPTS) throw error
      await setTimeout(PAUSE * failures)
    }
  }
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0)

/** Appends what is missing of a part. */
async function fetchRest(
  url: string,
  part: string,
  { bytes }: HubFile,
  tell: (bytes: number) => void,
): Promise<void> {
  let done = sizeOf(part)
  if (done > bytes) done = 0
  if (done === bytes && bytes > 0) return
  const response = await get(url, done > 0 ? { range: `bytes=${done}-` } : {})
  if (!response.ok || response.body === null) throw refused(url, response.status)
  // A server that knows no ranges sends all of it.
  if (response.status !== 206) done = 0
  const handle = await open(part, done > 0 ? 'r+' : 'w')
  try {
    await handle.truncate(done)
    const pieces = response.body.getReader()
    for (;;) {
      const { value } = await pieces.read().catch(error => {
        throw offline(url, error)
      })
      if (value === undefined) break
      // More than there should be is a server that sends something else; the hash will tell.
      await handle.write(value, 0, value.length, done)
      done += value.length
      tell(done)
      if (done > bytes) {
        await pieces.cancel()
        break
      }
    }
  } finally {
    await handle.close()
  }
  if (done < bytes) throw offline(url, new Error(`the connection ended after ${done} of ${bytes} bytes`))
}

/** Whether a file has the size and the hash it should have. */
async function isWhole(path: string, { bytes, hash }: HubFile): Promise<boolean> {
  if (!existsSync(path) || statSync(path).size !== bytes) return false
  const digest: Hash = hash.kind === 'sha256' ? createHash('sha256') : createHash('sha1')
  if (hash.kind === 'git') digest.update(`blob ${bytes}\0`)
  for await (const piece of createReadStream(path)) digest.update(piece)
  return digest.digest('hex') === hash.hex
}

function writeRefusal(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  const way =
    'What was fetched is kept; set CARROT_MODELS to a folder on another disk, or pull again after making room.'
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new CarrotError('no-space', `There was no space left to write ${file}.`, way)
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'ENOENT') {
    return new CarrotError(
      'bad-file',
      `${file} cannot be written (${code}).`,
      'Set CARROT_MODELS to a folder you may write to.',
    )
  }
  return error
}
