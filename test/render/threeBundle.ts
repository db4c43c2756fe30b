/** threePage.ts as one script. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export async function threeBundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('threePage.ts', import.meta.url)),
        formats: ['iife'],
        name: 'threePage',
      },
    },
  })
  const [{ output }] = built as { output: { code: string }[] }[]
  return output[0].code
}
