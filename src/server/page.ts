/** Where the built page is: in a package beside the code, in a checkout built on first use and whenever a source changes. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CarrotError } from '../core/errors.ts'

/** Sources run as .ts from src/server; published code as .js from dist/src/server. */
const inCheckout = import.meta.url.endsWith('.ts')
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the page is made of. */
const SOURCES = [
  'viewer',
  'src/core',
  'src/protocol',
  'src/render',
  'src/graph',
  'src/sim',
  'src/sandbox',
  'rewards',
  'envs',
  'package-lock.json',
]

/** Folder of the built page. Throws CarrotError 'unsupported' when it is neither there nor can be built. */
export async function ensurePage(): Promise<string> {
  const published = join(root, 'viewer')
  if (!inCheckout) {
    if (existsSync(join(published, 'index.html'))) return published
    throw new CarrotError(
      'unsupported',
      `The page is missing from this installation (${published}).`,
      'Install carrot-rl again.',
    )
  }
  const cache = join(root, 'node_modules/.cache/carrot-viewer')
  const folder = join(cache, hashOfSources())
  if (!existsSync(folder)) {
    await build(folder)
    // Servers that are running have read theirs into memory. Names with a dot are builds in progress.
    for (const old of readdirSync(cache)) {
      const path = join(cache, old)
      if (path !== folder && !old.includes('.')) rmSync(path, { recursive: true, force: true })
    }
  }
  return folder
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  for (const source of SOURCES) {
    for (const file of filesOf(join(root, source)))
      hash.update(`${relative(root, file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

function filesOf(path: string): string[] {
  if (path.endsWith('.json')) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

/** Builds beside the final place, so that a build that was stopped, or two at once, leave no half page. */
async function build(folder: string): Promise<void> {
  const vite = await import('vite').catch(() => {
    throw new CarrotError(
      'unsupported',
      'The page is not built, and Vite, which builds it, is not installed.',
      'Run npm ci (without --omit=dev) in the checkout.',
    )
  })
  const draft = `${folder}.${process.pid}`
  const { NODE_ENV } = process.env
  mkdirSync(draft, { recursive: true })
  try {
    await vite.build({
      root: join(root, 'viewer'),
      configFile: join(root, 'viewer/vite.config.ts'),
      logLevel: 'error',
      build: { outDir: draft, emptyOutDir: true },
    })
    moveUnlessThere(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
    // Vite sets it to 'production' for the whole process, where it would switch off the checks of batches.
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}

function moveUnlessThere(draft: string, folder: string): void {
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another process was faster, with the same result.
    if (!existsSync(folder)) throw error
  }
}
