/** Imports a user's file that itself imports 'carrot-rl', from a folder where that need not be installed. */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { CarrotError } from './core/errors.ts'
import { positionInStack } from './programSource.ts'

const LIBRARY = {
  'carrot-rl': new URL('./index', import.meta.url).href,
  'carrot-rl/reward': new URL('../rewards/index', import.meta.url).href,
}
/** Sources run as .ts; published code as .js. */
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
let registered = false

/** Throws CarrotError 'bad-file' with the place of what went wrong. */
export async function importAnywhere(file: string): Promise<object> {
  if (!registered) {
    // The file is to get this very library, and not a second one that happens to lie beside it.
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier in LIBRARY
          ? { url: LIBRARY[specifier as keyof typeof LIBRARY] + ending, shortCircuit: true }
          : next(specifier, context),
    })
    registered = true
  }
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    if (error instanceof CarrotError) throw error
    const { message } = error as Error
    const at = positionInStack(error, [file]) ?? { file }
    throw new CarrotError(
      'bad-file',
      `It cannot be loaded: ${message.replace(/\.$/, '')}.`,
      existsSync(file) ? 'Mend it there.' : 'Check the path.',
      at,
    )
  }
}
