/** The page of a run that was recorded, in a browser: what it draws and computes is what the recording says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { findBrowser } from '../../bench/peers/browser.ts'
import { bindReward } from '../../rewards/index.ts'
import { type EpisodeRecord, rescoringCopy } from '../../src/core/episode.ts'
import { loadProgram } from '../../src/loadProgram.ts'
import { scoreRun } from '../../src/scoreRun.ts'
import type { RunServer } from '../../src/server/server.ts'
import { storedRunSource } from '../../src/server/storedSource.ts'
import { openRun, type StoredRun } from '../../src/store/index.ts'
import { startTraining } from '../../src/train.ts'
import { browserTest } from '../browser.ts'
import { launch, NO_GL, openTab, serve, settled, small } from './page.ts'
import { poseDifference } from './pose.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-page-'))
let run: StoredRun
let longest: EpisodeRecord
let server: RunServer
let browser: Browser
let tab: Page
let complaints: string[]

beforeAll(async () => {
  if (findBrowser() === undefined) return
  const session = await startTraining(small, { root })
  await session.done
  run = openRun(session.folder)
  const [{ id }] = run.episodes().sort((a, b) => b.length - a.length)
  longest = await run.episode(id)
  server = await serve(storedRunSource(run))
  browser = await launch()
  const opened = await openTab(browser, server.url)
  tab = opened.tab
  complaints = opened.complaints
  await settled(tab)
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  rmSync(root, { recursive: true, force: true })
})

const text = async (selector: string, page = tab) =>
  ((await page.locator(selector).textContent()) ?? '').trim()
/** Opens the longest episode and stops at `time`. */
const lookAt = (time: number, page = tab) =>
  page.evaluate(
    async ([id, time]) => {
      await window.carrot.loadEpisode(id)
      await window.carrot.seek(time)
    },
    [longest.summary.id, time] as const,
  )

browserTest('it plays the newest episode, with nothing to complain of', async () => {
  expect(await tab.evaluate(() => window.carrot.state().following)).toBe(true)
  const newest = run.episodes().at(-1)?.id
  expect(await tab.evaluate(() => window.carrot.state().open?.summary.id)).toBe(newest)
  await tab.waitForFunction(() => window.carrot.time() > 0)
  expect(await text('#header')).toContain('hopper-forward')
  expect(await text('#status')).toBe('finished')
  expect(await tab.locator('#scene canvas').count()).toBe(1)
  expect(await tab.locator('#blind').count()).toBe(0)
  expect(complaints).toEqual([])
})

browserTest('it draws the bodies where they were recorded', async () => {
  const { T } = longest.columns
  const width = longest.poses.length / (T + 1)
  for (const row of [0, Math.floor(T / 3), T]) {
    await lookAt(row * longest.dt)
    const drawn = (await tab.evaluate(() => window.carrot.drawnPoses())).flat()
    const recorded = longest.poses.subarray(row * width, (row + 1) * width)
    expect(poseDifference(drawn, recorded)).toBeLessThan(1e-4)
    // The robot has moved since, so that another row would not do.
    if (row > 0) expect(poseDifference(drawn, longest.poses.subarray(0, width))).toBeGreaterThan(1e-2)
  }
})

browserTest('the scene, the clock and the curves show the same moment', async () => {
  const { T, reward } = longest.columns
  const row = Math.floor(T / 2)
  await lookAt(row * longest.dt)
  expect(Number(await text('#clock'))).toBeCloseTo(row * longest.dt, 2)
  const cursor = await tab.locator('#lanes > .plots .cursor').boundingBox()
  const plot = await tab.locator('[data-curve="total"] carrot-chart').boundingBox()
  const at = ((cursor?.x ?? 0) - (plot?.x ?? 0)) / (plot?.width ?? 1)
  expect(at).toBeCloseTo(row / T, 2)
  // The curve's value belongs to the step that led here.
  const shown = (await text('[data-curve="total"] .legend > b')).replace('−', '-')
  expect(Number(shown)).toBeCloseTo(reward[row - 1], 1)
  // Both read from one recording.
  const curves = await tab.evaluate(() => window.carrot.curves())
  expect(curves.map(({ name }) => name)).toEqual(['total', ...longest.program.terms])
  expect(curves[0].recorded).toEqual([...reward])
  expect(curves.some(curve => curve.whatIf !== undefined)).toBe(false)
})

browserTest('pointing at a curve moves scene and clock, and a click stays there', async () => {
  await lookAt(0)
  const lane = tab.locator('[data-curve="forward"] carrot-chart')
  const { width } = (await lane.boundingBox()) ?? { width: 0 }
  await lane.hover({ position: { x: width / 2, y: 10 } })
  const middle = (longest.columns.T * longest.dt) / 2
  expect(await tab.evaluate(() => window.carrot.time())).toBeCloseTo(middle, 1)
  expect(await tab.evaluate(() => window.carrot.state().time)).toBe(0)
  await lane.click({ position: { x: width / 2, y: 10 } })
  await tab.mouse.move(600, 200)
  expect(await tab.evaluate(() => window.carrot.state().time)).toBeCloseTo(middle, 1)
})

