/** The package this code belongs to. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Sources run as .ts from src/cli; published code as .js from dist/src/cli. */
export const inCheckout = import.meta.url.endsWith('.ts')

/** Folder of the code: the checkout, or dist/. */
export const codeRoot = fileURLToPath(new URL('../..', import.meta.url))

export function packageVersion(): string {
  const file = new URL(inCheckout ? '../../package.json' : '../../../package.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).version
}

/** How the user calls this program, to be pasted with a verb behind it. */
export function invocation(): string {
  if (!inCheckout) return 'npx carrot-rl'
  if (process.env.npm_lifecycle_event !== undefined) return 'npm run -s carrot --'
  return `node ${relative(process.cwd(), fileURLToPath(new URL('carrot.js', import.meta.url)))}`
}
