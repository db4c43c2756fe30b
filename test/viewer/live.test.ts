/** The page of a run in progress, in a browser: what is new arrives, and what is asked for reaches the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { findBrowser } from '../../bench/peers/browser.ts'
import type { TrainEvent } from '../../src/core/events.ts'
import { startTraining, type TrainSession } from '../../src/train.ts'
import { browserTest } from '../browser.ts'
import { launch, openTab, serve, settled, small } from './page.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-live-'))
let browser: Browser

beforeAll(async () => {
  if (findBrowser() !== undefined) browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  rmSync(root, { recursive: true, force: true })
})

/** More steps than any test waits for. */
const endless = { ...small, steps: 4_000_000 }

/** Resolves with the first event that `fits`, from now on. */
const happens = <T extends TrainEvent['type']>(
  session: TrainSession,
  type: T,
  fits: (event: Extract<TrainEvent, { type: T }>) => boolean = () => true,
) =>
  new Promise<Extract<TrainEvent, { type: T }>>(resolve => {
    const subscription = session.events$.subscribe(event => {
      if (event.type !== type || !fits(event as Extract<TrainEvent, { type: T }>)) return
      subscription.unsubscribe()
      resolve(event as Extract<TrainEvent, { type: T }>)
    })
  })

browserTest('what is recorded appears, weights and pauses reach the run, and its end is told', async () => {
  const session = await startTraining(endless, { root })
  const server = await serve(session.source)
  const { tab, complaints } = await openTab(browser, server.url)
  await settled(tab)
  await tab.locator('#status', { hasText: 'training' }).waitFor()

  // It goes on to what was recorded since.
  const first = await tab.evaluate(() => window.carrot.state().open?.summary.id)
  await tab.waitForFunction(id => window.carrot.state().open?.summary.id !== id, first)
  const newest = await tab.evaluate(() => window.carrot.state().episodes.at(-1)?.id ?? '')
  await tab.locator(`[data-id=${newest}]`).waitFor()
  expect(await tab.locator('[data-metric="episodeReturn"]').count()).toBe(1)

  const taken = happens(session, 'program')
  await tab.locator('#weight-forward').fill('2.5')
  await tab.locator('#apply').click()
  expect((await taken).program.weights).toEqual({ forward: 2.5, healthy: 1, control: -0.001 })
  // From then on it is the run's own weight, and nothing is moved by hand.
  await tab.waitForFunction(() => window.carrot.state().info?.program.weights.forward === 2.5)
  expect(await tab.evaluate(() => window.carrot.state().weights)).toEqual({})

  await tab.locator('#pause').click()
  await tab.locator('#status', { hasText: 'paused' }).waitFor()
  expect(session.source.info().paused).toBe(true)
  await tab.locator('#pause').click()
  await tab.locator('#status', { hasText: 'training' }).waitFor()
  expect(session.source.info().paused).toBe(false)

  session.stop()
  await session.done
  await tab.locator('#status', { hasText: 'stopped' }).waitFor()
  expect(complaints).toEqual([])
  await server.close()
  await tab.locator('#status', { hasText: 'no longer served' }).waitFor()
  // Any that the page has not fetched yet; the list may be too long to hold the first.
  await tab.locator('.episode[aria-current=false]').first().click()
  await tab.locator('.notice', { hasText: 'The run does not answer' }).waitFor()
  await tab.close()
})

browserTest('a program that is saved while it trains is the one that scores', async () => {
  const file = join(root, 'edited.ts')
  const write = (term: string) =>
    writeFileSync(
      file,
      `import { defineReward, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'edited',
  env: 'hopper',
  reads: { torsoVelocity: vec3('m/s', 'world') },
  terms: { ${term} },
})
`,
    )
  write('speed: { weight: 1, value: s => s.torsoVelocity.x }')
  const session = await startTraining({ ...endless, reward: file }, { root, watch: true })
  const server = await serve(session.source)
  const { tab } = await openTab(browser, server.url)
  await settled(tab)
  await tab.evaluate(() => window.carrot.loadEpisode('e000001'))

  write('still: { weight: -3, value: s => s.torsoVelocity.x ** 2 }')
  await tab.locator('#weight-still').waitFor()
  await tab.waitForFunction(() => window.carrot.state().program?.terms[0].name === 'still')
  const curves = await tab.evaluate(() => window.carrot.curves())
  // The old recording keeps what was paid; the new program's own term is dashed beside it.
  const [total, speed, still] = curves
  expect(curves.map(({ name }) => name)).toEqual(['total', 'speed', 'still'])
  expect(speed.whatIf).toBeUndefined()
  expect(still.recorded).toBeUndefined()
  expect(still.whatIf).toEqual(speed.recorded?.map(value => expect.closeTo(-3 * value ** 2, 9)))
  expect(total.whatIf).toEqual(still.whatIf)
  session.stop()
  await session.done
  await server.close()
  await tab.close()
})

browserTest('a run without recordings says what it waits for, and a lost connection comes back', async () => {
  const session = await startTraining({ ...endless, ppo: { ...endless.ppo, batch: 4096 } }, { root })
  session.send({ type: 'pause', on: true })
  const server = await serve(session.source)
  const { tab } = await openTab(browser, server.url)
  await tab.locator('#waiting').waitFor()
  expect(await tab.locator('#status').textContent()).toBe('paused')

  await server.close()
  await tab.locator('#status', { hasText: 'connection lost' }).waitFor()
  session.send({ type: 'pause', on: false })
  const recorded = await happens(session, 'episode')
  const again = await serve(session.source, server.port)
  await tab.locator('#status', { hasText: 'training' }).waitFor()
  // What was missed meanwhile is fetched.
  await tab.locator(`[data-id=${recorded.summary.id}]`).waitFor()
  await settled(tab)
  session.stop()
  await session.done
  await again.close()
  await tab.close()
})
