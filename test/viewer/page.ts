/** A run, the page that shows it, and a browser that looks. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { SOFTWARE_GL } from '../../bench/peers/browser.ts'
import type { TrainInput } from '../../src/config.ts'
import { ensurePage } from '../../src/server/page.ts'
import { type RunServer, startServer } from '../../src/server/server.ts'
import type { RunSource } from '../../src/server/source.ts'
import type {} from '../../viewer/debug.ts'
import { browserPath } from '../browser.ts'

/** A few short iterations on the hopper, most episodes recorded. */
export const small: TrainInput = {
  env: 'hopper',
  reward: 'hopper-forward',
  steps: 2048,
  seed: 5,
  envs: 4,
  workers: 1,
  evalEpisodes: 1,
  recordEvery: 100,
  ppo: { batch: 256, epochs: 1, minibatches: 4, hidden: [16] },
}

export const serve = async (source: RunSource, port = 0): Promise<RunServer> =>
  startServer({ source, page: await ensurePage(), port })

/** As in a browser where it is switched off. */
export const NO_GL = ['--disable-3d-apis']

export const launch = (flags: readonly string[] = SOFTWARE_GL): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox', ...flags] })

/** A tab on the page, and what went wrong in it: errors on the console, exceptions, and what the policy blocked. */
export async function openTab(browser: Browser, url: string): Promise<{ tab: Page; complaints: string[] }> {
  const tab = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const complaints: string[] = []
  tab.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  tab.on('pageerror', error => complaints.push(String(error)))
  await tab.goto(url)
  await tab.waitForFunction(() => window.carrot !== undefined)
  return { tab, complaints }
}

/** Waits until an episode is on show and can be scored again. */
export const settled = (tab: Page) =>
  tab.waitForFunction(() => {
    const { open, program } = window.carrot.state()
    return open !== undefined && program !== undefined
  })
