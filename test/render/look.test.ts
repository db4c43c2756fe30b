/** One look: what three.js draws in a browser is what the ray caster draws. */
import { afterAll, beforeAll, expect } from 'vitest'
import { type ThreeInBrowser, threeInBrowser } from '../../bench/peers/three.ts'
import { fromBase64 } from '../../src/core/base64.ts'
import { cameraNamed, viewOf } from '../../src/render/camera.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { browserTest } from '../browser.ts'
import { compiled, SCENES, type SceneName } from './scenes.ts'

const SIZE = 224
/** Of 255, over all pixels and colours. */
const MOST_APART = 4

let three: ThreeInBrowser | undefined
beforeAll(async () => {
  three = await threeInBrowser()
})
afterAll(async () => three?.[Symbol.asyncDispose]())

for (const name of Object.keys(SCENES) as SceneName[]) {
  browserTest(`${name}: the same colours, but for the edges of shadows`, async () => {
    const { model, data, scene, poses } = await compiled(name)
    data.delete()
    model.delete()
    const view = viewOf(cameraNamed(scene, 'view'), poses)
    const soft = new SoftRenderer(scene, { width: SIZE, height: SIZE }).render(poses, view)
    const drawn = await three?.draw({ scene, poses: [...poses], view, size: SIZE, subject: 0 })
    const pixels = fromBase64(drawn?.pixels ?? '')
    let sum = 0
    soft.forEach((byte, i) => {
      if (i % 4 !== 3) sum += Math.abs(byte - pixels[i])
    })
    expect(sum / (3 * SIZE * SIZE)).toBeLessThan(MOST_APART)
  })
}
