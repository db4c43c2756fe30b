/**
 * Compiles gemm.ts with AssemblyScript and writes modules.ts: `node src/graph/kernels/build.ts`. The result is checked
 * in, as text so that every host (Node, bundler, worker) loads it in the same way and at once.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileKernel, hashOf } from '../../build/kernel.ts'

const folder = new URL('.', import.meta.url)

/** The text of modules.ts. */
export async function kernelModules(): Promise<string> {
  return `// Made by build.ts from gemm.ts; do not edit.
/** SHA-256 of the gemm.ts these were compiled from. */
export const sourceHash = '${hashOf(folder, ['gemm.ts'])}'
/** WebAssembly with 128-bit SIMD, base64. */
export const simd = '${await compileKernel(folder, 'gemm.ts')}'
/** The same with relaxed SIMD: fused multiply-add. */
export const relaxedSimd = '${await compileKernel(folder, 'gemm.ts', true)}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('modules.ts', folder), await kernelModules())
