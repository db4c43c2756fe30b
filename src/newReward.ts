/** Writes a reward program to start from, and what an editor needs to know its types. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { programName } from '../rewards/validate.ts'
import { CarrotError } from './core/errors.ts'
import { loadEnv } from './loadEnv.ts'
import type { newOutput } from './protocol/cli.ts'
import { starter } from './starter.ts'

export type NewReward = z.infer<typeof newOutput> & {
  /** Where an editor gets the types from: what is installed, a file written here, or nowhere yet. */
  readonly types: 'found' | 'written' | 'missing'
}

/**
 * Writes `<name>.ts`. Never overwrites: throws CarrotError 'bad-argument' when the file is there, 'bad-reward' for a
 * name that a program cannot have, and 'unknown-name' for an environment that there is not.
 */
export async function newReward(name: string, env: string, folder = process.cwd()): Promise<NewReward> {
  programName(name)
  const { spec } = await loadEnv({ env })
  const file = resolve(folder, `${name}.ts`)
  write(file, starter(name, spec))
  const config = join(folder, 'tsconfig.json')
  const types = typesFor(folder)
  if (types === 'written') write(config, tsconfig(folder))
  return { file, env, files: types === 'written' ? [file, config] : [file], types }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CarrotError(
        'bad-argument',
        `${file} is there already.`,
        `Choose another name, or go on with that file: carrot check ${basename(file)}`,
      )
    }
    throw new CarrotError(
      'bad-file',
      `${file} cannot be written: ${(error as Error).message}.`,
      'Go to a folder that you may write in.',
    )
  }
}

/** What stands beside this file: sources in a checkout, compiled code and its types in a package. */
const isCheckout = import.meta.url.endsWith('.ts')
const codeRoot = fileURLToPath(new URL('..', import.meta.url))

function typesFor(folder: string): NewReward['types'] {
  const isInstalled = installedFor(folder)
  if (isCheckout && isInstalled ? isIncluded(folder) : isInstalled) return 'found'
  const config = ['tsconfig.json', 'jsconfig.json'].map(name => join(folder, name)).find(existsSync)
  if (config === undefined) return 'written'
  return readFileSync(config, 'utf8').includes('"carrot-rl"') ? 'found' : 'missing'
}

/** An import of carrot-rl from there finds a package. */
function installedFor(folder: string): boolean {
  try {
    createRequire(join(folder, 'any.js')).resolve('carrot-rl/package.json')
    return true
  } catch {
    return false
  }
}

/** The folder's programs are among the files of the checkout's own tsconfig.json, which resolves to the sources. */
function isIncluded(folder: string): boolean {
  const { include } = JSON.parse(readFileSync(join(codeRoot, 'tsconfig.json'), 'utf8'))
  const [first] = relative(codeRoot, folder).split(/[\\/]/)
  return (include as string[]).includes(first === '' ? '*.ts' : first)
}

function tsconfig(folder: string): string {
  const path = (file: string) => {
    const way = relative(folder, join(codeRoot, file)).replaceAll('\\', '/')
    return way.startsWith('.') ? way : `./${way}`
  }
  const types = isCheckout ? 'rewards/index.ts' : 'rewards/index.d.ts'
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'dom'],
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    // The sources of a checkout want to know Node.
    ...(isCheckout ? { typeRoots: [path('node_modules/@types')], types: ['node'] } : { types: [] }),
    paths: { 'carrot-rl': [path(types)], 'carrot-rl/reward': [path(types)] },
  }
  const text = JSON.stringify({ compilerOptions, include: ['*.ts'] }, null, 2)
  // Lists in one line, as people write them.
  return `${text.replace(/\[[^\]]*\]/g, list => list.replace(/\s*\n\s*/g, '').replaceAll('","', '", "'))}\n`
}
