/** Compiles kernels written in AssemblyScript. What comes of it is checked in; `build.ts` of each folder makes it anew. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

/** SHA-256 of the sources, in the order given. */
export function hashOf(folder: URL, sources: readonly string[]): string {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(new URL(source, folder)))
  return hash.digest('hex')
}

/** `entry` as WebAssembly with 128-bit SIMD, base64; its memory is imported. `relaxed`: with fused multiply-add. */
export async function compileKernel(folder: URL, entry: string, relaxed = false): Promise<string> {
  let binary: Uint8Array | undefined
  const features = ['--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])]
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--disableWarning', '112']
  const { error, stderr } = await asc.main([entry, '--outFile', 'kernel.wasm', ...options, ...features], {
    readFile: name => {
      try {
        return readFileSync(new URL(name, folder), 'utf8')
      } catch {
        return null
      }
    },
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') binary = contents as Uint8Array
    },
    listFiles: () => [],
  })
  if (error || !binary) throw new Error(`${entry} does not compile: ${stderr.toString()}`, { cause: error })
  return Buffer.from(binary).toString('base64')
}
