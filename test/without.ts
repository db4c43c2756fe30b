import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Node options, kept by worker threads, under which no module finds a package; `folder` takes a file. */
export function without(name: string, folder: string): string[] {
  const file = join(folder, 'without.mjs')
  writeFileSync(
    file,
    `import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.split('/')[0] !== '${name}') return next(specifier, context)
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  },
})`,
  )
  // Not through the launcher's own process: options must reach the one that works.
  return [`--import=${pathToFileURL(file)}`]
}
