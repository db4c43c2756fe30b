/** The same updates in a browser: onnxruntime-web on WebGPU, on a device in software, against the CPU here. */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { wasmExecutor } from '../../src/graph/wasm.ts'
import { browserPath, browserTest } from '../browser.ts'
import { apart, statesAfter, updates } from './updates.ts'
import type {} from './webgpuPage.ts'

const STEPS = 20
/** See webgpu.test.ts, ms. */
const PATIENCE = 400_000
const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]
const TYPES: Readonly<Record<string, string>> = { mjs: 'text/javascript', wasm: 'application/wasm' }

let server: Server
let browser: Browser

/** An empty page, and the files of onnxruntime-web. */
async function serve(): Promise<Server> {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'))
  const made = createServer(({ url = '/' }, response) => {
    const file = join(folder, url.replace(/^\/ort/, ''))
    if (!url.startsWith('/ort/') || !existsSync(file)) {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>WebGPU</title>')
      return
    }
    response.setHeader('content-type', TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain')
    createReadStream(file).pipe(response)
  })
  await new Promise<void>(done => made.listen(0, '127.0.0.1', done))
  return made
}

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('webgpuPage.ts', import.meta.url)),
        formats: ['iife'],
        name: 'webgpuPage',
      },
    },
  })
  const [{ output }] = built as { output: { code: string }[] }[]
  return output[0].code
}

describe('WebGPU in a browser', () => {
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(async () => {
    await browser?.close()
    server.closeAllConnections()
    server.close()
  })

  browserTest(
    'all updates end where they do on the CPU',
    async () => {
      browser = await chromium.launch({
        executablePath: browserPath(),
        args: ['--no-sandbox', ...SOFTWARE_GPU],
      })
      const page = await browser.newPage()
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await page.goto(origin)
      await page.addScriptTag({ content: await bundle() })
      for (const [name, update] of Object.entries(updates())) {
        const own = await page.evaluate(
          ([url, chosen, steps]) => window.runUpdate(url as string, chosen as string, steps as number),
          [`${origin}/ort/ort.webgpu.bundle.min.mjs`, name, STEPS],
        )
        const wanted = await statesAfter(wasmExecutor(), update, STEPS)
        for (const [state, data] of Object.entries(own)) {
          const there = Float32Array.from(data)
          expect(apart(there, wanted[state]), `${name} ${state}`).toBeLessThan(1e-4)
          expect(apart(there, update.states[state]), `${name} ${state} moved`).toBeGreaterThan(1e-3)
        }
      }
    },
    PATIENCE,
  )
})
