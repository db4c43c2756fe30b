/**
 * Compiles gemm.ts with AssemblyScript and writes modules.ts: `node src/graph/kernels/build.ts`. The result is checked
 * in, as text so that every host (Node, bundler, worker) loads it in the same way and at once.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const source = new URL('gemm.ts', import.meta.url)
const target = new URL('modules.ts', import.meta.url)

async function compile(relaxed: boolean): Promise<Uint8Array> {
  let binary: Uint8Array | undefined
  const features = ['--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])]
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...features]
  const { error, stderr } = await asc.main(['gemm.ts', '--outFile', 'gemm.wasm', ...options], {
    readFile: name => (name === 'gemm.ts' ? readFileSync(source, 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'gemm.wasm') binary = contents as Uint8Array
    },
    listFiles: () => [],
  })
  if (error || !binary) throw new Error(`gemm.ts does not compile: ${stderr.toString()}`, { cause: error })
  return binary
}

/** The text of modules.ts. */
export async function kernelModules(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex')
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return `// Made by build.ts from gemm.ts; do not edit.
/** SHA-256 of the gemm.ts these were compiled from. */
export const sourceHash = '${hash}'
/** WebAssembly with 128-bit SIMD, base64. */
export const simd = '${text(await compile(false))}'
/** The same with relaxed SIMD: fused multiply-add. */
export const relaxedSimd = '${text(await compile(true))}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await kernelModules())
