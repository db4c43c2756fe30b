/** Where models lie: the one that comes with carrot, and those that `carrot models pull` has fetched. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CarrotError, closest } from '../core/errors.ts'
import { EMBEDDED_MODEL } from '../core/vision.ts'

const EMBEDDED_FOLDER = fileURLToPath(new URL(`../models/${EMBEDDED_MODEL}`, import.meta.url))

/** Folder of fetched models: CARROT_MODELS, else in the user's cache. */
export function modelsRoot(): string {
  return resolve(process.env.CARROT_MODELS || join(homedir(), '.cache', 'carrot', 'models'))
}

/** `owner/name`, as Hugging Face's hub names models. */
export const MODEL_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/

/** A folder of the cache with this file is a model. */
export const MARK = 'config.json'

export interface FoundModel {
  readonly id: string
  readonly folder: string
}

/** What is in the cache, by id. */
export function cachedModels(): FoundModel[] {
  const root = modelsRoot()
  return foldersIn(root)
    .flatMap(owner => foldersIn(join(root, owner)).map(name => `${owner}/${name}`))
    .filter(id => existsSync(join(root, id, MARK)))
    .sort()
    .map(id => ({ id, folder: join(root, id) }))
}

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(({ name }) => name)
    : []

/** Finds a model by its folder or id; nothing is fetched. Throws CarrotError 'unknown-name'. */
export function modelFolder(idOrFolder: string): FoundModel {
  if (idOrFolder === EMBEDDED_MODEL) return { id: EMBEDDED_MODEL, folder: EMBEDDED_FOLDER }
  const isPath = isAbsolute(idOrFolder) || /^\.{0,2}[\\/]/.test(idOrFolder)
  if (isPath || (existsSync(idOrFolder) && statSync(idOrFolder).isDirectory())) {
    const folder = resolve(idOrFolder)
    return { id: idOrFolder, folder }
  }
  const cached = cachedModels()
  const found = cached.find(({ id }) => id === idOrFolder)
  if (found !== undefined) return found
  const like = closest(idOrFolder, [EMBEDDED_MODEL, ...cached.map(({ id }) => id)])
  const meant = like === undefined ? '' : ` Did you mean ${like}?`
  const way = MODEL_ID.test(idOrFolder)
    ? `Where there is a network, run carrot models pull ${idOrFolder}; models are never fetched while something runs. On a machine without one, copy that folder over and give its path.`
    : `Give ${EMBEDDED_MODEL}, a folder, or an id like owner/name; carrot models list shows what there is.`
  throw new CarrotError('unknown-name', `There is no model ${idOrFolder} in ${modelsRoot()}.${meant}`, way)
}
