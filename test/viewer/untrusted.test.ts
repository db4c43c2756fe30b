/** The page of a program that nobody vouches for: scored again in a sandbox, whatever it does; and what people say of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { findBrowser } from '../../bench/peers/browser.ts'
import { scoreRun } from '../../src/scoreRun.ts'
import { storedRunSource } from '../../src/server/storedSource.ts'
import { openRun } from '../../src/store/index.ts'
import { startTraining } from '../../src/train.ts'
import { browserTest } from '../browser.ts'
import { answer, fakeEndpoint } from '../llm/endpoint.ts'
import { launch, NO_GL, openTab, serve, small } from './page.ts'

const root = mkdtempSync(join(tmpdir(), 'carrot-unread-'))
process.env.XDG_CACHE_HOME = join(root, 'cache')
const PATIENCE = { timeout: 60_000 }
let browser: Browser

beforeAll(async () => {
  // Nothing here is about the scene, which takes most of a page's time where there is no GPU.
  if (findBrowser() !== undefined) browser = await launch(NO_GL)
})
afterAll(async () => {
  delete process.env.XDG_CACHE_HOME
  await browser?.close()
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
})

const FORWARD = 's => s.torsoVelocity.x'
const PROGRAM = `import { defineReward, flag, sumSquares, vec3 } from 'carrot-rl'
export default defineReward({
  name: 'unread',
  reads: { torsoVelocity: vec3('m/s', 'world'), healthy: flag() },
  terms: {
    forward: { weight: 1, value: ${FORWARD} },
    healthy: { weight: 0.5, value: s => s.healthy },
    control: { weight: -0.1, value: s => sumSquares(s.action) },
  },
})
`

/** Resolves with what the page says of its program's text once that has `forward` in it. */
async function told(tab: Page, forward: string): Promise<string> {
  await tab.waitForFunction(part => window.carrot.state().trial?.text.includes(part), forward, PATIENCE)
  const said = tab.locator('#program-problem')
  return (await said.count()) === 0 ? '' : ((await said.textContent()) ?? '')
}

browserTest(
  'it is scored again there, and so is what is typed, hostile or without end',
  async () => {
    const file = join(root, 'unread.ts')
    writeFileSync(file, PROGRAM)
    const session = await startTraining({ ...small, reward: file, untrusted: true }, { root })
    await session.done
    const run = openRun(session.folder)
    const server = await serve(storedRunSource(run))
    const { tab, complaints } = await openTab(browser, server.url)
    await tab.waitForFunction(() => window.carrot.state().trial?.program !== undefined, null, PATIENCE)
    const [{ id }] = run.episodes().sort((a, b) => b.length - a.length)
    await tab.evaluate(async id => window.carrot.loadEpisode(id), id)

    // The page has nothing of the program, and makes no code of text; its sandbox alone may.
    expect(await tab.evaluate(() => window.carrot.state().program)).toBeUndefined()
    const policyOf = async (path: string) =>
      (await fetch(new URL(path, server.url))).headers.get('content-security-policy')
    expect(await policyOf('/')).not.toContain('unsafe-eval')
    expect(await policyOf('/sandbox.js')).toBe("default-src 'none'; script-src 'self' 'unsafe-eval'")
    const script = await (await fetch(new URL('/api/program.js', server.url))).text()
    expect(script).not.toContain('defineReward')

    // Weights, as the command line has them.
    await tab.locator('#weight-forward').fill('1.75')
    await tab.waitForFunction(() => window.carrot.returnAfter() !== undefined, null, PATIENCE)
    const { returns } = await scoreRun(run.folder, { weights: { forward: 1.75 } })
    const after = new Map(returns.map(({ id, after }) => [id, after]))
    expect(await tab.evaluate(() => window.carrot.returnAfter())).toBe(after.get(id))
    await tab.waitForFunction(count => window.carrot.state().returns.size === count, returns.length, PATIENCE)
    expect(new Map(await tab.evaluate(() => [...window.carrot.state().returns]))).toEqual(after)
    await tab.locator('#reset').click()

    // Another text.
    await tab.locator('#program summary').click()
    const box = tab.locator('#program-text')
    const text = await box.inputValue()
    const type = (forward: string) => box.fill(text.replace(FORWARD, forward))
    await type('s => 2 * s.torsoVelocity.x')
    expect(await told(tab, '2 * s.torsoVelocity.x')).toBe('')
    const curveOf = async (name: string) =>
      (await tab.evaluate(() => window.carrot.curves())).find(curve => curve.name === name)
    const twice = await curveOf('forward')
    expect(twice?.whatIf).toEqual(twice?.recorded?.map(value => 2 * value))
    expect((await curveOf('healthy'))?.whatIf).toBeUndefined()

    // What is wrong with it is said, with its line, and nothing of it is scored.
    await type('s => s.torsoVelocity.y +')
    expect(await told(tab, 'y +')).toMatch(/^6:\d+: It is not valid JavaScript/)
    await type("s => (() => 0).constructor('return 1')()")
    expect(await told(tab, 'return 1')).toMatch(/reaches for 'constructor'/)
    expect((await curveOf('total'))?.whatIf).toBeUndefined()
    await type('s => { for (;;); }')
    expect(await told(tab, 'for (;;)')).toMatch(/'forward' is off\. It takes too many steps/)

    // Nothing counts these steps: its worker is ended, and another scores the rest. The page goes on meanwhile.
    const frames = tab.evaluate(
      () =>
        new Promise<number>(resolve => {
          let count = 0
          const frame = () => {
            count++
            if (window.carrot.state().trial?.text.includes('1e15')) resolve(count)
            else requestAnimationFrame(frame)
          }
          frame()
        }),
    )
    await type('s => sumSquares({ length: 1e15 })')
    expect(await told(tab, '1e15')).toMatch(/'forward' is off\. It took longer than/)
    expect(await frames).toBeGreaterThan(2)
    const open = await tab.evaluate(() => window.carrot.curves())
    const [total, forward, healthy, control] = open
    expect(new Set(forward.whatIf)).toEqual(new Set([0]))
    expect(total.whatIf).toEqual(
      healthy.recorded?.map((value, t) => expect.closeTo(value + (control.recorded?.[t] ?? 0), 12)),
    )
    // It does not hang again when a weight is moved.
    await tab.locator('#weight-healthy').fill('1')
    await tab.waitForFunction(
      () => window.carrot.state().trial?.rescored?.weights.healthy === 1,
      null,
      PATIENCE,
    )
    expect(await told(tab, '1e15')).toMatch(/'forward' is off/)

    await tab.locator('#program-reset').click()
    await tab.locator('#reset').click()
    await tab.waitForFunction(() => window.carrot.state().trial?.problem === undefined, null, PATIENCE)
    expect(await tab.locator('#program-problem').count()).toBe(0)
    expect((await curveOf('total'))?.whatIf).toBeUndefined()
    expect(complaints).toEqual([])
    await tab.close()
    await server.close()
  },
  180_000,
)

