/** The built page, read into memory: no request names a path on the disk, and a rebuild does not change a served page. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { CarrotError } from '../core/errors.ts'

export interface PageFile {
  readonly type: string
  readonly bytes: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Files by URL path; '/' is index.html. Throws CarrotError 'unsupported' when the folder holds no page. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of list(folder)) {
    const file = join(entry.parentPath, entry.name)
    const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream'
    files.set(`/${relative(folder, file).split(sep).join('/')}`, { type, bytes: readFileSync(file) })
  }
  const index = files.get('/index.html')
  if (index === undefined) {
    throw new CarrotError(
      'unsupported',
      `There is no page to serve in ${folder}: index.html is missing.`,
      'Install carrot-rl again, or in a checkout run npm ci.',
    )
  }
  return files.set('/', index)
}

function list(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
