/**
 * Compiles the ray caster with AssemblyScript and writes module.ts: `node src/render/kernels/build.ts`. The result is
 * checked in, as text so that every host (Node, bundler, worker) loads it in the same way and at once.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileKernel, hashOf } from '../../build/kernel.ts'

const folder = new URL('.', import.meta.url)
export const SOURCES = [
  'lanes.ts',
  'layout.ts',
  'light.ts',
  'mesh.ts',
  'pattern.ts',
  'raycaster.ts',
  'setup.ts',
  'shapes.ts',
]

/** The text of module.ts. */
export async function kernelModule(): Promise<string> {
  return `// Made by build.ts from raycaster.ts and what it imports; do not edit.
/** SHA-256 of the sources this was compiled from. */
export const sourceHash = '${hashOf(folder, SOURCES)}'
/** WebAssembly with 128-bit SIMD, base64. */
export const raycaster = '${await compileKernel(folder, 'raycaster.ts')}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('module.ts', folder), await kernelModule())
