/** A model on disk: its MJCF, and every file that it names: includes, meshes, height fields, textures. */
import { CarrotError } from '../core/errors.ts'
import { readAsset } from './asset.ts'

export interface ModelFiles {
  /** Of the main file, for messages. */
  readonly name: string
  readonly xml: string
  /** By the path MuJoCo will ask for. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Reads a model and what it names, from disk in Node and by fetch in a page. Throws CarrotError 'bad-file'. */
export async function readModel(url: URL): Promise<ModelFiles> {
  const xml = new TextDecoder().decode(await readAsset(url))
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  const reader = new Reader(url)
  await reader.follow({ name, folder: '', text: xml })
  return { name, xml, files: reader.files }
}

interface Document {
  readonly name: string
  /** Of the document, from the main file's: '' or 'parts/'. */
  readonly folder: string
  readonly text: string
}

/** An element that names files, in a document. */
interface Reference {
  readonly element: string
  readonly file: string
  readonly line: number
}

const ELEMENTS = /<(include|mesh|hfield|texture|skin|model|flexcomp|compiler)\b[^>]*>/g
const FILES = /\bfile(?:right|left|up|down|front|back)?\s*=\s*["']([^"']+)["']/g
const DIRECTORIES = /\b(meshdir|texturedir|assetdir)\s*=\s*["']([^"']*)["']/g

class Reader {
  readonly files = new Map<string, Uint8Array>()
  private readonly main: URL
  /** Where meshes and textures are, from the main file; any document may say. */
  private readonly directories: Record<string, string> = {}

  constructor(main: URL) {
    this.main = main
  }

  async follow(document: Document): Promise<void> {
    // Comments become blanks, so that lines keep their numbers.
    const text = document.text.replace(/<!--[\s\S]*?-->/g, comment => comment.replace(/[^\n]/g, ' '))
    const references: Reference[] = []
    for (const { 0: tag, 1: element, index } of text.matchAll(ELEMENTS)) {
      for (const [, key, folder] of tag.matchAll(DIRECTORIES)) this.directories[key] = folder
      const line = text.slice(0, index).split('\n').length
      for (const [, file] of tag.matchAll(FILES)) references.push({ element, file, line })
    }
    for (const reference of references) await this.read(document, reference)
  }

  private async read(document: Document, { element, file, line }: Reference): Promise<void> {
    const path = this.folderOf(element) + file
    // MuJoCo looks from the main file and from the file that names it.
    const candidates = [...new Set([document.folder + path, path])]
    for (const candidate of candidates) {
      if (this.files.has(candidate)) return
      const bytes = await this.tryRead(candidate)
      if (bytes === undefined) continue
      this.files.set(candidate, bytes)
      if (element !== 'include' && element !== 'model') return
      const folder = candidate.slice(0, candidate.lastIndexOf('/') + 1)
      return this.follow({ name: candidate, folder, text: new TextDecoder().decode(bytes) })
    }
    throw new CarrotError(
      'bad-file',
      `The ${element} names '${file}', and there is no such file.`,
      `It was looked for beside ${this.main.pathname.slice(this.main.pathname.lastIndexOf('/') + 1)}: ${candidates.join(', ')}.`,
      { file: document.name, line },
    )
  }

  private folderOf(element: string): string {
    const { meshdir, texturedir, assetdir = '' } = this.directories
    const folder =
      element === 'texture'
        ? (texturedir ?? assetdir)
        : element === 'mesh' || element === 'hfield' || element === 'skin'
          ? (meshdir ?? assetdir)
          : ''
    return folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  }

  private async tryRead(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readAsset(new URL(path, this.main))
    } catch {
      return undefined
    }
  }
}