browserTest('the scene can be looked at from all sides', async () => {
  await lookAt(0.1)
  await tab.mouse.move(600, 300)
  const frame = () => tab.evaluate(() => new Promise(requestAnimationFrame))
  const picture = async () => {
    await frame()
    await frame()
    return (await tab.locator('#scene').screenshot()).toString('base64')
  }
  const first = await picture()
  expect(await picture()).toBe(first)
  await tab.mouse.down()
  await tab.mouse.move(700, 340)
  await tab.mouse.up()
  const turned = await picture()
  expect(turned).not.toBe(first)
  await tab.mouse.wheel(0, 300)
  expect(await picture()).not.toBe(turned)
  await tab.mouse.dblclick(600, 300)
  expect(await picture()).toBe(first)
  await tab.keyboard.press(']')
  expect(await picture()).not.toBe(first)
  await tab.keyboard.press('[')
  expect(await picture()).toBe(first)
})

browserTest('a slider scores the episode again exactly as the command line does', async () => {
  await lookAt(0.1)
  const slider = tab.locator('#weight-forward')
  await slider.fill('1.75')
  const moved = { forward: 1.75 }
  expect(await tab.evaluate(() => window.carrot.state().weights)).toEqual(moved)

  const { program } = await loadProgram(run.programFile())
  const weights = { ...run.program.weights, ...moved }
  const columns = rescoringCopy(longest.columns)
  bindReward(program, run.header.env, { rows: 1, gamma: longest.gamma, weights }).score(columns)
  const curves = await tab.evaluate(() => window.carrot.curves())
  const total = curves.find(({ isTotal }) => isTotal)
  const forward = curves.find(({ name }) => name === 'forward')
  expect(total?.whatIf).toEqual([...columns.reward])
  expect(forward?.whatIf).toEqual([...columns.terms.subarray(0, columns.T)].map(value => 1.75 * value))
  // What was recorded stays beside it, and terms that nobody touched have no second curve.
  expect(total?.recorded).toEqual([...longest.columns.reward])
  expect(curves.find(({ name }) => name === 'healthy')?.whatIf).toBeUndefined()

  const { returns } = await scoreRun(run.folder, { weights: moved })
  const scored = returns.find(({ id }) => id === longest.summary.id)
  expect(await tab.evaluate(() => window.carrot.returnAfter())).toBe(scored?.after)
  expect(scored?.after).not.toBe(scored?.before)
  const after = (await text('#return-after')).replace('−', '-')
  expect(Number(after)).toBeCloseTo(scored?.after ?? Number.NaN, 0)

  // The whole list is scored, and ranked by it.
  await tab.waitForFunction(count => window.carrot.state().returns.size === count, returns.length)
  const listed = await tab.evaluate(() => [...window.carrot.state().returns])
  expect(new Map(listed)).toEqual(new Map(returns.map(({ id, after }) => [id, after])))
  await tab.locator('#order').click()
  const ids = () => tab.locator('.episode').evaluateAll(rows => rows.map(row => row.getAttribute('data-id')))
  const ranked = [...returns].sort((a, b) => b.after - a.after).map(({ id }) => id)
  await tab.locator('#order', { hasText: 'best' }).waitFor()
  expect(await ids()).toEqual(ranked)
  await tab.locator('#order').click()

  await tab.locator('#reset').click()
  expect(await tab.evaluate(() => window.carrot.returnAfter())).toBeUndefined()
  await tab.locator('#return-after').waitFor({ state: 'detached' })
})

browserTest('a number can be typed too, and a run that is over refuses it', async () => {
  await tab.locator('#number-control').fill('-0.5')
  await tab.locator('#number-control').press('Enter')
  expect(await tab.evaluate(() => window.carrot.state().weights)).toEqual({ control: -0.5 })
  await tab.locator('#apply').click()
  await tab.locator('.notice', { hasText: 'not training now' }).waitFor()
  expect(await tab.locator('#pause').count()).toBe(0)
  await tab.locator('.notice button').first().click()
  await tab.locator('#reset').click()
})

