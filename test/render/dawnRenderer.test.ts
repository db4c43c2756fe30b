/** What a graphics card draws is what the ray caster draws, and where MuJoCo's rays say it is. */
import { expect } from 'vitest'
import { cameraNamed, viewOf } from '../../src/render/camera.ts'
import { DawnRenderer } from '../../src/render/dawnRenderer.ts'
import { SoftRenderer } from '../../src/render/softRenderer.ts'
import { compiled, SCENES, type SceneName } from './scenes.ts'
import { useSoftwareVulkan, vulkanTest } from '../graph/vulkan.ts'

const SIZE = 224
/** Of 255, over all pixels and colours. */
const MOST_APART = 4
const MOST_IDS_APART = 0.005

useSoftwareVulkan()

for (const name of Object.keys(SCENES) as SceneName[]) {
  vulkanTest(`${name}: the same colours and geoms as the ray caster's`, async () => {
    const { model, data, scene, poses } = await compiled(name)
    data.delete()
    model.delete()
    const view = viewOf(cameraNamed(scene, 'view'), poses)
    const size = { width: SIZE, height: SIZE }
    const soft = new SoftRenderer(scene, size)
    const wanted = soft.render(poses, view)
    await using dawn = await DawnRenderer.open(scene, { ...size, software: true })
    const drawn = await dawn.render(poses, view)
    let sum = 0
    wanted.forEach((byte, i) => {
      if (i % 4 !== 3) sum += Math.abs(byte - drawn[i])
    })
    console.log(name, sum / (3 * SIZE * SIZE))
    const ids = await dawn.ids(poses, view)
    const apart = ids.filter((id, i) => id !== soft.ids()[i]).length
    console.log(name, apart / ids.length)
    const fs = await import('node:fs'), png = await import('../../src/png.ts')
    const both = new Uint8Array(8 * SIZE * SIZE)
    for (let y = 0; y < SIZE; y++) { both.set(wanted.subarray(4 * SIZE * y, 4 * SIZE * (y + 1)), 8 * SIZE * y); both.set(drawn.subarray(4 * SIZE * y, 4 * SIZE * (y + 1)), 8 * SIZE * y + 4 * SIZE) }
    fs.writeFileSync(`/tmp/lead/dawn-${name}.png`, png.encodePng(both, 2 * SIZE, SIZE))
    expect(sum / (3 * SIZE * SIZE)).toBeLessThan(MOST_APART)
    expect(apart / ids.length).toBeLessThanOrEqual(MOST_IDS_APART)
  })
}