browserTest(
  'what is written of a robot in the page becomes its next program, and the page scores with that',
  async () => {
    await using endpoint = await fakeEndpoint(({ body }) =>
      answer(body.messages.length === 2 ? 'good' : 'better'),
    )
    const session = await startTraining(
      {
        ...small,
        reward: undefined,
        env: 'inverted-pendulum',
        text: 'balance the pole in the middle of the rail',
        llm: 'vllm/m',
        llmUrl: endpoint.url,
        steps: 4_000_000,
      },
      { root },
    )
    const server = await serve(session.source)
    const { tab } = await openTab(browser, server.url)
    await tab.waitForFunction(() => window.carrot.state().trial?.program !== undefined, null, PATIENCE)
    await tab.evaluate(() => window.carrot.loadEpisode('e000001'))
    // What is written is tried meanwhile; training would only take its time.
    session.send({ type: 'pause', on: true })
    expect(await tab.locator('#program-text').inputValue()).toContain("name: 'balance-in-the-middle'")

    await tab.locator('#feedback-text').fill('it shakes')
    await tab.locator('#feedback button').click()
    await tab.locator('.notice', { hasText: 'asked for another program' }).waitFor()
    expect(await tab.locator('#feedback-text').inputValue()).toBe('')
    await expect.poll(() => endpoint.asked.length, PATIENCE).toBe(2)
    session.send({ type: 'pause', on: false })
    // The difference, and the program itself.
    const told = tab.locator('.notice', { hasText: "+   name: 'balance-calmly'," })
    await told.filter({ hasText: "-   name: 'balance-in-the-middle'," }).waitFor(PATIENCE)
    await tab.locator('#weights h2', { hasText: 'balance-calmly' }).waitFor(PATIENCE)
    expect(endpoint.asked[1].last).toMatch(/\n\nit shakes/)
    await tab.waitForFunction(
      () => window.carrot.state().trial?.program?.name === 'balance-calmly',
      null,
      PATIENCE,
    )
    // What is typed there becomes the program too.
    const box = tab.locator('#program-text')
    const text = await box.inputValue()
    await tab.locator('#program summary').click()
    expect(await tab.locator('#program-train').isDisabled()).toBe(true)
    await box.fill(`${text.replace('balance-calmly', 'balance-by-hand')} ]`)
    await tab.locator('#program-problem', { hasText: 'not valid' }).waitFor(PATIENCE)
    expect(await tab.locator('#program-train').isDisabled()).toBe(true)
    await box.fill(text.replace('balance-calmly', 'balance-by-hand'))
    await tab.locator('#program-train:enabled').click(PATIENCE)
    await tab.locator('#weights h2', { hasText: 'balance-by-hand' }).waitFor(PATIENCE)
    await tab.waitForFunction(() => window.carrot.state().draft === undefined, null, PATIENCE)
    await tab.waitForFunction(
      () => window.carrot.state().trial?.program?.name === 'balance-by-hand',
      null,
      PATIENCE,
    )
    // Recorded under the first, scored by the last.
    const [total] = await tab.evaluate(() => window.carrot.curves())
    expect(total.whatIf).toHaveLength(total.recorded?.length ?? 0)
    expect(total.whatIf).not.toEqual(total.recorded)
    session.stop()
    await session.done
    await tab.close()
    await server.close()
  },
  180_000,
)
