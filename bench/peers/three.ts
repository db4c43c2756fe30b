/** three.js in headless Chromium, without a graphics card: what the ray caster is compared with, in looks and in speed. */
import { fileURLToPath } from 'node:url'
import { findBrowser, SOFTWARE_GL } from './browser.ts'
import type { Job } from './threePage.ts'

export interface ThreeInBrowser extends AsyncDisposable {
  /** RGBA rows from the top, base64, and the mean time of a picture, its pixels read back. */
  draw(job: Job): Promise<{ pixels: string; milliseconds: number }>
}

/** Undefined where there is no browser, or nothing to bundle and drive it with (both come with a checkout only). */
export async function threeInBrowser(): Promise<ThreeInBrowser | undefined> {
  const executablePath = findBrowser()
  if (executablePath === undefined) return undefined
  const content = await bundle()
  if (content === undefined) return undefined
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...SOFTWARE_GL] })
  const page = await browser.newPage()
  await page.addScriptTag({ content })
  return {
    draw: job => page.evaluate(job => window.drawScene(job), job),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** threePage.ts as one script. */
async function bundle(): Promise<string | undefined> {
  const vite = await import('vite').catch(() => undefined)
  if (vite === undefined) return undefined
  const built = await vite.build({
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
