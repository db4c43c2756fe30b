/** One look: what three.js draws in a browser is what the ray caster draws. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { fromBase64 } from '../../src/core/base64.ts'
import { cameraNamed, viewOf } from '../../src/render/camera.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { browserTest, findBrowser } from '../browser.ts'
import { launch } from '../viewer/page.ts'
import { compiled, SCENES, type SceneName } from './scenes.ts'
import { threeBundle } from './threeBundle.ts'
import type {} from './threePage.ts'

const SIZE = 224
/** Of 255, over all pixels and colours. */
const MOST_APART = 4

let browser: Browser | undefined
let page: Page
beforeAll(async () => {
  if (findBrowser() === undefined) return
  browser = await launch()
  page = await browser.newPage()
  await page.addScriptTag({ content: await threeBundle() })
})
afterAll(async () => browser?.close())

for (const name of Object.keys(SCENES) as SceneName[]) {
  browserTest(`${name}: the same colours, but for the edges of shadows`, async () => {
    const { model, data, scene, poses } = await compiled(name)
    data.delete()
    model.delete()
    const view = viewOf(cameraNamed(scene, 'view'), poses)
    const soft = new SoftRenderer(scene, { width: SIZE, height: SIZE }).render(poses, view)
    const job = { scene, poses: [...poses], view, size: SIZE, subject: 0 }
    const { pixels } = await page.evaluate(job => window.drawScene(job), job)
    const three = fromBase64(pixels)
    let sum = 0
    soft.forEach((byte, i) => {
      if (i % 4 !== 3) sum += Math.abs(byte - three[i])
    })
    expect(sum / (3 * SIZE * SIZE)).toBeLessThan(MOST_APART)
  })
}