browserTest('keys play, step and choose, and the help lists them', async () => {
  await lookAt(0)
  const time = () => tab.evaluate(() => window.carrot.state().time)
  await tab.keyboard.press('ArrowRight')
  expect(await time()).toBeCloseTo(longest.dt, 9)
  await tab.keyboard.press('ArrowLeft')
  expect(await time()).toBe(0)
  await tab.keyboard.press('End')
  expect(await time()).toBeCloseTo(longest.columns.T * longest.dt, 9)
  await tab.keyboard.press('f')
  const newest = run.episodes().at(-1)?.id
  await tab.waitForFunction(id => window.carrot.state().open?.summary.id === id, newest)
  await tab.keyboard.press('ArrowDown')
  const previous = run.episodes().at(-2)?.id
  await tab.waitForFunction(id => window.carrot.state().open?.summary.id === id, previous)
  expect(await tab.evaluate(() => window.carrot.state().following)).toBe(false)
  await tab.keyboard.press('?')
  expect(await text('[role=dialog]')).toContain('play or pause')
  await tab.keyboard.press('Escape')
  await tab.locator('[role=dialog]').waitFor({ state: 'detached' })
})

browserTest('after a click, Space plays; on a button reached with keys it presses that', async () => {
  const playing = () => tab.evaluate(() => window.carrot.state().playing)
  const order = () => tab.evaluate(() => window.carrot.state().order)
  await lookAt(0)
  await tab.locator(`[data-id=${longest.summary.id}]`).click()
  await tab.keyboard.press(' ')
  expect(await playing()).toBe(true)
  await tab.keyboard.press(' ')
  expect(await playing()).toBe(false)
  await tab.locator('#order').focus()
  await tab.keyboard.press(' ')
  expect(await playing()).toBe(false)
  expect(await order()).toBe('best')
  await tab.keyboard.press(' ')
  expect(await order()).toBe('newest')
})

browserTest(
  'what is pressed stays in view beside the longest names, and weights are read in full',
  async () => {
    const narrow = await openTab(browser, server.url)
    await settled(narrow.tab)
    await narrow.tab.setViewportSize({ width: 1024, height: 700 })
    const right = await narrow.tab.evaluate(() => {
      for (const name of document.querySelectorAll('#header .accent'))
        name.textContent = 'long-name-'.repeat(12)
      return document.querySelector('#header button:last-child')?.getBoundingClientRect().right
    })
    expect(right).toBeLessThanOrEqual(1024)
    const number = narrow.tab.locator('#number-control')
    await number.fill('-0.0005')
    expect(await number.evaluate(input => input.scrollWidth - input.clientWidth)).toBeLessThanOrEqual(0)
    await narrow.tab.close()
  },
)

browserTest('the list opens episodes, and the link reopens the moment', async () => {
  const { id } = longest.summary
  await tab.locator(`[data-id=${id}]`).click()
  await tab.waitForFunction(id => window.carrot.state().open?.summary.id === id, id)
  const row = 5
  await tab.evaluate(time => window.carrot.seek(time), row * longest.dt)
  await tab.evaluate(() => window.carrot.setWeight('healthy', 0.25))
  await tab.waitForFunction(() => location.hash.includes('w=healthy:0.25'))
  const link = tab.url()
  const { tab: other, complaints } = await openTab(browser, link)
  await settled(other)
  expect(await other.evaluate(() => window.carrot.time())).toBeCloseTo(row * longest.dt, 9)
  expect(await other.evaluate(() => window.carrot.state().weights)).toEqual({ healthy: 0.25 })
  await other.waitForFunction(() => window.carrot.drawnPoses().length > 0)
  const drawn = (await other.evaluate(() => window.carrot.drawnPoses())).flat()
  const width = drawn.length
  expect(poseDifference(drawn, longest.poses.subarray(row * width, (row + 1) * width))).toBeLessThan(1e-4)
  expect(complaints).toEqual([])
  await other.close()
  await tab.evaluate(() => window.carrot.setWeight('healthy', 1))
})

browserTest('a link to an episode that is not there says so, and shows the newest', async () => {
  const { tab: other } = await openTab(browser, `${server.url}#ep=e999999&t=1`)
  await other.locator('.notice', { hasText: "no recorded episode 'e999999'" }).waitFor()
  await settled(other)
  const newest = run.episodes().at(-1)?.id
  expect(await other.evaluate(() => window.carrot.state().open?.summary.id)).toBe(newest)
  await other.close()
})

browserTest('without WebGL it says so, and everything else works', async () => {
  const bare = await launch(NO_GL)
  try {
    const { tab: other } = await openTab(bare, server.url)
    await settled(other)
    expect(await text('#blind', other)).toContain('WebGL')
    await lookAt(longest.dt * 4, other)
    const drawn = (await other.evaluate(() => window.carrot.drawnPoses())).flat()
    const width = drawn.length
    expect(poseDifference(drawn, longest.poses.subarray(4 * width, 5 * width))).toBeLessThan(1e-4)
    expect(await text('[data-curve="forward"]', other)).toContain('forward')
  } finally {
    await bare.close()
  }
})
