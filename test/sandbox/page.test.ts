/** The same sandbox in a browser's worker: the same numbers, the same refusals, and a hang is ended. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'
import { afterAll, describe, expect } from 'vitest'
import { envById } from '../../envs/index.ts'
import { bindReward } from '../../rewards/index.ts'
import { rescoringCopy } from '../../src/core/episode.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { madeUpColumns } from '../../src/sandbox/madeUpColumns.ts'
import { browserPath, browserTest } from '../browser.ts'
import type {} from './sandboxPage.ts'

const PATIENCE = 120_000
const { spec } = envById('hopper')

let server: Server | undefined
let browser: Browser | undefined
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ['es'] },
    },
  })
  const [{ output }] = built as { output: { code: string }[] }[]
  return output[0].code
}

async function serve(): Promise<string> {
  const files: Readonly<Record<string, readonly [type: string, text: string, policy: string]>> = {
    '/': [
      'text/html',
      '<!doctype html><title>Sandbox</title><script type="module" src="/page.js"></script>',
      "'self'",
    ],
    '/page.js': ['text/javascript', await bundle('sandboxPage.ts'), "'self'"],
    // The worker alone may make code of text.
    '/worker.js': [
      'text/javascript',
      await bundle('../../src/sandbox/pageWorker.ts'),
      "'self' 'unsafe-eval'",
    ],
  }
  server = createServer(({ url = '/' }, response) => {
    const [type, text, scripts] = files[url] ?? ['text/plain', '', "'none'"]
    response.writeHead(200, {
      'content-type': type,
      'content-security-policy': `default-src 'none'; script-src ${scripts}; worker-src 'self'`,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
    })
    response.end(text)
  })
  const listening = server
  await new Promise<void>(done => listening.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`
}

const evil = (value: string): string => `import { defineReward, flag, sumSquares } from 'carrot-rl'
export default defineReward({
  name: 'evil',
  reads: { healthy: flag() },
  terms: { evil: { weight: 1, value: ${value} }, fine: { weight: 1, value: s => s.healthy } },
})
`

describe('in a browser', () => {
  browserTest(
    'programs give the same numbers, are refused, and are ended',
    async () => {
      browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] })
      const page = await browser.newPage()
      await page.goto(await serve())
      await page.waitForFunction(() => 'runSandbox' in window)
      const run = (module: string, timeout = 20_000) =>
        page.evaluate(
          ([text, env, ms]) => window.runSandbox(text as string, env as typeof spec, ms as number),
          [module, spec, timeout] as const,
        )
      const { program, module } = await loadProgram('hopper-high')
      const wanted = rescoringCopy(madeUpColumns(spec))
      bindReward(program, spec, { rows: wanted.N, gamma: 0.9 }).score(wanted)
      const given = await run(module)
      expect(given.failures).toEqual([])
      // Logarithms and the like may differ in their last bit from one version of an engine to another.
      expect(given.reward).toHaveLength(wanted.reward.length)
      wanted.reward.forEach((value, row) => {
        expect(given.reward?.[row]).toBeCloseTo(value, 10)
      })
      expect(await run(evil("s => (() => 0).constructor('return 1')()"))).toEqual({ refused: 'escape' })
      expect(await run(evil('s => { for (;;); }'))).toMatchObject({ failures: ['evil'] })
      // Nothing counts these steps: the worker is ended, and another scores the rest.
      const ended = await run(evil('s => sumSquares({ length: 1e15 })'), 500)
      expect(ended.failures).toEqual(['evil'])
      expect(new Set(ended.reward)).toEqual(new Set([0, 1]))
    },
    PATIENCE,
  )
})
