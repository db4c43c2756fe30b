/** Files that lie beside the code: read from disk in Node, fetched in a page. */
import { CarrotError } from '../core/errors.ts'

/** The bytes at a file: or http: address. Throws CarrotError 'bad-file'. */
export async function readAsset(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // Not an import: a page's bundler would have to resolve it.
    const fs = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs') : undefined
    if (fs !== undefined) return new Uint8Array(fs.readFileSync(url))
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw new CarrotError(
      'bad-file',
      `${url.href} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'The file belongs to the package; install it again.',
    )
  }
}

export async function readTextAsset(url: URL): Promise<string> {
  return new TextDecoder().decode(await readAsset(url))
}
